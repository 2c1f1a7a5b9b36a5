"""Workbooks and CSV become tables whose rows say what their values mean, as the sheet shows them."""

from pathlib import Path

import pytest

from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.formats import csv, xlsx
from solution_library.parsing.number_formats import shown
from solution_library.parsing.types import ParsedDocument
from tests.solution_library import office_files as make
from tests.solution_library.office_files import cell, relations, row, sheet, table_rows

GOALS = (["Service", "Goal", "Note"], ["Mail", "0.9995", "always"], ["Web", "0.99", "by day"])


def read(
    tmp_path: Path, *rows: str, before: str = "", after: str = "", styles: str = "",
    parts: dict[str, str | bytes] | None = None,
) -> ParsedDocument:  # fmt: skip
    xml = sheet(*rows, before=before, after=after)
    known: dict[str, str | bytes] = {"xl/styles.xml": styles} if styles else {}
    return read_book(tmp_path, make.xlsx(("Goals", xml), parts={**known, **(parts or {})}))


def read_book(tmp_path: Path, content: bytes) -> ParsedDocument:
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)
    return xlsx.parse(path, "our_book.xlsx")


def texts(document: ParsedDocument, *, hidden: bool = False) -> list[str]:
    return [block.text for block in document.blocks if block.hidden is hidden]


def test_a_sheet_is_a_heading_and_every_row_names_its_columns(tmp_path: Path) -> None:
    document = read(tmp_path, table_rows(*GOALS))
    assert [(b.kind, b.text) for b in document.blocks] == [
        ("heading", "Goals"),
        ("table", "Service: Mail | Goal: 0.9995 | Note: always\nService: Web | Goal: 0.99 | Note: by day"),
    ]  # fmt: skip
    assert document.title == "our book"


@pytest.mark.parametrize(
    ("value", "code", "seen"),
    [
        ("0.9995", "0.00%", "99.95%"), ("0.9995", "0.00 %", "99.95 %"), ("1234567.5", "#,##0.00", "1,234,567.50"),
        ("-5", "#,##0;(#,##0)", "(5)"), ("46086", "yyyy-mm-dd", "2026-03-05"), ("0.75", "h:mm", "18:00"),
        ("46086.5", "d mmm yyyy h:mm AM/PM", "5 Mar 2026 12:00 PM"), ("1.5", "[h]:mm", "36:00"),
        ("2.1000000000000001", "General", "2.1"), ("1500", '#,##0 "users"', "1,500 users"),
        ("12.5", "[$€-407] #,##0.00", "€ 12.50"), ("0.125", "# ?/?", "1/8"), ("7", "0000", "0007"),
        ("1200000", '0.0,,"M"', "1.2M"), ("0.00012", "0.0E+00", "1.2E-04"), ("5551234567", "(000) 000-0000", "(555) 123-4567"),
        ("61", "yyyy-mm-dd", "1900-03-01"), ("-1", "yyyy-mm-dd", "-1"), ("words", "0.00", "words"), ("1", '"Yes";;"No"', "Yes"),
    ],
)  # fmt: skip
def test_numbers_are_shown_as_the_sheet_shows_them(value: str, code: str, seen: str) -> None:
    assert shown(value, code) == seen


@pytest.mark.parametrize(
    "code", ['"', "[", "\\", "0/0", "[>", "%%%0", "????????/????????", ";;;;", "_", "*"]
)
@pytest.mark.parametrize("value", ["0", "-1", "1e300", "1e-300", "1e999", "NaN", "99999999999"])
def test_no_format_and_no_number_stops_the_reading(code: str, value: str) -> None:
    assert isinstance(shown(value, code), str)


def test_formats_of_the_workbook_are_used(tmp_path: Path) -> None:
    line = row(1, cell("A1", "Goal"), cell("B1", "0.9995", style=1), cell("C1", "46086", style=2))
    document = read(tmp_path, line, styles=make.styles("0.00%", "d.m.yyyy"))
    assert texts(document) == ["Goals", "Goal | 99.95% | 5.3.2026"]


