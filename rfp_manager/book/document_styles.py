"""The looks of the Word documents that we write."""

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _style(
    key: str, name: str, *, size: int = 0, bold: bool = False, italic: bool = False,
    colour: str = "", before: int = 0, after: int = 60, left: int = 0, hanging: int = 0,
    more: str = "",
) -> str:  # fmt: skip
    """Sizes in half points, distances in twentieths of a point."""
    run = "<w:b/><w:bCs/>" * bold + "<w:i/><w:iCs/>" * italic
    run += f'<w:color w:val="{colour}"/>' if colour else ""
    run += f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>' if size else ""
    hang = f' w:hanging="{hanging}"' if hanging else ""
    return (
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/>'
        '<w:basedOn w:val="Normal"/>'
        f"<w:qFormat/><w:pPr>{_order(more, before, after, left, hang)}</w:pPr>"
        f"<w:rPr>{run}</w:rPr></w:style>"
    )


def _order(more: str, before: int, after: int, left: int, hang: str) -> str:
    """The format wants its elements in this order."""
    keep, _, level = more.partition("|")
    spacing = f'<w:spacing w:before="{before}" w:after="{after}"/>'
    return f'{keep}{spacing}<w:ind w:left="{left}"{hang}/>{level}'


_KEEP = "<w:keepNext/>"
_TABS = '<w:tabs><w:tab w:val="left" w:pos="{}"/></w:tabs>'
STYLES = (
    f'<w:styles xmlns:w="{W}"><w:docDefaults><w:rPrDefault><w:rPr>'
    '<w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/><w:sz w:val="20"/>'
    '<w:szCs w:val="20"/></w:rPr></w:rPrDefault></w:docDefaults>'
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
    "</w:style>"
    + _style("Title", "Title", size=44, bold=True, before=1200, after=120)
    + _style("Subtitle", "Subtitle", size=28, colour="57606A", after=480)
    + _style("Fact", "Fact", left=2835, hanging=2835, more=_TABS.format(2835))
    + _style("ContentsTitle", "Contents Title", size=26, bold=True, before=480, after=120)
    + _style("Contents", "Contents", colour="0B5CAD")
    + _style("Heading1", "heading 1", size=30, bold=True, before=480, after=160,
             more=_KEEP + '|<w:outlineLvl w:val="0"/>')
    + _style("Heading2", "heading 2", bold=True, before=280, after=80, left=850, hanging=850,
             more=_KEEP + _TABS.format(850) + '|<w:outlineLvl w:val="1"/>')
    + _style("Asked", "Asked", bold=True, left=850, more=_KEEP)
    + _style("Choice", "Choice", bold=True, colour="0B3D78", left=850)
    + _style("Answer", "Answer", left=850)
    + _style("State", "State", size=17, colour="57606A", left=850, after=20)
    + _style("Remark", "Remark", size=17, colour="9A3412", left=850, after=20)
    + _style("Source", "Source", size=17, colour="0B5CAD", left=850, after=20)
    + _style("Reference", "Reference", bold=True, before=200, after=40, more=_KEEP)
    + _style("Quote", "Quote", italic=True, left=425)
    + "</w:styles>"
)  # fmt: skip
FOOTER = (
    f'<w:ftr xmlns:w="{W}"><w:p><w:pPr><w:jc w:val="right"/></w:pPr>'
    '<w:r><w:t xml:space="preserve">Page </w:t></w:r>'
    '<w:fldSimple w:instr="PAGE"><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p></w:ftr>'
)
