"""`manage.py answer` refuses what would destroy or waste something before it starts to work."""

import os
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from jobs.errors import JobFailed
from solution_library.adding import Added
from spelunker.answering import Answering, collection_name, make_folder, paths_by_id


@pytest.fixture
def form(tmp_path: Path) -> Path:
    path = tmp_path / "form ü.csv"
    path.write_text("No,Question,Answer\n1,Is data encrypted?,\n", encoding="utf-8")
    return path


def answer(form: Path, out: Path, *library: Path) -> None:
    call_command("answer", str(form), "--out", str(out), "--library", *map(str, library))


@pytest.mark.parametrize("link", [os.symlink, os.link, lambda old, new: None])
def test_the_questionnaire_itself_is_never_the_output(link: object, form: Path) -> None:
    assert callable(link)
    other = form.with_name("other.csv")
    link(form, other)
    before = form.read_bytes()
    with pytest.raises(CommandError, match="would be overwritten"):
        answer(form, other if other.exists() else form, form.parent)
    assert form.read_bytes() == before


def test_a_document_of_the_library_is_never_the_output(form: Path) -> None:
    page = form.with_name("page.md")
    page.write_text("# Page\n", encoding="utf-8")
    with pytest.raises(CommandError, match="would be overwritten"):
        answer(form, page, form.parent)
    assert page.read_text(encoding="utf-8") == "# Page\n"


def test_a_folder_is_no_output_file(form: Path) -> None:
    with pytest.raises(CommandError, match="is a folder"):
        answer(form, form.parent, form.parent)


def test_a_folder_that_cannot_be_made_is_named_at_once(form: Path) -> None:
    with pytest.raises(CommandError, match="No file can be written into the folder"):
        answer(form, form / "below" / "a file.csv", form.parent)


def test_a_missing_library_is_named_at_once(form: Path) -> None:
    with pytest.raises(CommandError, match="There is no file or folder"):
        answer(form, form.with_name("out.csv"), form.parent / "gone")


def test_missing_folders_of_the_output_are_made(tmp_path: Path) -> None:
    make_folder(tmp_path / "new" / "deep er")
    assert (tmp_path / "new" / "deep er").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(JobFailed):
        make_folder(tmp_path / "file")


def test_an_empty_library_and_a_wrong_ending_are_told(form: Path) -> None:
    empty = form.parent / "empty"
    empty.mkdir()
    run = Answering(form, form.with_name("out.xlsx"), [str(empty)], review=False)
    assert run.check_paths() == []
    assert "no document" in run.warnings[0]
    assert ".csv" in run.warnings[1]


def test_a_document_whose_name_is_not_unicode_is_left_out_and_told(form: Path) -> None:
    (form.parent / os.fsdecode(b"page\xff.md")).write_text("# Page\n", encoding="utf-8")
    run = Answering(form, form.with_name("out.csv"), [str(form.parent)], review=False)
    assert run.check_paths() == []
    assert "page\\udcff.md" in run.warnings[0]


def test_different_libraries_never_share_a_collection() -> None:
    long = ["/srv/" + "a" * 300 + end for end in "bc"]
    names = {collection_name([path]) for path in [*long, "/srv/a", "/srv/b"]}
    assert len(names) == 4
    assert all(len(name) <= 200 for name in names)


def test_documents_are_named_by_their_path_in_the_library_of_this_run() -> None:
    added = Added(document_ids=[7, 9], refused=[{"path": "lib/b.md", "reason": "empty"}])
    found = [Path("lib/a.md"), Path("lib/b.md"), Path("lib/c.md")]
    assert paths_by_id(added, found) == {7: "lib/a.md", 9: "lib/c.md"}
    assert paths_by_id(added, found[:1]) == {}
