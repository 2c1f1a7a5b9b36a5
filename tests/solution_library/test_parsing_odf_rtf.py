"""OpenDocument and Rich Text: structure, alphabets, and what nobody is meant to see."""

from pathlib import Path

import pytest

from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.formats import odf, rtf
from solution_library.parsing.types import ParsedDocument
from tests.solution_library import office_files as make


def read_odf(
    tmp_path: Path, kind: str, body: str, automatic: str = "", **parts: str
) -> ParsedDocument:
    path = tmp_path / "file.odx"
    path.write_bytes(make.odf(kind, body, automatic=automatic, parts=parts))
    return odf.parse(path, "our_file.odt")


def read_rtf(tmp_path: Path, body: str, head: str = "") -> ParsedDocument:
    path = tmp_path / "file.rtf"
    path.write_bytes(make.rtf(body, head))
    return rtf.parse(path, "our_file.rtf")


def shown(document: ParsedDocument) -> list[tuple[str, int, str]]:
    return [(b.kind, b.level, b.text) for b in document.blocks if not b.hidden]


def concealed(document: ParsedDocument) -> list[str]:
    return [block.text for block in document.blocks if block.hidden]


def test_odt_headings_lists_and_spaces_are_read(tmp_path: Path) -> None:
    body = (
        '<text:h text:outline-level="2">Keys</text:h><text:p>We<text:s text:c="3"/>rotate<text:line-break/>'
        "<text:span>them</text:span>.</text:p><text:list><text:list-item><text:p>one</text:p><text:list>"
        "<text:list-item><text:p>inner</text:p></text:list-item></text:list></text:list-item></text:list>"
    )
    assert shown(read_odf(tmp_path, "text", body)) == [
        ("heading", 2, "Keys"), ("paragraph", 0, "We rotate them."), ("list_item", 0, "one"),
        ("list_item", 1, "inner"),
    ]  # fmt: skip


def test_odt_tables_know_spans_and_headers(tmp_path: Path) -> None:
    def cell(text: str, spans: str = "") -> str:
        return f"<table:table-cell {spans}><text:p>{text}</text:p></table:table-cell>"

    covered = "<table:covered-table-cell/>"
    body = (
        "<table:table><table:table-header-rows><table:table-row>" + cell("Service") + cell("Goal")
        + cell("Note") + "</table:table-row></table:table-header-rows><table:table-row>"
        + cell("Mail", 'table:number-rows-spanned="2"') + cell("99 %", 'table:number-columns-spanned="2"')
        + covered + "</table:table-row><table:table-row>" + covered + cell("95 %") + cell("at night")
        + "</table:table-row></table:table>"
    )  # fmt: skip
    assert shown(read_odf(tmp_path, "text", body)) == [
        (
            "table",
            0,
            "Service: Mail | Goal / Note: 99 %\nService: Mail | Goal: 95 % | Note: at night",
        )
    ]


def test_odt_deletions_remarks_and_contents_are_no_text_but_notes_are(tmp_path: Path) -> None:
    body = (
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:table-of-content>"
        "<text:p>Contents</text:p></text:table-of-content><text:p>Kept<office:annotation><text:p>why?</text:p>"
        "</office:annotation><text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>since 2020</text:p></text:note-body></text:note>.</text:p>"
    )
    assert shown(read_odf(tmp_path, "text", body)) == [("paragraph", 0, "Kept (since 2020) .")]


def test_odt_hidden_text_is_marked(tmp_path: Path) -> None:
    style = (
        '<style:style style:name="{}" style:family="text"><style:text-properties {}/></style:style>'
    )
    automatic = (
        style.format("Off", 'text:display="none"') + style.format("White", 'fo:color="#FFFFFF"')
        + style.format("Tiny", 'fo:font-size="1pt"')
        + style.format("Box", 'fo:color="#ffffff" fo:background-color="#003366"')
    )  # fmt: skip
    spans = "".join(
        f'<text:span text:style-name="{n}">{n} </text:span>'
        for n in ("Off", "White", "Tiny", "Box")
    )
    body = f'<text:p>seen {spans}</text:p><text:section text:display="none"><text:p>section</text:p></text:section>'
    document = read_odf(tmp_path, "text", body, automatic)
    assert [text for _, _, text in shown(document)] == ["seen Box"]
    assert concealed(document) == ["Off White Tiny", "section"]


def test_ods_sheets_are_tables_and_repeated_cells_do_not_fill_the_memory(tmp_path: Path) -> None:
    def line(*values: str, more: str = "") -> str:
        cells = "".join(
            f"<table:table-cell><text:p>{v}</text:p></table:table-cell>" for v in values
        )
        return f"<table:table-row {more}>{cells}<table:table-cell table:number-columns-repeated='16000'/></table:table-row>"

    body = (
        '<table:table table:name="Goals"><table:table-column/><table:table-column table:visibility="collapse"/>'
        + line("Service", "Secret", "Goal") + line("Mail", "x", "99.95 %") + line("Web", "y", "99 %", more='table:visibility="filter"')
        + '<table:table-row table:number-rows-repeated="1048573"><table:table-cell/></table:table-row></table:table>'
    )  # fmt: skip
    document = read_odf(tmp_path, "spreadsheet", body)
    assert shown(document) == [
        ("heading", 1, "Goals"),
        ("table", 0, "Service: Mail | Goal: 99.95 %"),
    ]
    assert concealed(document) == ["Secret\nx\nService: Web | y | Goal: 99 %"]


def test_ods_repeated_rows_with_text_are_capped(tmp_path: Path) -> None:
    body = (
        '<table:table><table:table-row table:number-rows-repeated="900000"><table:table-cell>'
        "<text:p>x</text:p></table:table-cell></table:table-row></table:table>"
    )
    with pytest.raises(ParseRefused, match="more than 500,000 filled cells"):
        read_odf(tmp_path, "spreadsheet", body)


