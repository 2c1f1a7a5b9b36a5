"""Presentations, workbooks, OpenDocument, Rich Text and e-mails made to do harm: each ends in time,
with text or with a reason."""

import random
import struct
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from solution_library.parsing import Limits, ParsedDocument, ParseError, ParseRefused, parse_file
from tests.solution_library import hostile
from tests.solution_library import office_files as make
from tests.solution_library.office_files import cell, row, shape, sheet, slide

LAUGHS = "<!DOCTYPE x [" + "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10)
) + "]>"  # fmt: skip
BOMB = b" " * (50 << 20)


def read(tmp_path: Path, content: bytes, limits: Limits | None = None) -> ParsedDocument:
    path = tmp_path / "upload"
    path.write_bytes(content)
    return parse_file(path, filename="file.bin", limits=limits or Limits())


def reason(tmp_path: Path, content: bytes) -> str:
    with pytest.raises(ParseRefused) as caught:
        read(tmp_path, content)
    return caught.value.reason


def texts(document: ParsedDocument) -> list[str]:
    return [block.text for block in document.blocks]


def book(*rows: str, parts: dict[str, str | bytes] | None = None, after: str = "") -> bytes:
    return make.xlsx(("S", sheet(*rows, after=after)), parts=parts)


def deck(*slides: str, parts: dict[str, str | bytes] | None = None) -> bytes:
    return make.pptx(*(slides or (slide(shape("text")),)), parts=parts)


def text_of_odf(body: str, parts: dict[str, str] | None = None) -> bytes:
    return make.odf("text", body, parts=parts)