def test_merged_cells_stand_in_every_row_and_column_that_they_span(tmp_path: Path) -> None:
    rows = table_rows(
        ["Area", "2025", "", "Owner"], ["", "Plan", "Done", ""], ["Keys", "yes", "no", "Ada"],
        ["", "no", "yes", "Bob"],
    )  # fmt: skip
    merges = '<mergeCells><mergeCell ref="B1:C1"/><mergeCell ref="A1:A2"/><mergeCell ref="A3:A4"/></mergeCells>'
    rows = rows.replace('<c r="C1" s="0" t="inlineStr"><is><t></t></is></c>', "")
    assert texts(read(tmp_path, rows, after=merges))[1] == (
        "Area: Keys | 2025 Plan: yes | 2025 Done: no | Owner: Ada\n"
        "Area: Keys | 2025 Plan: no | 2025 Done: yes | Owner: Bob"
    )


def test_titles_notes_and_several_tables_of_a_sheet_are_kept_apart(tmp_path: Path) -> None:
    rows = row(1, cell("A1", "Goals of the year")) + table_rows(*GOALS, first=2)
    rows += row(8, cell("A8", "All hours are UTC.")) + table_rows(
        ["Key", "Bits", "Use"], ["AES", "256", "disk"], first=10
    )
    rows = rows.replace('<row r="2" >', '<row r="2">')
    assert texts(read(tmp_path, rows)) == [
        "Goals",
        "Goals of the year\nService: Mail | Goal: 0.9995 | Note: always\nService: Web | Goal: 0.99 | Note: by day",
        "All hours are UTC.",
        "Key: AES | Bits: 256 | Use: disk",
    ]  # fmt: skip


def test_tables_beside_each_other_are_two_tables(tmp_path: Path) -> None:
    rows = [
        row(n, *(cell(f"{column}{n}", value) for column, value in zip("ABDE", values, strict=True)))
        for n, values in enumerate([["Key", "Bits", "Site", "City"], ["AES", "256", "One", "Rome"],
                                    ["RSA", "4096", "Two", "Oslo"]], start=1)
    ]  # fmt: skip
    assert texts(read(tmp_path, *rows))[1:] == [
        "Key: AES | Bits: 256\nKey: RSA | Bits: 4096", "Site: One | City: Rome\nSite: Two | City: Oslo",
    ]  # fmt: skip


def test_an_empty_row_does_not_take_the_header_away(tmp_path: Path) -> None:
    rows = table_rows(*GOALS) + table_rows(["Chat", "0.5", "rarely"], first=5)
    assert texts(read(tmp_path, rows))[-1] == "Service: Chat | Goal: 0.5 | Note: rarely"


def test_a_cell_at_the_end_of_the_world_makes_no_empty_ones(tmp_path: Path) -> None:
    document = read(tmp_path, row(1, cell("A1", "near")), row(1_048_576, cell("XFD1048576", "far")))
    assert texts(document) == ["Goals", "near", "far"]


@pytest.mark.parametrize("place", ["XFE1", "A1048577", "A0", "1A", "ÄÖ1"])
def test_a_cell_that_cannot_exist_means_damage(tmp_path: Path, place: str) -> None:
    with pytest.raises(ParseRefused, match="cannot exist"):
        read(tmp_path, row(1, cell(place, "x")))


def test_hidden_sheets_rows_and_columns_are_marked(tmp_path: Path) -> None:
    columns = '<cols><col min="3" max="3" hidden="1"/></cols>'
    rows = table_rows(*GOALS[:2]) + row(
        3, cell("A3", "Web"), cell("B3", "0.99"), properties='hidden="1"'
    )
    one = sheet(rows, before=columns)
    two = sheet(row(1, cell("A1", "canary")))
    document = read_book(
        tmp_path, make.xlsx(("Seen", one), ("Not", two), states=["visible", "veryHidden"])
    )
    assert texts(document) == ["Seen", "Service: Mail | Goal: 0.9995"]
    assert texts(document, hidden=True) == [
        "Note\nalways\nService: Web | Goal: 0.99", "Not", "canary",
    ]  # fmt: skip


