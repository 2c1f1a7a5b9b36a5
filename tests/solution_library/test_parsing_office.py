"""Word files, PDFs and web pages become blocks in reading order."""

import zipfile
from pathlib import Path

import pytest

from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.formats import docx, html, pdf, pptx
from solution_library.parsing.types import ParsedDocument
from tests.solution_library import hostile, office_files
from tests.solution_library.hostile import paragraph

STYLES = (
    f'<w:styles xmlns:w="{hostile.WORD}">'
    '<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Own"/>'
    '<w:basedOn w:val="Outlined"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Outlined"><w:basedOn w:val="Own"/>'
    '<w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Bullets"><w:name w:val="List Bullet"/>'
    '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    '<w:style w:type="character" w:styleId="Ghost"><w:rPr><w:vanish/></w:rPr></w:style>'
    "</w:styles>"
)


def read_docx(tmp_path: Path, body: str, **parts: str | bytes) -> ParsedDocument:
    path = tmp_path / "file.docx"
    named = {f"word/{name}.xml": content for name, content in parts.items()}
    path.write_bytes(hostile.docx(body, parts={"word/styles.xml": STYLES, **named}))
    return docx.parse(path, "my_file.docx")


def table(*rows: str) -> str:
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


def cell(text: str, properties: str = "", more: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}{more}</w:tc>"


def shown(document: ParsedDocument) -> list[tuple[str, int, str]]:
    return [(block.kind, block.level, block.text) for block in document.blocks if not block.hidden]


def test_word_headings_come_from_styles_however_they_are_named(tmp_path: Path) -> None:
    body = paragraph("One", "berschrift1") + paragraph("Two", "Own") + paragraph("Text")
    body += paragraph("Three", properties='<w:outlineLvl w:val="2"/>')
    assert shown(read_docx(tmp_path, body)) == [
        ("heading", 1, "One"), ("heading", 2, "Two"), ("paragraph", 0, "Text"),
        ("heading", 3, "Three"),
    ]  # fmt: skip


def test_word_lists_know_their_depth(tmp_path: Path) -> None:
    numbered = '<w:numPr><w:ilvl w:val="2"/><w:numId w:val="5"/></w:numPr>'
    off = '<w:numPr><w:numId w:val="0"/></w:numPr>'
    body = paragraph("a", "Bullets") + paragraph("b", properties=numbered)
    body += paragraph("c", "Bullets", properties=off)
    assert shown(read_docx(tmp_path, body)) == [
        ("list_item", 0, "a"), ("list_item", 2, "b"), ("paragraph", 0, "c"),
    ]  # fmt: skip


def test_word_tables_say_in_every_row_what_each_cell_means(tmp_path: Path) -> None:
    merged = '<w:gridSpan w:val="2"/>'
    below = "<w:vMerge/>"
    body = table(
        cell("Item") + cell("Value") + cell("Note"),
        cell("A", '<w:vMerge w:val="restart"/>') + cell("1") + cell("x"),
        cell("", below) + cell("2 and 3", merged),
    )
    assert shown(read_docx(tmp_path, body)) == [
        ("table", 0, "Item: A | Value: 1 | Note: x\nItem: A | Value / Note: 2 and 3")
    ]


def test_a_table_inside_a_cell_follows_the_outer_one(tmp_path: Path) -> None:
    inner = table(cell("k") + cell("v"), cell("1") + cell("2"))
    body = table(cell("Q") + cell("A"), cell("q1") + cell("a1", more=inner), cell("q2") + cell(""))
    texts = [text for _, _, text in shown(read_docx(tmp_path, body))]
    assert texts == ["Q: q1 | A: a1\nQ: q2", "k | v\n1 | 2"]


def test_a_frame_around_text_is_no_table(tmp_path: Path) -> None:
    body = table(cell("Boxed", more=paragraph("Text", "berschrift1")))
    assert shown(read_docx(tmp_path, body)) == [
        ("paragraph", 0, "Boxed"), ("heading", 1, "Text"),
    ]  # fmt: skip


def test_hidden_text_is_marked_and_never_mixed_into_what_is_seen(tmp_path: Path) -> None:
    body = paragraph("seen") + paragraph("unseen", run="<w:vanish/>")
    body += paragraph("ghost", run='<w:rStyle w:val="Ghost"/>')
    body += paragraph("shown", run='<w:vanish w:val="0"/>')
    document = read_docx(tmp_path, body)
    assert [(block.text, block.hidden) for block in document.blocks] == [
        ("seen", False), ("unseen", True), ("ghost", True), ("shown", False),
    ]  # fmt: skip


