"""A document of any number of pages is read by as many children as that takes."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from solution_library.parsing import Limits, ParseFailed, ParseRefused, paged, parse_file
from solution_library.parsing.words import words
from tests.solution_library import hostile
from tests.solution_library import pdf_files as make


def write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "upload.pdf"
    path.write_bytes(content)
    return path


_WORDS = sorted(words("oak elm ash fir yew box bay fig gum lime palm pear pine"))


def pages(count: int) -> bytes:
    """Running titles, headings, a sentence over each page's end, and a table over two pages."""
    rows = ["Control   Owner", "Backup   IT"]
    contents = []
    for number in range(1, count + 1):
        lines = [("Security handbook", 8.0, 770.0), (f"Page {number} of {count}", 8.0, 30.0)]
        lines += [(f"{number} Chapter", 16.0, 740.0)] if number % 3 == 1 else []
        lines += [(f"and goes on with {_WORDS[number % 13]} here.", 10.0, 720.0)]
        lines += [(f"Line {line} of the text of this page says a thing or two", 10.0, 700.0 - 12 * line)
                  for line in range(20)]  # fmt: skip
        lines += [
            (f"{rows[number % 2]}", 10.0, 400.0),
            (f"This sentence about {_WORDS[number % 13]} begins", 10.0, 80.0),
        ]
        contents.append(lines)
    return hostile.pdf_pages(contents)