def test_text_in_the_colour_of_its_cell_is_hidden_unless_something_else_colours_it(
    tmp_path: Path,
) -> None:
    fonts = '<font/><font><color rgb="FFFFFFFF"/></font><font><color theme="0"/></font><font><sz val="1"/></font>'
    fills = '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FF112233"/></patternFill></fill>'
    pairs = ((1, 0), (2, 0), (1, 1), (3, 0))
    styled = make.styles(
        fonts=fonts, fills=fills, more="".join(f'<xf fontId="{f}" fillId="{b}"/>' for f, b in pairs)
    )
    rows = "".join(
        row(n, cell(f"A{n}", word, style=n))
        for n, word in enumerate(["white", "paper", "on blue", "tiny"], 1)
    )
    document = read(tmp_path, rows, styles=styled)
    assert texts(document) == ["Goals", "on blue"]
    assert texts(document, hidden=True) == ["white", "paper", "tiny"]
    coloured = '<conditionalFormatting sqref="A1:A2"/>'
    assert texts(read(tmp_path, rows, styles=styled, after=coloured)) == [
        "Goals",
        "white",
        "paper",
        "on blue",
    ]


def test_formulas_give_their_values_and_those_without_are_counted(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        row(
            1, cell("A1", "Sum"), cell("B1", "42", formula="SUM(C1:C9)"), '<c r="C1"><f>1/3</f></c>'
        ),
    )
    assert texts(document) == ["Goals", "Sum | 42"]
    assert document.warnings[0].startswith("1 formula has no stored value")


def test_notes_and_text_boxes_are_kept(tmp_path: Path) -> None:
    xml = sheet(row(1, cell("A1", "Keys")))
    parts: dict[str, str | bytes] = {
        "xl/worksheets/_rels/sheet1.xml.rels": relations(("c", "comments", "../comments1.xml"), ("d", "drawing", "../drawings/d.xml")),
        "xl/comments1.xml": f'<comments xmlns="{make.SHEETS}"><commentList><comment ref="A1"><text><t>Ask Ada</t></text></comment></commentList></comments>',
        "xl/drawings/d.xml": f'<d:wsDr xmlns:d="urn:d" xmlns:a="{make.DRAWING}"><d:sp><d:txBody><a:p><a:r><a:t>In a box</a:t></a:r></a:p></d:txBody></d:sp></d:wsDr>',
    }  # fmt: skip
    document = read_book(tmp_path, make.xlsx(("S", xml), parts=parts))
    assert texts(document) == ["S", "Keys", "Note on A1: Ask Ada", "In a box"]


def test_shared_strings_keep_their_runs_and_escapes(tmp_path: Path) -> None:
    strings = f'<sst xmlns="{make.SHEETS}"><si><r><t>AES</t></r><r><t>-256</t></r></si><si><t>a_x000D_b</t></si></sst>'
    line = row(
        1,
        '<c r="A1" t="s"><v>0</v></c>',
        '<c r="B1" t="s"><v>1</v></c>',
        '<c r="C1" t="s"><v>9</v></c>',
    )
    assert (
        texts(read(tmp_path, line, parts={"xl/sharedStrings.xml": strings}))[1] == "AES-256 | a b"
    )


def read_csv(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "t.csv"
    path.write_text(text, newline="")
    return [block.text for block in csv.parse(path, "t.csv").blocks]


def test_a_csv_may_begin_with_titles_and_state_its_mark(tmp_path: Path) -> None:
    text = "Goals of the year;;\nService;Goal;Note\nMail;99,95 %;always\n\nWeb;99 %;by day\n"
    expected = [
        "Goals of the year\nService: Mail | Goal: 99,95 % | Note: always",
        "Service: Web | Goal: 99 % | Note: by day",
    ]
    assert read_csv(tmp_path, text) == expected
    assert read_csv(tmp_path, "sep=;\r\n" + text) == expected


def test_a_list_of_sentences_is_not_cut_at_its_commas(tmp_path: Path) -> None:
    assert read_csv(tmp_path, "Keys, all of them, rotate.\nSo do backups.\nLogs, too.\nAnd disks.\n") == [
        "Keys, all of them, rotate.", "So do backups.", "Logs, too.", "And disks.",
    ]  # fmt: skip