def test_odp_slides_have_titles_notes_and_may_be_hidden(tmp_path: Path) -> None:
    automatic = '<style:style style:name="no"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    box = "<draw:frame {}><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>"
    notes = f"<presentation:notes>{box.format('', 'slowly')}</presentation:notes>"
    title = box.format('presentation:class="title"', "Keys")
    body = f"<draw:page>{title}{box.format('', 'Rotated')}{notes}</draw:page>"
    body += f'<draw:page draw:style-name="no">{box.format("", "secret")}</draw:page>'
    document = read_odf(tmp_path, "presentation", body, automatic)
    assert [(b.text, b.page) for b in document.blocks if not b.hidden] == [
        ("Slide 1: Keys", 1), ("Rotated", 1), ("Speaker notes", 1), ("slowly", 1),
    ]  # fmt: skip
    assert concealed(document) == ["Slide 2", "secret"]


def test_an_encrypted_opendocument_file_says_so(tmp_path: Path) -> None:
    manifest = (
        '<m:manifest xmlns:m="urn:m"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
    )
    with pytest.raises(ParseRefused, match="password protected"):
        read_odf(tmp_path, "text", "", **{"META-INF/manifest.xml": manifest})


def test_rtf_headings_lists_and_paragraphs_are_read(tmp_path: Path) -> None:
    head = "{\\stylesheet{\\s0 Normal;}{\\s1 heading 1;}{\\s7\\outlinelevel2 Own;}}"
    body = (
        "\\pard\\s1 Security\\par\\pard\\s7 Keys\\par\\pard We \\b rotate\\b0  them.\\line Yearly.\\par"
        "\\pard\\ls1\\ilvl1{\\listtext 2.\\tab}item\\par\\pard{\\pntext\\'b7\\tab}bullet\\par"
    )
    assert shown(read_rtf(tmp_path, body, head)) == [
        ("heading", 1, "Security"), ("heading", 3, "Keys"), ("paragraph", 0, "We rotate them. Yearly."),
        ("list_item", 1, "2. item"), ("list_item", 0, "bullet"),
    ]  # fmt: skip


def test_rtf_tables_keep_rows_headers_and_merged_cells(tmp_path: Path) -> None:
    body = (
        "\\trowd\\trhdr\\cellx1\\cellx2\\cellx3\\pard\\intbl Service\\cell Goal\\cell Note\\cell\\row"
        "\\trowd\\clvmgf\\cellx1\\clmgf\\cellx2\\clmrg\\cellx3\\intbl Mail\\cell 99 %\\cell\\cell\\row"
        "\\trowd\\clvmrg\\cellx1\\cellx2\\cellx3\\intbl\\cell 95\\par %\\cell night\\cell\\row\\pard after\\par"
    )
    assert shown(read_rtf(tmp_path, body)) == [
        ("table", 0, "Service: Mail | Goal / Note: 99 %\nService: Mail | Goal: 95 % | Note: night"),
        ("paragraph", 0, "after"),
    ]


@pytest.mark.parametrize(
    ("body", "head", "text"),
    [
        ("caf\\'e9 \\u8364? \\emdash  x", "", "café € — x"),
        ("\\u-10179?\\u-8704?", "", "😀"),
        ("{\\uc2\\u21152\\'bc\\'d3\\u23494\\'c3\\'dc}!", "", "加密!"),
        ("\\f1\\'e2\\'e5\\'f0", "{\\fonttbl{\\f0 A;}{\\f1\\fcharset204 B;}}", "вер"),
        ("\\f1\\'88\\'c3\\'8d\\'86\\'89\\'bb", "{\\fonttbl{\\f1\\fcharset128 Gothic;}}", "暗号化"),
        ("\\f1\\'e9\\'ec\\'e5\\'ed", "{\\fonttbl{\\f1\\fcharset177 David;}}", "ילום"),
        ("\\f1\\'d3\\'e1\\'c7\\'e3", "{\\fonttbl{\\f1\\fcharset178 Arial;}}", "سلام"),
        ("\\{a\\}\\\\b\\~c\\_d", "", "{a}\\b c-d"),
    ],
)  # fmt: skip
def test_rtf_text_survives_in_every_encoding(
    tmp_path: Path, body: str, head: str, text: str
) -> None:
    assert [t for _, _, t in shown(read_rtf(tmp_path, body + "\\par", head))] == [text]


def test_rtf_hidden_text_is_marked(tmp_path: Path) -> None:
    colours = "{\\colortbl;\\red255\\green255\\blue255;\\red0\\green0\\blue80;}"
    body = "seen {\\v ghost}{\\fs2 tiny}{\\cf1 white}{\\cf1\\highlight2  marked}\\par"
    document = read_rtf(tmp_path, body, colours)
    assert shown(document) == [("paragraph", 0, "seen marked")]
    assert concealed(document) == ["ghosttinywhite"]


def test_rtf_pictures_fields_headers_and_deletions_are_no_text(tmp_path: Path) -> None:
    body = (
        "{\\header page}{\\pict ffd8ff}{\\*\\generator X;}{\\field{\\*\\fldinst HYPERLINK x}{\\fldrslt link}}"
        "{\\deleted gone}{\\bin5 {{{{{} end{\\footnote noted}\\par"
    )
    assert [text for _, _, text in shown(read_rtf(tmp_path, body))] == ["link end", "noted"]


def test_rtf_states_its_title(tmp_path: Path) -> None:
    assert (
        read_rtf(tmp_path, "x\\par", "{\\info{\\title Our policy}{\\author A}}").title
        == "Our policy"
    )