def test_white_and_tiny_text_is_hidden_where_nothing_is_behind_it(tmp_path: Path) -> None:
    white = '<w:color w:val="FFFFFF"/>'
    dark = '<w:shd w:val="clear" w:fill="003366"/>'
    body = paragraph("white", run=white) + paragraph("tiny", run='<w:sz w:val="4"/>')
    body += paragraph("on dark", run=white, properties=dark)
    body += paragraph("marked", run=white + '<w:highlight w:val="blue"/>')
    body += paragraph("dark on dark", run='<w:color w:val="003366"/>', properties=dark)
    box = f"<w:txbxContent>{paragraph('in a box', run=white)}</w:txbxContent>"
    body += f"<w:p><w:r>{box}</w:r></w:p>"
    document = read_docx(tmp_path, body)
    assert [text for _, _, text in shown(document)] == ["on dark", "marked", "in a box"]
    hidden = [block.text for block in document.blocks if block.hidden]
    assert hidden == ["white", "tiny", "dark on dark"]


def test_white_text_in_coloured_cells_is_seen(tmp_path: Path) -> None:
    white = paragraph("head", run='<w:color w:val="FFFFFF"/>')
    dark = '<w:tcPr><w:shd w:fill="003366"/></w:tcPr>'
    header = "".join(f"<w:tc>{colour}{white}</w:tc>" for colour in (dark, "", dark))
    document = read_docx(tmp_path, table(header, cell("a") + cell("b") + cell("c")))
    assert [(b.text, b.hidden) for b in document.blocks] == [
        ("head | head\na | b | c", False), ("head", True),
    ]  # fmt: skip
    callout = f"<w:tc>{dark}{white}</w:tc>"
    assert shown(read_docx(tmp_path, table(callout))) == [("paragraph", 0, "head")]


def test_a_hidden_row_is_marked_and_named_by_the_header(tmp_path: Path) -> None:
    rows = [cell("Service") + cell("Goal") + cell("Note"), cell("Mail") + cell("99 %") + cell("x")]
    secret = "<w:trPr><w:hidden/></w:trPr>" + cell("Web") + cell("1 %") + cell("y")
    document = read_docx(tmp_path, table(*rows, secret))
    assert [(b.text, b.hidden) for b in document.blocks] == [
        ("Service: Mail | Goal: 99 % | Note: x", False),
        ("Service: Web | Goal: 1 % | Note: y", True),
    ]


def test_bold_letters_say_which_row_or_column_is_the_header(tmp_path: Path) -> None:
    def row(first: str, second: str, bold: str) -> str:
        runs = ("<w:b/>" if mark == "b" else "" for mark in bold)
        pairs = zip((first, second), runs, strict=True)
        return "".join(f"<w:tc>{paragraph(text, run=run)}</w:tc>" for text, run in pairs)

    top = table(row("Contact", "Role", "bb"), row("Ada", "CISO", "--"), row("Bob", "DPO", "--"))
    assert shown(read_docx(tmp_path, top))[0][2].startswith("Contact: Ada | Role: CISO")
    side = table(row("Contact", "Ada", "b-"), row("Role", "CISO", "b-"), row("Mail", "a@b.c", "b-"))
    assert shown(read_docx(tmp_path, side))[0][2] == "Contact | Ada\nRole | CISO\nMail | a@b.c"


@pytest.mark.parametrize(
    "text", ["نحن نشفر البيانات", "אנחנו מצפינים", "我们加密数据", "暗号化します", "เราเข้ารหัสข้อมูล"]
)
def test_every_alphabet_survives(tmp_path: Path, text: str) -> None:
    assert shown(read_docx(tmp_path, paragraph(text))) == [("paragraph", 0, text)]
    page = f"<html><body><p dir=rtl>{text}</p></body></html>"
    assert shown(read_html(tmp_path, page)) == [("paragraph", 0, text)]
    slide = office_files.slide(office_files.shape(text))
    path = tmp_path / "x.pptx"
    path.write_bytes(office_files.pptx(slide))
    assert shown(pptx.parse(path, "x.pptx"))[1] == ("paragraph", 0, text)


