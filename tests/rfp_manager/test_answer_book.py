"""The answer book: every answer with what it rests on, in three formats, read by other programs."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from django.contrib.auth.models import User
from openpyxl import load_workbook
from pypdf import PdfReader

from rfp_manager.book.contents import Book, Entry, Part, Reference
from rfp_manager.book.document import write as write_docx
from rfp_manager.book.pdf import write as write_pdf
from rfp_manager.book.workbook import write as write_xlsx
from rfp_manager.exports import start_export
from rfp_manager.models import RFP, AnswerState, ExportedAnswer, ExportJob
from tests.rfp_manager.answer_world import Commit, fresh
from tests.rfp_manager.view_world import cite, make_answer, make_passage, make_rfp, question

pytestmark = pytest.mark.django_db
WRITERS = {"xlsx": write_xlsx, "docx": write_docx, "pdf": write_pdf}
ARABIC, CHINESE = "نعم، يتم تشفير جميع البيانات", "是的，所有备份均已加密。"


@pytest.fixture
def rfp(alice: User) -> RFP:
    rfp = make_rfp(alice, name="Tender of Wexmoor", questions=4, sections=2)
    rfp.customer = "Wexmoor plc"
    rfp.save()
    passage = make_passage()
    first = make_answer(question(rfp, 1), "=1+1 is how we count.", choice="Yes", comment="See A.")
    first.state, first.approved_by = AnswerState.APPROVED, alice
    first.save()
    cite(first, passage)
    second = make_answer(
        question(rfp, 2), "Half of it.", outcome="partly", explanation="No word on keys.",
        unsupported=[{"kind": "number", "words": "99.99 %"}],
    )  # fmt: skip
    cite(second, passage)
    cite(second, passage, 39, 68)
    make_answer(question(rfp, 3), f"{ARABIC}\n{CHINESE}\nbell \x07 here\ttab", outcome="answered")
    return rfp


def made(rfp: RFP, commit: Commit, kind: str, **options: Any) -> tuple[ExportJob, bytes]:
    with commit():
        job = fresh(start_export(rfp, rfp.owner, output=f"book-{kind}", **options))
    job = fresh(job)
    assert job.status == "completed", job.last_error
    artifact = job.artifacts.get()
    assert artifact.name == f"tender - answered - answer book.{kind}"
    with artifact.file.open() as file:
        return job, file.read()


def read(kind: str, data: bytes) -> str:
    if kind == "xlsx":
        rows = [r for s in load_workbook(io.BytesIO(data)).worksheets for r in s.iter_rows()]
        return "\n".join(str(cell.value) for row in rows for cell in row if cell.value)
    if kind == "docx":
        return "\n".join(p.text for p in docx.Document(io.BytesIO(data)).paragraphs)
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


@pytest.mark.parametrize("kind", WRITERS)
def test_the_book_says_what_was_answered_by_whom_and_from_what(
    kind: str, rfp: RFP, commit: Commit
) -> None:
    job, data = made(rfp, commit, kind)
    text = " ".join(read(kind, data).split())
    for words in (
        "Tender of Wexmoor", "Wexmoor plc", job.revision[:16], "3 of 4 questions",
        "1 of 3 answers", "Part 1", "Part 2", "Q1", "Question number 1: do you encrypt backups?",
        "Yes", "=1+1 is how we count.", "See A.", "Approved by alice", "Draft, not approved",
        "Partly answered", "No word on keys.", "Not found in the cited passages: “99.99 %”",
        "[1] Backup policy, page 7, Backups", "version 1 of", "Keys are rotated every year.",
        "All backups are encrypted with AES-256",
    ):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize("kind", WRITERS)
def test_one_passage_has_one_number_in_the_whole_book(kind: str, rfp: RFP, commit: Commit) -> None:
    _, data = made(rfp, commit, kind)
    text = read(kind, data)
    assert {int(n) for n in re.findall(r"\[(\d)\]", text)} == {1, 2}


@pytest.mark.parametrize("kind", ["xlsx", "docx"])
def test_control_characters_are_shown_and_other_scripts_stay_as_they_are(
    kind: str, rfp: RFP, commit: Commit
) -> None:
    job, data = made(rfp, commit, kind)
    text = read(kind, data)
    assert ARABIC in text and CHINESE in text and "bell \u2407 here\ttab" in text
    assert [entry["character"] for entry in job.report["changed"]] == ["U+0007"]


def test_a_pdf_tells_which_characters_it_could_not_draw(rfp: RFP, commit: Commit) -> None:
    job, data = made(rfp, commit, "pdf")
    drawn = "加密" in read("pdf", data)
    assert drawn != any("could not be drawn" in note for note in job.report["notes"])


@pytest.mark.parametrize("kind", WRITERS)
def test_what_is_not_approved_is_left_out_where_that_is_asked_for(
    kind: str, rfp: RFP, commit: Commit
) -> None:
    job, data = made(rfp, commit, kind, only_approved=True)
    text = read(kind, data)
    assert "=1+1 is how we count." in text and "Half of it." not in text
    assert job.report["unapproved"] == ["Q2", "Q3"]
    assert set(ExportedAnswer.objects.filter(export=job).values_list("state", flat=True)) == {
        "approved"
    }


@pytest.mark.parametrize("kind", WRITERS)
def test_equal_answers_give_the_same_bytes_but_for_the_date(
    kind: str, rfp: RFP, commit: Commit
) -> None:
    first, one = made(rfp, commit, kind)
    second, _ = made(rfp, commit, kind)
    assert first.revision == second.revision
    ExportJob.objects.filter(pk=second.pk).update(created_at=first.created_at)
    from rfp_manager.book.contents import book_of
    from rfp_manager.snapshots import snapshot

    path = Path(second.artifacts.get().file.path).with_suffix(".again")
    WRITERS[kind](book_of(fresh(second), snapshot(rfp)), path)
    assert path.read_bytes() == one


@pytest.mark.parametrize("kind", WRITERS)
def test_a_book_without_an_answer_can_be_made_and_read(
    kind: str, alice: User, commit: Commit
) -> None:
    empty = make_rfp(alice, name="Nothing yet")
    _, data = made(empty, commit, kind)
    assert "0 of 3 questions" in read(kind, data)


def book_with(text: str, question: str = "Why?") -> Book:
    from django.utils import timezone

    cited = Reference(1, "Policy", "version 1 of 1 Jan 2026", "page 1", text)
    entry = Entry("1", question, "", text, "", "Answered", "Draft", (), (cited,))
    return Book("T", timezone.now(), [("Date", "now")], [Part("S", [entry])], [cited])


def test_a_text_that_no_cell_holds_goes_on_in_the_next_row(tmp_path: Path) -> None:
    text = "".join(f"word {n} 😀 " for n in range(6000))
    write_xlsx(book_with(text), tmp_path / "b.xlsx")
    sheet = load_workbook(tmp_path / "b.xlsx")["Answers"]
    rows = list(sheet.iter_rows(min_row=3, values_only=True))
    assert [row[0] for row in rows] == ["1", "1 (continued)", "1 (continued)"]
    assert "".join(str(row[3]) for row in rows) == text


def test_no_cell_is_a_formula_and_nothing_links_to_another_place(tmp_path: Path) -> None:
    book = book_with('=HYPERLINK("http://evil.example";"x")', "+1")
    for kind, write in WRITERS.items():
        path = tmp_path / f"b.{kind}"
        write(book, path)
        if kind != "pdf":
            with zipfile.ZipFile(path) as archive:
                whole = {name: archive.read(name).decode() for name in archive.namelist()}
            assert "TargetMode" not in "".join(whole.values())
            assert not re.search(r"<(\w+:)?f>", "".join(whole.values()))
    kinds = {
        cell.data_type
        for sheet in load_workbook(tmp_path / "b.xlsx").worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value
    }
    assert kinds == {"s"}
    pages = PdfReader(tmp_path / "b.pdf").pages
    links = [link.get_object() for page in pages for link in page.get("/Annots", [])]
    assert links and all("/A" not in link and link["/Dest"] for link in links)


def test_a_long_pdf_has_its_sections_where_its_contents_say(tmp_path: Path) -> None:
    cited = Reference(1, "Policy", "v1", "page 1", "Quoted.")
    entry = Entry("1", "Why? " * 40, "Yes", "Because. " * 60, "", "Answered", "Draft", (), (cited,))
    book = book_with("x")
    book.parts = [Part(f"Section {n}", [entry] * 2) for n in range(40)]
    write_pdf(book, tmp_path / "b.pdf")
    reader = PdfReader(tmp_path / "b.pdf")
    texts = [page.extract_text() for page in reader.pages]
    told = dict(re.findall(r"^(Section \d+)\s+(\d+)$", "\n".join(texts[:2]), re.MULTILINE))
    assert len(told) == 40
    assert all(f"{name}\n" in texts[int(page) - 1] for name, page in told.items())
    marks = reader.named_destinations
    for name, page in told.items():
        mark = marks[f"s{int(name.split()[1]):05}"]
        assert reader.get_destination_page_number(mark) == int(page) - 1
    assert [item["/Title"] for item in reader.outline][:2] == ["Section 0", "Section 1"]


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(
    "text", ["\u0301" * 900, "x" * 5_000, "\n" * 500, "]]>&<w:p/>(\\)", "_x000D_", "😀" * 900]
)  # fmt: skip
def test_no_text_breaks_a_book(kind: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / f"b.{kind}"
    WRITERS[kind](book_with(text, text), path)
    found = read(kind, path.read_bytes())
    if kind != "pdf" and len(text) < 30_000:
        assert text.strip() in found
