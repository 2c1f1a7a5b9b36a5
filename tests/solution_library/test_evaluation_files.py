"""Sets of questions and passages are read however they name their fields; what is wrong with a
line is said with its number."""

import json
from pathlib import Path
from typing import Any

import pytest

from solution_library.evaluating.corpora import CorpusDocument, Unread, read_corpus
from solution_library.evaluating.errors import SetRefused
from solution_library.evaluating.labelled import Labelled, Relevant, read_questions


def lines(folder: Path, *rows: Any) -> Path:
    path = folder / "set.jsonl"
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    return path


def only(folder: Path, row: Any) -> Labelled:
    (found,) = read_questions(lines(folder, row))
    return found


@pytest.mark.parametrize("question", ["question", "query", "text", "Query Text", "queryText"])
@pytest.mark.parametrize(
    "relevant",
    ["relevant", "gold", "correct_chunks", "doc_id", "positive", "goldDocuments", "answers",
     "expected"],
)  # fmt: skip
def test_a_question_is_known_by_many_names(tmp_path: Path, question: str, relevant: str) -> None:
    found = only(tmp_path, {"id": 7, question: "Are backups encrypted?", relevant: "a.md"})
    assert (found.id, found.text) == ("7", "Are backups encrypted?")
    assert found.relevant == (Relevant("a.md"),)


def test_a_relevant_entry_may_be_an_object(tmp_path: Path) -> None:
    entries = [
        {"document": "a.pdf", "page": 3, "grade": 2},
        {"title": "Policy", "text": "Backups are encrypted."},
        {"doc_id": "b.md", "heading": "Keys"},
        {"path": "c.md", "chunk": 0},
        {"quote": "Keys are rotated."},
    ]
    found = only(tmp_path, {"question": "?a", "relevant": entries}).relevant
    assert found == (
        Relevant("a.pdf", page=3, grade=2.0),
        Relevant("Policy", quote="Backups are encrypted."),
        Relevant("b.md", heading="Keys"),
        Relevant("c.md", chunk=0),
        Relevant("", quote="Keys are rotated."),
    )
    assert [entry.is_whole_document for entry in found] == [False] * 5


def test_grades_by_document_count_and_those_of_0_do_not(tmp_path: Path) -> None:
    found = only(tmp_path, {"query": "q?", "qrels": {"d1": 2, "d2": 0, "d3": 1}}).relevant
    assert found == (Relevant("d1", grade=2.0), Relevant("d3"))


def test_a_json_list_and_an_object_with_a_list_are_read_too(tmp_path: Path) -> None:
    rows = [{"question": "a?", "gold": "x"}, {"question": "b?", "gold": ["y"]}]
    for whole in (rows, {"questions": rows}, {"version": 1, "data": rows}):
        for indent in (None, 2):
            (tmp_path / "set.json").write_text(json.dumps(whole, indent=indent))
            assert [q.text for q in read_questions(tmp_path / "set.json")] == ["a?", "b?"]


def test_a_text_may_hold_line_separators_and_marks_of_byte_order_are_skipped(
    tmp_path: Path,
) -> None:
    path = tmp_path / "set.jsonl"
    row = json.dumps({"question": "one\u2028two?", "gold": "x"}, ensure_ascii=False)
    path.write_text("\ufeff" + row + "\n\n")
    assert read_questions(path)[0].text == "one\u2028two?"


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ("{oops", "Line 2 is not valid JSON near character 1."),
        ("[1]", "Line 2 is [1], but should be an object with a question"),
        ({"gold": "x"}, "Line 2 has no question. It needs a field “question”"),
        ({"question": "a?"}, "Line 2 does not say what is relevant."),
        ({"question": "a?", "gold": []}, "Line 2 does not say what is relevant."),
        ({"question": "a?", "gold": [True]}, "Line 2: “True” cannot be relevant."),
        ({"question": "a?", "gold": [{"page": 3}]}, "names neither a document nor a text"),
        ({"question": "a?", "gold": [{"doc": "x", "page": "iv"}]}, "“iv” is no whole number"),
        ({"question": "a?", "gold": [{"doc": "x", "grade": -1}]}, "no number from 0 to 1000"),
        ({"id": "1", "question": "a?", "gold": "x"}, "Line 2: the id “1” is used twice."),
        ({"question": ["a"], "gold": "x"}, "Line 2 has no question."),
        ("[" * 100_000, "Line 2 is n"),
    ],
)
def test_what_is_wrong_is_said_with_the_line(tmp_path: Path, bad: Any, sentence: str) -> None:
    path = lines(tmp_path, {"id": "1", "question": "fine?", "gold": "a"}, bad)
    with pytest.raises(SetRefused) as refused:
        read_questions(path)
    assert sentence in str(refused.value)


def test_files_that_are_no_sets_are_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "latin.jsonl").write_bytes(b'{"question": "\xe4"}')
    with pytest.raises(SetRefused, match="no UTF-8 text"):
        read_questions(tmp_path / "latin.jsonl")
    with pytest.raises(SetRefused, match="has no questions"):
        read_questions(lines(tmp_path))
    with pytest.raises(SetRefused, match="cannot be read: No such file"):
        read_questions(tmp_path / "missing")
    with pytest.raises(SetRefused, match="Is a directory"):
        read_questions(tmp_path)


# -- passages ------------------------------------------------------------------------------
def documents(path: Path) -> list[CorpusDocument]:
    found = list(read_corpus(path))
    assert all(isinstance(each, CorpusDocument) for each in found)
    return found  # type: ignore[return-value]


def test_a_file_of_passages_keeps_their_ids_and_titles(tmp_path: Path) -> None:
    path = lines(
        tmp_path,
        {"_id": "d1", "title": "Backups", "text": "They are encrypted."},
        {"chunk_link": "https://x/y#z", "chunk_heading": "Keys", "text": "Keys\n\nIn hardware."},
    )
    first, second = documents(path)
    assert (first.key, first.title) == ("d1", "Backups")
    assert first.drafts[0].heading_path == "Backups"
    assert (second.key, second.drafts[0].heading_path) == ("https://x/y#z", "Keys")
    assert second.drafts[0].text == "In hardware."


def test_a_long_passage_is_cut_as_the_library_cuts_it(tmp_path: Path) -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "Words follow words. " * 30 for n in range(6))
    (found,) = documents(lines(tmp_path, {"id": "long", "title": "T", "text": f"T\n{text}"}))
    assert len(found.drafts) > 2 and {draft.heading_path for draft in found.drafts} == {"T"}


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"id": "b"}, "Line 2 has no text."),
        ({"text": "b"}, "Line 2 has no id."),
        ({"id": "a", "text": "again"}, "Line 2: the id “a” was that of line 1 already."),
        ("nothing", "Line 2 is not valid JSON"),
    ],
)
def test_what_is_wrong_with_a_passage_is_said(tmp_path: Path, bad: Any, sentence: str) -> None:
    with pytest.raises(SetRefused) as refused:
        list(read_corpus(lines(tmp_path, {"id": "a", "text": "fine"}, bad)))
    assert sentence in str(refused.value)


def test_a_folder_is_read_as_the_library_reads_it_and_what_cannot_be_is_said(
    tmp_path: Path,
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.md").write_text("# Policy\n\n## Backups\n\nThey are encrypted.\n")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4\nnothing")
    found = {each.key: each for each in read_corpus(tmp_path)}
    good, bad = found["sub/a.md"], found["broken.pdf"]
    assert isinstance(good, CorpusDocument) and good.drafts[0].heading_path == "Policy > Backups"
    assert isinstance(bad, Unread) and bad.reason