def test_a_file_embedded_in_a_word_file_stands_in_its_place(tmp_path: Path) -> None:
    relations = office_files.relations(("h", "aFChunk", "part.html"), ("me", "aFChunk", "me.docx"))
    chunk = f'<w:altChunk xmlns:r="{hostile.OFFICE}" r:id="{{}}"/>'
    body = paragraph("before") + chunk.format("h") + paragraph("after") + chunk.format("me")
    parts: dict[str, str | bytes] = {
        "word/_rels/document.xml.rels": relations,
        "word/part.html": "<html><body><h2>Keys</h2><p>We rotate them.</p></body></html>",
        "word/me.docx": hostile.docx(paragraph("never opened")),
    }
    path = tmp_path / "x.docx"
    path.write_bytes(hostile.docx(body, parts=parts))
    assert [text for _, _, text in shown(docx.parse(path, "x.docx"))] == [
        "before", "Keys", "We rotate them.", "after",
    ]  # fmt: skip


def test_the_numbers_that_word_counts_stand_before_headings_items_and_cells(tmp_path: Path) -> None:
    level = '<w:lvl w:ilvl="{}"><w:start w:val="{}"/><w:numFmt w:val="{}"/><w:lvlText w:val="{}"/>{}</w:lvl>'
    linked = '<w:pStyle w:val="berschrift1"/>'
    numbering = (
        f'<w:numbering xmlns:w="{hostile.WORD}"><w:abstractNum w:abstractNumId="7">'
        + level.format(0, 4, "decimal", "%1", linked) + level.format(1, 1, "lowerLetter", "%1.%2)", "")
        + '</w:abstractNum><w:abstractNum w:abstractNumId="8">' + level.format(0, 1, "bullet", "o", "")
        + '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num></w:numbering>'
    )  # fmt: skip
    pick = '<w:numPr><w:ilvl w:val="{}"/><w:numId w:val="{}"/></w:numPr>'
    top, inner, dot = pick.format(0, 1), pick.format(1, 1), pick.format(0, 2)
    body = paragraph("Keys", "berschrift1", properties=top) + paragraph("one", properties=inner)
    body += paragraph("two", properties=inner) + paragraph("dot", properties=dot)
    body += paragraph("Logs", "berschrift1", properties=top) + paragraph("first", properties=inner)
    cells = [f"<w:tc>{paragraph(text, properties=top)}</w:tc>{cell('x')}" for text in ("", "b")]
    assert shown(read_docx(tmp_path, body + table(*cells), numbering=numbering)) == [
        ("heading", 1, "4 Keys"), ("list_item", 1, "4.a) one"), ("list_item", 1, "4.b) two"),
        ("list_item", 0, "dot"), ("heading", 1, "5 Logs"), ("list_item", 1, "5.a) first"),
        ("table", 0, "6 | x\n7 b | x"),
    ]  # fmt: skip


def test_tracked_deletions_are_gone_and_insertions_stay(tmp_path: Path) -> None:
    run = "<w:r><w:t>{}</w:t></w:r>"
    body = f"<w:p>{run.format('We ')}<w:del><w:r><w:delText>never </w:delText></w:r></w:del>"
    body += f"<w:ins>{run.format('always ')}</w:ins><w:moveFrom>{run.format('old ')}</w:moveFrom>"
    body += f"<w:hyperlink>{run.format('encrypt')}</w:hyperlink></w:p>"
    assert shown(read_docx(tmp_path, body)) == [("paragraph", 0, "We always encrypt")]


def test_content_controls_text_boxes_and_footnotes_are_text_but_contents_are_not(
    tmp_path: Path,
) -> None:
    box = f"<w:txbxContent>{paragraph('boxed')}</w:txbxContent>"
    gallery = '<w:docPartGallery w:val="Table of Contents"/>'
    gallery = f"<w:sdtPr><w:docPartObj>{gallery}</w:docPartObj></w:sdtPr>"
    body = f"<w:sdt>{gallery}<w:sdtContent>{paragraph('Contents … 3')}</w:sdtContent></w:sdt>"
    body += f"<w:sdt><w:sdtContent>{paragraph('controlled')}</w:sdtContent></w:sdt>"
    body += (
        '<w:p xmlns:mc="urn:x"><w:r><w:t>anchor</w:t><mc:AlternateContent>'
        f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
    )
    notes = f'<w:footnotes xmlns:w="{hostile.WORD}"><w:footnote w:type="separator">{paragraph("-")}'
    notes += f"</w:footnote><w:footnote>{paragraph('noted')}</w:footnote></w:footnotes>"
    document = read_docx(tmp_path, body, footnotes=notes)
    assert [b.text for b in document.blocks] == ["controlled", "anchor", "boxed", "noted"]


