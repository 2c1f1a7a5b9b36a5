"""Makes small presentations, workbooks, OpenDocument and Rich Text files for the tests."""

from collections.abc import Mapping, Sequence

from tests.solution_library.hostile import OFFICE, PACKAGE, archive

DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NAMES = f'xmlns:a="{DRAWING}" xmlns:p="{SLIDES}" xmlns:r="{OFFICE}"'
_TYPES = "<Types/>"


def relations(*entries: tuple[str, str, str]) -> str:
    """Of (id, last word of the type, target)."""
    inner = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for name, kind, target in entries
    )
    return f'<Relationships xmlns="{PACKAGE}">{inner}</Relationships>'


# Presentations


def text_body(*paragraphs: str, properties: str = "") -> str:
    inner = "".join(
        f"<a:p>{properties}<a:r><a:rPr/><a:t>{text}</a:t></a:r></a:p>" for text in paragraphs
    )
    return f"<p:txBody>{inner}</p:txBody>"


def shape(
    *paragraphs: str, role: str = "", at: tuple[int, int] | None = None, hidden: bool = False
) -> str:
    """`at`: left and top in the slide's units, of a shape a million units wide and high."""
    place = f'<p:ph type="{role}"/>' if role else ""
    box = f'<a:off x="{at[0]}" y="{at[1]}"/><a:ext cx="1000000" cy="1000000"/>' if at else ""
    transform = f"<a:xfrm>{box}</a:xfrm>" if at else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="1" name="x" hidden="{int(hidden)}"/><p:nvPr>{place}'
        f"</p:nvPr></p:nvSpPr><p:spPr>{transform}</p:spPr>{text_body(*paragraphs)}</p:sp>"
    )


def slide_table(*rows: Sequence[str], first_row: bool = True) -> str:
    """Cells as XML: made with `slide_cell`."""
    inner = "".join(f"<a:tr>{''.join(row)}</a:tr>" for row in rows)
    return (
        "<p:graphicFrame><a:graphic><a:graphicData><a:tbl>"
        f'<a:tblPr firstRow="{int(first_row)}"/>{inner}</a:tbl></a:graphicData></a:graphic>'
        "</p:graphicFrame>"
    )


def slide_cell(text: str, spans: str = "") -> str:
    return f"<a:tc {spans}>{text_body(text).replace('p:txBody', 'a:txBody')}</a:tc>"


def slide(*shapes: str, show: str = "") -> str:
    return f"<p:sld {NAMES} {show}><p:cSld><p:spTree>{''.join(shapes)}</p:spTree></p:cSld></p:sld>"


def pptx(*slides: str, parts: Mapping[str, str | bytes] | None = None) -> bytes:
    entries = [(f"s{n}", "slide", f"slides/slide{n}.xml") for n in range(1, len(slides) + 1)]
    listed = "".join(f'<p:sldId id="{n}" r:id="{name}"/>' for n, (name, _, _) in enumerate(entries))
    return archive(
        {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": relations(("r1", "officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f"<p:presentation {NAMES}><p:sldIdLst>{listed}</p:sldIdLst>"
            '<p:sldSz cx="12000000" cy="7000000"/></p:presentation>',
            "ppt/_rels/presentation.xml.rels": relations(*entries),
            **{f"ppt/{target}": xml for (_, _, target), xml in zip(entries, slides, strict=True)},
            **(parts or {}),
        }
    )


# Workbooks


def sheet(*rows: str, before: str = "", after: str = "") -> str:
    """Rows of cells as XML: made with `row`."""
    return (
        f'<worksheet xmlns="{SHEETS}">{before}<sheetData>{"".join(rows)}</sheetData>{after}'
        "</worksheet>"
    )


def row(number: int, *cells: str, properties: str = "") -> str:
    return f'<row r="{number}" {properties}>{"".join(cells)}</row>'


def cell(place: str, value: str, *, style: int = 0, formula: str = "") -> str:
    """Text, unless the value is a number."""
    computed = f"<f>{formula}</f>" if formula else ""
    if value.replace(".", "").replace("-", "").isdecimal():
        return f'<c r="{place}" s="{style}">{computed}<v>{value}</v></c>'
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t>{value}</t></is></c>'


def table_rows(*rows: Sequence[str], first: int = 1) -> str:
    """A whole table from its values, beginning in column A."""
    return "".join(
        row(
            number, *(cell(f"{chr(65 + place)}{number}", text) for place, text in enumerate(values))
        )
        for number, values in enumerate(rows, start=first)
    )


def xlsx(
    *sheets: tuple[str, str],
    states: Sequence[str] = (),
    parts: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """Of (name, XML); `states`: of the sheets in their order, "visible" where none is given."""
    members: dict[str, str | bytes] = {}
    entries = [("st", "styles", "styles.xml"), ("ss", "sharedStrings", "sharedStrings.xml")]
    listed = ""
    for number, (name, xml) in enumerate(sheets, start=1):
        state = states[number - 1] if number <= len(states) else "visible"
        listed += f'<sheet name="{name}" sheetId="{number}" state="{state}" r:id="r{number}"/>'
        entries.append((f"r{number}", "worksheet", f"worksheets/sheet{number}.xml"))
        members[f"xl/worksheets/sheet{number}.xml"] = xml
    return archive(
        {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": relations(("r1", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'<workbook xmlns="{SHEETS}" xmlns:r="{OFFICE}"><sheets>{listed}'
            "</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": relations(*entries),
            **members,
            **(parts or {}),
        }
    )


def styles(*formats: str, fonts: str = "<font/>", fills: str = "<fill/>", more: str = "") -> str:
    """Style 0 is plain; style n shows numbers in the n-th format; `more`: further <xf>."""
    known = "".join(
        f"<numFmt numFmtId='{200 + n}' formatCode='{code}'/>" for n, code in enumerate(formats)
    )
    used = "".join(f'<xf numFmtId="{200 + n}"/>' for n in range(len(formats)))
    return (
        f'<styleSheet xmlns="{SHEETS}"><numFmts>{known}</numFmts><fonts>{fonts}</fonts>'
        f"<fills>{fills}</fills><cellXfs><xf/>{used}{more}</cellXfs></styleSheet>"
    )


# OpenDocument

ODF_NAMES = (
    " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table", "draw", "style", "presentation")
    )
    + ' xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
)


def odf(
    kind: str, body: str, *, automatic: str = "", parts: Mapping[str, str] | None = None
) -> bytes:
    """`kind`: "text", "spreadsheet" or "presentation"."""
    return archive(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {ODF_NAMES}><office:automatic-styles>"
            f"{automatic}</office:automatic-styles><office:body><office:{kind}>{body}"
            f"</office:{kind}></office:body></office:document-content>",
            **(parts or {}),
        }
    )


def rtf(body: str, head: str = "") -> bytes:
    return ("{\\rtf1\\ansi\\ansicpg1252\\uc1" + head + body + "}").encode("latin-1")