BOMBS: dict[str, Callable[[], bytes]] = {
    "sheet": lambda: book(parts={"xl/worksheets/sheet1.xml": BOMB}),
    "strings": lambda: book(parts={"xl/sharedStrings.xml": BOMB}),
    "slide": lambda: deck(parts={"ppt/slides/slide1.xml": BOMB}),
    "odt": lambda: text_of_odf("", parts={"content.xml": BOMB.decode()}),
}
ENTITIES: dict[str, Callable[[str], bytes]] = {
    "xlsx": lambda prolog: book(parts={"xl/sharedStrings.xml": f"{prolog}<sst/>"}),
    "xlsx, a part that nobody reads": lambda prolog: book(parts={"xl/other.xml": f"{prolog}<x/>"}),
    "pptx": lambda prolog: deck(parts={"ppt/slides/slide1.xml": f"{prolog}<p/>"}),
    "odt": lambda prolog: text_of_odf("", parts={"styles.xml": f"{prolog}<p/>"}),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_zip_bomb_is_refused_before_it_unpacks(tmp_path: Path, name: str) -> None:
    assert "zip bomb" in reason(tmp_path, BOMBS[name]())


def test_a_bomb_whose_directory_lies_is_found_out(tmp_path: Path) -> None:
    content = BOMBS["strings"]().replace(struct.pack("<L", 50 << 20), struct.pack("<L", 1000))
    assert "damaged" in reason(tmp_path, content)


@pytest.mark.parametrize("name", ENTITIES)
def test_entities_are_refused_in_any_part(tmp_path: Path, name: str) -> None:
    assert "entities" in reason(tmp_path, ENTITIES[name](LAUGHS))


@pytest.mark.parametrize("name", ENTITIES)
def test_an_external_entity_never_brings_a_file_in(tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary-4711")
    prolog = f'<!DOCTYPE x [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'
    assert "canary" not in reason(tmp_path, ENTITIES[name](prolog))


@pytest.mark.parametrize("make_with", [book, deck, lambda parts: text_of_odf("", parts)])
@pytest.mark.parametrize("name", ["../../x", "/etc/x", "C:\\x"])
def test_a_part_that_points_outside_is_refused(
    tmp_path: Path, make_with: Callable[..., bytes], name: str
) -> None:
    assert "outside" in reason(tmp_path, make_with(parts={name: "x"}))


def test_external_relations_are_never_followed(tmp_path: Path) -> None:
    relations = (
        f'<Relationships xmlns="{hostile.PACKAGE}"><Relationship Id="l" TargetMode="External" '
        f'Type="{hostile.OFFICE}/slideLayout" Target="http://127.0.0.1:9/l.xml"/>'
        f'<Relationship Id="n" Type="{hostile.OFFICE}/notesSlide" Target="../../../../etc/passwd"/>'
        "</Relationships>"
    )
    content = deck(parts={"ppt/slides/_rels/slide1.xml.rels": relations})
    assert texts(read(tmp_path, content)) == ["Slide 1", "text"]


def test_a_far_cell_costs_nothing(tmp_path: Path) -> None:
    content = book(row(1, cell("A1", "near")), row(1_048_576, cell("XFD1048576", "far")))
    limits = Limits(cpu_seconds=3, address_space_bytes=200 << 20)
    assert texts(read(tmp_path, content, limits)) == ["S", "near", "far"]


def test_merges_over_the_whole_sheet_cost_nothing(tmp_path: Path) -> None:
    merges = '<mergeCell ref="A1:XFD1048576"/>' * 20_000
    rows = "".join(row(n, cell(f"A{n}", f"line {n}")) for n in range(1, 3_000))
    document = read(tmp_path, book(rows, after=f"<mergeCells>{merges}</mergeCells>"))
    assert "line 2999" in texts(document)[-1]


@pytest.mark.slow
def test_a_workbook_of_too_many_cells_is_refused_with_advice(tmp_path: Path) -> None:
    dice = random.Random(1)
    cells = (f"<c><v>{dice.randrange(10**9)}</v></c>" for _ in range(510_000))
    rows = "".join(f"<row>{''.join(islice(cells, 100))}</row>" for _ in range(5_100))
    assert "split it" in reason(tmp_path, book(rows))


def test_a_shape_nested_without_end_is_damage(tmp_path: Path) -> None:
    nested = "<p:grpSp>" * 5_000 + shape("deep") + "</p:grpSp>" * 5_000
    assert "damaged" in reason(tmp_path, deck(slide(nested)))
    lists = "<text:list><text:list-item>" * 5_000 + "</text:list-item></text:list>" * 5_000
    assert "not valid XML" in reason(tmp_path, text_of_odf(lists))


def test_styles_in_a_circle_end(tmp_path: Path) -> None:
    styles = (
        f"<s {make.ODF_NAMES}>"
        '<style:style style:name="A" style:parent-style-name="B"/>'
        '<style:style style:name="B" style:parent-style-name="A"/></s>'
    )
    body = '<text:p text:style-name="A">text</text:p>'
    assert texts(read(tmp_path, text_of_odf(body, parts={"styles.xml": styles}))) == ["text"]


def test_spans_of_a_billion_cells_are_cut(tmp_path: Path) -> None:
    wide = 'table:number-columns-spanned="999999999" table:number-rows-spanned="999999999"'
    one = f"<table:table-cell {wide}><text:p>a</text:p></table:table-cell>"
    two = "<table:table-cell><text:p>b</text:p></table:table-cell>"
    body = f"<table:table><table:table-row>{one}{two}</table:table-row><table:table-row>{two}"
    body += "</table:table-row></table:table>"
    assert "a" in texts(read(tmp_path, text_of_odf(body)))[0]
    frame = make.slide_table([make.slide_cell("a", 'gridSpan="999999999" rowSpan="999999999"')] * 3)
    assert "a" in texts(read(tmp_path, deck(slide(frame))))[1]


RTF = {
    "open groups": "{" * 200_000,
    "closed groups": "}" * 200_000,
    "control words": "\\b\\i0 " * 100_000,
    "cells": "\\trowd" + "\\cellx1" * 50_000 + "\\intbl x\\cell" * 50_000 + "\\row",
    "rows": "\\trowd\\cellx1\\intbl x\\cell\\row" * 20_000,
    "huge numbers": "\\u99999999999 \\fs-99999999999999 \\bin999999999 x",
    "half characters": "\\u-10179? x \\u-8704? \\'8" * 5_000,
    "fonts": "{\\fonttbl" + "{\\f1\\fcharset999 x;}" * 20_000 + "}\\f1\\'ff",
    "skipped characters": "\\uc9999999\\u65 " + "x" * 10_000,
    "styles": "{\\stylesheet" + "{\\s1 heading 1;}" * 20_000 + "}\\s1 x\\par",
}


@pytest.mark.parametrize("name", RTF)
def test_hostile_rich_text_is_read_in_linear_time(tmp_path: Path, name: str) -> None:
    limits = Limits(cpu_seconds=5, address_space_bytes=400 << 20)
    read(tmp_path, make.rtf(RTF[name] + "\\par end\\par"), limits)


MAIL = {
    "folded header": "Subject: " + "=?utf-8?q?a?= " * 20_000,
    "addresses": "To: " + "<a@b.c>, " * 50_000,
    "parameters": 'Content-Type: text/plain; ' + 'a*0*="x";' * 20_000,
    "boundary": "Content-Type: multipart/mixed; boundary=" + "x" * 100_000,
    "quoted": "Content-Transfer-Encoding: quoted-printable\n\n" + "=E" * 200_000,
    "quotes": "X-A: b\n\n" + ">" * 200_000 + "\n" + "> " * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("name", MAIL)
def test_hostile_mail_is_read_in_linear_time(tmp_path: Path, name: str) -> None:
    content = f"MIME-Version: 1.0\nMessage-ID: <1@x>\nFrom: a@b.c\nDate: x\n{MAIL[name]}\n\nend\n"
    read(tmp_path, content.encode(), Limits(cpu_seconds=5))


SAMPLES: dict[str, Callable[[], bytes]] = {
    "pptx": lambda: deck(slide(shape("Keys", role="title"), shape("words " * 50))),
    "xlsx": lambda: book(make.table_rows(["a", "b", "c"], ["1", "2", "3"])),
    "odt": lambda: text_of_odf("<text:p>words</text:p>" * 50),
    "rtf": lambda: make.rtf("\\pard words {\\b and} more\\par" * 20),
    "eml": lambda: b"From: a@b.c\nTo: c@d.e\nMIME-Version: 1.0\nSubject: x\n\n" + b"words\n" * 50,
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_truncated_file_ends_with_a_reason_or_with_text(tmp_path: Path, kind: str) -> None:
    content = SAMPLES[kind]()
    for tenth in (1, 3, 5, 7, 9):
        try:
            read(tmp_path, content[: len(content) * tenth // 10])
        except ParseError as error:
            assert error.reason.endswith(".")


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_file_with_bytes_changed_at_random_ends_with_a_sentence(
    tmp_path: Path, kind: str
) -> None:
    dice = random.Random(kind)
    for _ in range(4):
        content = bytearray(SAMPLES[kind]())
        for _ in range(1 + len(content) // 200):
            content[dice.randrange(len(content))] = dice.randrange(256)
        try:
            read(tmp_path, bytes(content))
        except ParseError as error:
            assert error.reason.endswith(".")