def test_bold_lines_are_headings_only_where_no_style_is_used(tmp_path: Path) -> None:
    bold = paragraph("Security", run="<w:b/>")
    assert shown(read_docx(tmp_path, bold + paragraph("Text.")))[0] == ("heading", 2, "Security")
    styled = paragraph("One", "berschrift1") + bold
    assert shown(read_docx(tmp_path, styled))[1] == ("paragraph", 0, "Security")


def test_the_title_of_a_word_file_is_stated_or_its_first_heading_or_its_name(
    tmp_path: Path,
) -> None:
    assert read_docx(tmp_path, paragraph("Text")).title == "my file"
    assert read_docx(tmp_path, paragraph("Head", "berschrift1")).title == "Head"
    core = '<cp:p xmlns:cp="urn:c" xmlns:dc="urn:d"><dc:title>Stated</dc:title></cp:p>'
    path = tmp_path / "file.docx"
    path.write_bytes(hostile.docx(paragraph("Text"), parts={"docProps/core.xml": core}))
    assert docx.parse(path, "x.docx").title == "Stated"


def test_a_word_file_without_its_text_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "file.docx"
    for content in (b"<broken", b"<w:other xmlns:w='urn:x'/>"):
        path.write_bytes(hostile.docx("", parts={"word/document.xml": content}))
        with pytest.raises(ParseRefused, match="damaged"):
            docx.parse(path, "x.docx")
    assert zipfile.is_zipfile(path)


def read_pdf(tmp_path: Path, *pages: list[tuple[str, float, float]]) -> ParsedDocument:
    path = tmp_path / "file.pdf"
    path.write_bytes(hostile.pdf_pages(list(pages)))
    return pdf.parse(path, "a file.pdf")


def test_pdf_lines_become_headings_paragraphs_and_items_with_their_page(tmp_path: Path) -> None:
    long = "We encrypt all customer data at rest with keys of 256 bits and rotate"
    first = [
        ("Security Policy", 20.0, 740.0), (long, 11.0, 700.0),
        ("these keys every year without exception.", 11.0, 687.0),
        ("- a list item", 11.0, 660.0), ("A new paragraph after a gap.", 11.0, 630.0),
    ]  # fmt: skip
    document = read_pdf(tmp_path, first, [("Next page text.", 11.0, 700.0)])
    assert [(b.kind, b.text, b.page) for b in document.blocks] == [
        ("heading", "Security Policy", 1),
        ("paragraph", f"{long} these keys every year without exception.", 1),
        ("list_item", "a list item", 1),
        ("paragraph", "A new paragraph after a gap.", 1),
        ("paragraph", "Next page text.", 2),
    ]
    assert document.page_count == 2
    assert document.title == "Security Policy"


def test_page_numbers_and_running_titles_do_not_interrupt_the_text(tmp_path: Path) -> None:
    pages = [
        [
            ("ACME Corp - confidential", 9.0, 770.0),
            (f"Text number {word} stands here.", 11.0, 700.0),
            (f"Page {number} of 4", 9.0, 20.0),
        ]
        for number, word in enumerate(("one", "two", "three", "four"), start=1)
    ]
    texts = [block.text for block in read_pdf(tmp_path, *pages).blocks]
    assert texts == [
        "ACME Corp - confidential", *(f"Text number {n} stands here." for n in
        ("one", "two", "three", "four")),
    ]  # fmt: skip


def test_a_paragraph_may_go_on_over_the_page_break(tmp_path: Path) -> None:
    document = read_pdf(
        tmp_path, [("Backups are kept for thirty", 11, 100)], [("days in two places.", 11, 700)]
    )
    assert [(b.text, b.page) for b in document.blocks] == [
        ("Backups are kept for thirty days in two places.", 1)
    ]


def test_pages_without_text_are_named(tmp_path: Path) -> None:
    document = read_pdf(tmp_path, [("Text.", 11, 700)], [], [("More.", 11, 700)])
    assert document.warnings == ["Pages without text (empty or scanned) were left out: 2."]


def read_html(tmp_path: Path, text: str | bytes) -> ParsedDocument:
    path = tmp_path / "file.html"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return html.parse(path, "page.html")


