"""Word documents written by hand, so that every odd construct of the format can be made."""

import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
W14 = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"
KINDS = {"styles": "styles", "numbering": "numbering"}

STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/></w:style>'
    for n in range(1, 5)
)
STYLES += (
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
    '</w:style><w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>'
)
LEVELS = [("decimal", "%1."), ("decimal", "%1.%2"), ("lowerLetter", "%3)"), ("lowerRoman", "%4.")]
BULLETS, NUMBERS = 1, 2


def numbering() -> str:
    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for n, (kind, text) in enumerate(LEVELS)
    )
    bullets = "".join(
        f'<w:lvl w:ilvl="{n}"><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/></w:lvl>'
        for n in range(4)
    )
    return (
        f'<w:abstractNum w:abstractNumId="1">{bullets}</w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="2">{levels}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num>'
    )


def run(text: str, properties: str = "") -> str:
    lines = [f'<w:t xml:space="preserve">{escape(part)}</w:t>' for part in text.split("\n")]
    wrapped = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f"<w:r>{wrapped}{'<w:br/>'.join(lines)}</w:r>" if text else ""


def paragraph(text: str = "", *, style: str = "", num: tuple[int, int] | None = None,
              run_properties: str = "", inside: str = "") -> str:  # fmt: skip
    shape = f'<w:pStyle w:val="{style}"/>' if style else ""
    if num:
        shape += f'<w:numPr><w:ilvl w:val="{num[1]}"/><w:numId w:val="{num[0]}"/></w:numPr>'
    shape = f"<w:pPr>{shape}</w:pPr>" if shape else ""
    return f"<w:p>{shape}{run(text, run_properties)}{inside}</w:p>"


def cell(content: str = "", *, span: int = 1, merge: str = "", bold: bool = False) -> str:
    """`content` is text, or XML when it begins with "<w:"."""
    shape = '<w:tcW w:w="2000" w:type="dxa"/>'
    shape += f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    shape += {"top": '<w:vMerge w:val="restart"/>', "on": "<w:vMerge/>"}.get(merge, "")
    if not content.startswith("<w:"):
        content = paragraph(content, run_properties="<w:b/>" if bold else "")
    return f"<w:tc><w:tcPr>{shape}</w:tcPr>{content}</w:tc>"


def table(*rows: list[str]) -> str:
    """Cells are texts or the XML of cells."""
    made = (
        "".join(c if c.startswith("<w:tc>") or c.startswith("<w:sdt>") else cell(c) for c in row)
        for row in rows
    )
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(f'<w:tr>{row}</w:tr>' for row in made)}</w:tbl>"


def drop_down(*options: str, chosen: str = "") -> str:
    """A drop-down in a line of text."""
    items = "".join(
        f"<w:listItem w:displayText={quoteattr(o)} w:value={quoteattr(o)}/>" for o in options
    )
    prompt = "" if chosen else "<w:showingPlcHdr/>"
    return (
        f'<w:sdt><w:sdtPr>{prompt}<w:dropDownList><w:listItem w:displayText="Choose an item." '
        f'w:value=""/>{items}</w:dropDownList></w:sdtPr><w:sdtContent>'
        f"{run(chosen or 'Choose an item.')}</w:sdtContent></w:sdt>"
    )


def text_control(written: str = "") -> str:
    """A control for text in a line of text."""
    prompt = "" if written else "<w:showingPlcHdr/>"
    shown = run(written or "Click or tap here to enter text.", '<w:rStyle w:val="Prompt"/>')
    return (
        f"<w:sdt><w:sdtPr>{prompt}<w:text/></w:sdtPr><w:sdtContent>{shown}</w:sdtContent></w:sdt>"
    )


def tick_box(*, ticked: bool = False) -> str:
    state = "1" if ticked else "0"
    return (
        f'<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="{state}"/>'
        '<w14:checkedState w14:val="2612" w14:font="MS Gothic"/>'
        '<w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/></w14:checkbox></w:sdtPr>'
        f"<w:sdtContent>{run('☒' if ticked else '☐')}</w:sdtContent></w:sdt>"
    )


def old_box() -> str:
    """A form field of Word 97."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="0"/>'
        "</w:checkBox></w:ffData></w:fldChar></w:r><w:r><w:instrText> FORMCHECKBOX </w:instrText>"
        '</w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r>'
        '<w:fldChar w:fldCharType="end"/></w:r>'
    )


@dataclass(frozen=True)
class Gold:
    """A question that must be found: where it stands, its text, and the answer's place.

    `answer` is "sheet!row,column"; several acceptable ones are divided by "|".
    """

    sheet: str
    row: int
    text: str
    answer: str
    number: str = ""
    choices: tuple[str, ...] = ()


@dataclass
class Form:
    """A document under construction and the questions put into it."""

    pieces: list[str] = field(default_factory=list)
    gold: list[Gold] = field(default_factory=list)
    paragraphs: int = 0
    tables: int = 0
    asks: bool = True  # False: it is no questionnaire

    def p(self, text: str = "", **how: object) -> int:
        """One paragraph; returns its row."""
        self.pieces.append(paragraph(text, **how))  # type: ignore[arg-type]
        self.paragraphs += 1
        return self.paragraphs

    def h(self, text: str, level: int = 1) -> int:
        return self.p(text, style=f"Heading{level}")

    def bold(self, text: str) -> int:
        return self.p(text, run_properties="<w:b/>")

    def t(self, *rows: list[str]) -> str:
        """One table; returns its name."""
        self.pieces.append(table(*rows))
        self.tables += 1
        return f"Table {self.tables}"

    def ask(self, sheet: str, row: int, text: str, answer: str, number: str = "",
            choices: tuple[str, ...] = ()) -> None:  # fmt: skip
        self.gold.append(Gold(sheet, row, text, answer, number, choices))

    def ask_line(self, text: str, *, answer: str = "", shown: str = "", **how: object) -> int:
        """A paragraph that asks; its answer goes after it or into the empty one below."""
        row = self.p(text, **how)
        self.ask("Text", row, text, answer or f"Text!{row},2|Text!{row + 1},1", shown)
        return row

    def save(self, path: Path, **more: str) -> Path:
        return save(path, "".join(self.pieces), **more)


def save(
    path: Path, body: str, *, name: str = "document", main: str = "document.main", **more: str
) -> Path:
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/{name}.xml" ContentType="{MAIN}.{main}+xml"/>'
        + "".join(
            f'<Override PartName="/word/{part}.xml" ContentType="{MAIN}.{kind}+xml"/>'
            for part, kind in KINDS.items()
        )
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{R}/officeDocument" Target="word/{name}.xml"/></Relationships>',
        f"word/_rels/{name}.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{R}/{kind}" Target="{part}.xml"/>'
            for n, (part, kind) in enumerate(KINDS.items())
        )
        + "</Relationships>",
        f"word/{name}.xml": f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f"<w:document {W} {W14}><w:body>{body}<w:sectPr/></w:body></w:document>",
        "word/styles.xml": f"<w:styles {W}>{STYLES}</w:styles>",
        "word/numbering.xml": f"<w:numbering {W}>{numbering()}</w:numbering>",
        **{key.replace("__", "/"): value for key, value in more.items()},
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in parts.items():
            archive.writestr(part, text)
    return path