@pytest.fixture
def tiny_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each child reads a page or two, and puts a few together."""
    whole = paged.budget_of
    monkeypatch.setattr(paged, "budget_of", lambda limits: {**whole(limits), "output_bytes": 2500})


def test_pages_read_by_many_children_make_the_same_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, pages(12))
    at_once = parse_file(path, filename="a.pdf")
    whole = paged.budget_of
    monkeypatch.setattr(paged, "budget_of", lambda limits: {**whole(limits), "output_bytes": 6000})
    in_parts = parse_file(path, filename="a.pdf")
    assert in_parts.to_dict() == at_once.to_dict()
    joined = f"This sentence about {_WORDS[7]} begins and goes on with {_WORDS[8]} here."
    assert joined in [block.text for block in in_parts.blocks]


@pytest.mark.usefixtures("tiny_budgets")
def test_progress_tells_the_page_and_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paged, "_BETWEEN_REPORTS", 0.0)
    heard: list[tuple[int, int, str]] = []
    path = write(tmp_path, pages(3))
    parse_file(path, filename="a.pdf", progress=lambda *now: heard.append(now))
    assert heard[:3] == [(n, 3, f"Reading page {n} of 3") for n in (1, 2, 3)]
    assert [done for done, _, _ in heard] == sorted(done for done, _, _ in heard)


class Cancelled(Exception):
    pass


def test_what_progress_raises_ends_the_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paged, "_BETWEEN_REPORTS", 0.0)

    def cancel(done: int, total: int, now: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        parse_file(write(tmp_path, pages(3)), filename="a.pdf", progress=cancel)


DEADLY = Limits(cpu_seconds=1, wall_seconds=10)


def deadly_page(number: int, count: int) -> bytes:
    """Page `number` never ends: its forms draw each other without end."""
    objects = {}
    kids = []
    for page in range(1, count + 1):
        place, content = 100 + 2 * page, 101 + 2 * page
        kids.append(b"%d 0 R" % place)
        resources = b"/Font << /F1 5 0 R >> /XObject << /X0 10 0 R >>"
        objects[place] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << %s >> >>" % (content, resources)
        )
        text = hostile.text_content((f"Page {page} says a lot of good things.", 12.0, 700.0))
        objects[content] = hostile.stream(b"/X0 Do" if page == number else text)
    bomb = hostile.nested_forms_objects()
    bomb |= objects
    bomb[2] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), count)
    return hostile.pdf(dict(sorted(bomb.items())))


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_page_that_kills_its_reader_is_left_out_by_name(tmp_path: Path, number: int) -> None:
    path = write(tmp_path, deadly_page(number, 4))
    found = parse_file(path, filename="a.pdf", limits=DEADLY)
    said = " ".join(block.text for block in found.blocks)
    assert [f"Page {page} says" in said for page in (1, 2, 3, 4)].count(True) == 3
    assert f"Page {number} says" not in said
    assert found.warnings == [f"Pages that took too much time or memory were left out: {number}."]


@pytest.mark.slow
def test_a_file_of_deadly_pages_is_given_up_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = hostile.nested_forms_objects()
    objects[2] = b"<< /Type /Pages /Kids [%s] /Count 500 >>" % (b"3 0 R " * 500)
    monkeypatch.setattr(paged, "_WASTED_SECONDS", 1.5)
    with pytest.raises(ParseFailed, match="so the rest was not tried"):
        parse_file(write(tmp_path, hostile.pdf(objects)), filename="a.pdf", limits=DEADLY)


def test_a_page_that_fails_to_load_does_not_take_the_others_along(tmp_path: Path) -> None:
    content = hostile.pdf_pages([[(f"Page {n} is good", 12.0, 700.0)] for n in (1, 2, 3)])
    found = parse_file(
        write(tmp_path, content.replace(b"12 0 obj", b"12 0 xyz", 1)), filename="a.pdf"
    )
    assert {block.page for block in found.blocks} >= {1, 3}


def children_of(pid: int) -> Iterator[int]:
    """Processes below `pid` that read a document now."""
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            parent, session = int(fields[1]), int(fields[3])
        except (OSError, IndexError, ValueError):
            continue
        if parent == pid:
            if session == int(entry.name):
                yield int(entry.name)
            yield from children_of(int(entry.name))


def test_a_child_that_is_killed_loses_no_page_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paged, "_BETWEEN_REPORTS", 0.0)
    killed: list[int] = []

    def kill(done: int, total: int, now: str) -> None:
        if done == 2 and not killed:
            killed.extend(children_of(os.getpid()))
            for child in killed:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.05)

    path = write(tmp_path, pages(40))
    found = parse_file(path, filename="a.pdf", progress=kill)
    assert killed
    assert {block.page for block in found.blocks} == set(range(1, 41))
    assert parse_file(path, filename="a.pdf").to_dict() == found.to_dict()


def test_the_name_of_a_font_encoding_is_never_a_path(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    (tmp_path / "evil").write_text(f"import pathlib; pathlib.Path({str(marker)!r}).touch()")
    name = f"/..{tmp_path}/evil".replace("/", "#2F").encode()
    objects = hostile.page_objects(hostile.text_content(("Hello", 12, 700)))
    objects[5] = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /F /Encoding /%s /DescendantFonts [7 0 R] >>"
        % name
    )
    objects[7] = (
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /F /CIDSystemInfo "
        b"<< /Registry (A) /Ordering (B) /Supplement 0 >> >>"
    )
    with contextlib.suppress(ParseRefused):
        parse_file(write(tmp_path, hostile.pdf(objects)), filename="a.pdf", with_ocr=False)
    assert not marker.exists()


def test_too_many_pages_are_refused_with_both_numbers(tmp_path: Path) -> None:
    content = hostile.many_pages_pdf(10_001)
    with pytest.raises(ParseRefused, match=r"10,001 pages; at most 10,000"):
        parse_file(write(tmp_path, content), filename="a.pdf")


def test_a_child_that_lies_about_its_pages_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers(*_: Any, **__: Any) -> Iterator[dict[str, Any]]:
        yield {"pages": 3, "title": "", "media_type": "application/pdf"}
        yield {"page": 7, "items": [], "picture": 0, "damaged": False, "sheet": [0, 0]}

    monkeypatch.setattr(paged, "stream_from_child", answers)
    with pytest.raises(ParseFailed, match="could not be understood"):
        parse_file(write(tmp_path, b"%PDF-1.7"), filename="a.pdf")


def test_a_table_over_the_end_of_a_range_keeps_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns, header = [60.0, 200.0, 400.0, 500.0], ("Control", "Owner", "When")

    def page(top: float, rows: list[tuple[str, ...]]) -> str:
        lines = [top - 20 * place for place in range(len(rows) + 1)]
        return make.grid(columns, lines) + "".join(
            make.text(cell, columns[c] + 4, top - 20 * (r + 1) + 6)
            for r, row in enumerate(rows)
            for c, cell in enumerate(row)
        )

    first = page(140, [header, ("Backup", "IT", "daily"), ("Audit", "CISO", "yearly")])
    path = write(tmp_path, make.pdf(first, page(760, [("Drill", "HR", "monthly")] * 3)))
    whole = paged.budget_of
    monkeypatch.setattr(paged, "budget_of", lambda limits: {**whole(limits), "output_bytes": 1})
    tables = [b.text for b in parse_file(path, filename="a.pdf").blocks if b.kind == "table"]
    assert tables[1].startswith("Control: Drill | Owner: HR | When: monthly")