def test_a_web_page_says_what_it_says_without_its_navigation(tmp_path: Path) -> None:
    page = """<!doctype html><html><head><title>Backups — ACME Docs</title><style>p{}</style></head>
    <body><header><a href=/>ACME</a></header><nav><ul><li>Home</li></ul></nav>
    <div class="sidebar">Other pages</div><main><header><h1>Backups<a class="headerlink">¶</a></h1>
    </header><p>Kept for <b>30</b> days<br>in two places.</p><script>alert(1)</script>
    <ul><li>daily<ul><li>at night</li></ul></li></ul><pre>tar -c
  -z</pre><p hidden>not shown</p></main><footer>© ACME</footer></body></html>"""
    document = read_html(tmp_path, page)
    assert document.title == "Backups"
    assert shown(document) == [
        ("heading", 1, "Backups"),
        ("paragraph", 0, "Kept for 30 days in two places."),
        ("list_item", 0, "daily"),
        ("list_item", 1, "at night"),
        ("code", 0, "tar -c\n  -z"),
    ]


def test_when_hardly_anything_is_left_the_whole_page_counts(tmp_path: Path) -> None:
    page = (
        f"<html><body><div class=menu><p>{'All of the text. ' * 50}</p></div><p>a</p></body></html>"
    )
    assert len(read_html(tmp_path, page).blocks) == 2


def test_what_a_page_says_it_hides_is_marked(tmp_path: Path) -> None:
    page = """<html><body><h1>Keys</h1><p>Keys rotate<i style="display: none">never</i> yearly.</p>
    <div style="font-size:0px">zero</div><div hidden><script>x</script>box</div><table>
    <tr><th>Key</th><th>Bits</th></tr><tr><td>AES</td><td>256<b hidden>128</b></td></tr></table>
    <p hidden="until-found">folded</p><nav hidden>menu</nav></body></html>"""
    document = read_html(tmp_path, page)
    assert [text for _, _, text in shown(document)] == [
        "Keys", "Keys rotate yearly.", "Key: AES | Bits: 256", "folded",
    ]  # fmt: skip
    hidden = [block.text for block in document.blocks if block.hidden]
    assert hidden == ["never", "zero", "box", "128"]


def test_header_rows_of_two_levels_are_put_together(tmp_path: Path) -> None:
    page = """<html><body><table><tr><th rowspan=2>Service</th><th colspan=2>2026</th></tr>
    <tr><th>Goal</th><th>Reached</th></tr><tr><td>Mail</td><td>99 %</td><td>99.9 %</td></tr>
    <tr><td colspan=3>All hours are UTC.</td></tr><tr><td>Web</td><td>95 %</td><td>96 %</td></tr>
    </table></body></html>"""
    assert shown(read_html(tmp_path, page)) == [
        ("table", 0, "Service: Mail | 2026 Goal: 99 % | 2026 Reached: 99.9 %"),
        ("table", 0, "All hours are UTC.\nService: Web | 2026 Goal: 95 % | 2026 Reached: 96 %"),
    ]


def test_data_tables_are_rows_and_layout_tables_are_not(tmp_path: Path) -> None:
    page = """<html><body><table><tr><td><h1>Layout</h1></td><td><p>Text</p></td></tr></table>
    <table><caption>Uptime</caption><tr><th>Service</th><th>Hours</th></tr>
    <tr><td rowspan=2>Mail</td><td>24</td></tr><tr><td>12</td></tr></table></body></html>"""
    assert shown(read_html(tmp_path, page)) == [
        ("heading", 1, "Layout"),
        ("paragraph", 0, "Text"),
        ("table", 0, "Uptime\nService: Mail | Hours: 24\nService: Mail | Hours: 12"),
    ]


def test_the_heading_of_a_boxed_note_begins_no_section(tmp_path: Path) -> None:
    page = "<html><body><h2>Keys</h2><div class='note'><h3>Note</h3><p>x</p></div></body></html>"
    kinds = [kind for kind, _, _ in shown(read_html(tmp_path, page))]
    assert kinds == ["heading", "paragraph", "paragraph"]


def test_a_page_may_name_its_own_encoding(tmp_path: Path) -> None:
    page = '<html><head><meta charset="shift_jis"></head><body><p>暗号化</p></body></html>'
    document = read_html(tmp_path, page.encode("shift_jis"))
    assert shown(document) == [("paragraph", 0, "暗号化")]
    assert document.warnings == []
