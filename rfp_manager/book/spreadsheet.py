"""What every Excel workbook that is written here has, whatever stands in its sheets."""

from collections.abc import Mapping

from rfp_manager.book.packing import content_types, relationships

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def frame(sheets: Mapping[str, str], styles: str, *, names: str = "") -> dict[str, str]:
    """The parts around xl/worksheets/sheet1.xml, sheet2.xml ...: XML by name. `sheets`: state by
    title, `names`: the element of defined names."""
    listed = "".join(
        f'<sheet name="{title}" sheetId="{n}" state="{state}" r:id="r{n}"/>'
        for n, (title, state) in enumerate(sheets.items(), 1)
    )
    parts = [f"worksheets/sheet{n}.xml" for n in range(1, len(sheets) + 1)]
    types = {f"xl/{part}": f"{_TYPE}.worksheet+xml" for part in parts}
    types |= {
        "xl/workbook.xml": f"{_TYPE}.sheet.main+xml",
        "xl/styles.xml": f"{_TYPE}.styles+xml",
    }
    own = dict.fromkeys(parts, "worksheet") | {"styles.xml": "styles"}
    return {
        "[Content_Types].xml": content_types(types),
        "_rels/.rels": relationships({"xl/workbook.xml": "officeDocument"}),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_REL}"><sheets>{listed}</sheets>'
        f"{names}</workbook>",
        "xl/_rels/workbook.xml.rels": relationships(own),
        "xl/styles.xml": styles,
    }


def solid(colour: str) -> str:
    """What fills a cell with one colour, such as "FFE3E9F0"."""
    return f'<fill><patternFill patternType="solid"><fgColor rgb="{colour}"/></patternFill></fill>'


def thin(colour: str) -> str:
    """The four sides of a border."""
    return "".join(
        f'<{side} style="thin"><color rgb="{colour}"/></{side}>'
        for side in ("left", "right", "top", "bottom")
    )
