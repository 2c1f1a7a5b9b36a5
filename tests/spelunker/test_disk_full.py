"""A disk without room: what was sent is refused in a sentence, no half of it stays, and the same
goes well as soon as there is room. The system itself refuses the writes, as it does on a full disk
(RLIMIT_FSIZE: no file of this process may grow beyond some bytes)."""

import html
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse

from jobs.database import is_contended
from jobs.disk import DISK_FULL
from jobs.models import JobArtifact, Status
from rfp_manager.editing import answer_for, edit_answer
from rfp_manager.exports import start_export
from rfp_manager.models import RFP
from solution_library.ingest import UploadRefused, receive
from solution_library.models import (
    Document,
    DocumentationSource,
    DocumentVersion,
    LibraryAnswer,
)
from solution_library.syncing import start_sync
from spelunker.media_storage import MediaStorage
from tests.rfp_manager.answer_world import Commit, commit, fresh, library, llm, rfp

__all__ = ["commit", "library", "llm", "rfp"]
pytestmark = pytest.mark.django_db
ROOM = 64 * 1024
LARGE = b"# Keys\n\n" + b"Keys are rotated every 90 days.\n" * 6000


@pytest.fixture(autouse=True)
def real_storage(settings: Any) -> None:
    storage = {"BACKEND": "spelunker.media_storage.MediaStorage"}
    settings.STORAGES = settings.STORAGES | {"default": storage}


@contextmanager
def room_for(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def pages(alice: Any) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    return client


def file(content: bytes, name: str) -> BytesIO:
    sent = BytesIO(content)
    sent.name = name
    return sent


def stored(media: Path) -> list[str]:
    return [path.name for path in media.rglob("*") if path.is_file()]


def test_a_document_that_finds_no_room_is_refused_and_taken_when_there_is_some(
    pages: Client, own_media: Path
) -> None:
    url, sent = reverse("solution_library:upload"), {"files": [file(LARGE, "keys.md")]}
    with room_for(ROOM):
        answer = pages.post(url, sent, headers={"Accept": "application/json"})
    assert answer.status_code == 422 and DISK_FULL in answer.content.decode()
    assert not Document.objects.exists() and not DocumentVersion.objects.exists()
    assert stored(own_media) == []
    sent["files"][0].seek(0)
    assert pages.post(url, sent).status_code in (202, 303)
    version = DocumentVersion.objects.get()
    assert Path(version.file.path).read_bytes() == LARGE


def test_a_next_version_that_finds_no_room_leaves_the_document_as_it_was(
    alice: Any, own_media: Path
) -> None:
    given = {"filename": "a.md", "user": alice, "key": "file:a", "embed": False}
    document = receive(BytesIO(b"# Old"), **given).document
    before = Document.objects.values().get()
    with room_for(ROOM), pytest.raises(UploadRefused, match="disk of the server is full"):
        receive(BytesIO(LARGE), **given)
    assert Document.objects.values().get() == before
    assert document.versions.count() == 1 and len(stored(own_media)) == 1
    assert receive(BytesIO(LARGE), **given).new_version


@pytest.mark.parametrize("size", [100 << 10, 3 << 20], ids=["in memory", "spooled to a file"])
def test_a_questionnaire_that_finds_no_room_is_a_page_in_words_and_no_rfp(
    pages: Client, own_media: Path, size: int
) -> None:
    row = b'1,"Do you encrypt backups? ' + b"x" * 2000 + b'",\r\n'
    content = b"No,Question,Answer\r\n" + row * (size // len(row))
    with room_for(ROOM):
        answer = pages.post(reverse("rfp_manager:new"), {"file": file(content, "tender.csv")})
    assert answer.status_code == 507 and b"disk is full" in answer.content
    assert not RFP.objects.exists() and stored(own_media) == []


def test_an_export_that_finds_no_room_fails_in_words_and_leaves_nothing_to_download(
    rfp: RFP, commit: Commit, alice: Any, own_media: Path
) -> None:
    answer = answer_for(rfp.questions.get(number="1.1"), alice)
    edit_answer(answer, text="Yes.", user=alice, version=answer.version)
    before = stored(own_media)
    with room_for(2000), commit():
        job = start_export(rfp, alice)
    job = fresh(job)
    assert (job.status, job.last_error) == (Status.FAILED, DISK_FULL)
    assert not JobArtifact.objects.exists() and stored(own_media) == before
    with commit():
        job = start_export(rfp, alice)
    assert fresh(job).status == Status.COMPLETED
    assert JobArtifact.objects.get().file.size > 2000


def test_a_source_that_finds_no_room_fails_in_words_and_the_next_sync_has_all_of_it(
    tmp_path: Path, settings: Any, commit: Commit, library: None
) -> None:
    settings.SOURCE_FOLDER_ROOTS = [str(tmp_path)]
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "large.md").write_bytes(LARGE)
    place = str(tmp_path / "docs")
    source = DocumentationSource.objects.create(name="Docs", kind="folder", location=place)
    with room_for(ROOM), commit():
        job = start_sync(source, None)
    assert (fresh(job).status, fresh(job).last_error) == (Status.FAILED, DISK_FULL)
    assert not Document.objects.filter(source=source).exists()
    with commit():
        job = start_sync(source, None)
    assert fresh(job).status == Status.COMPLETED
    assert Document.objects.get(source=source).embedding_status == "ready"


def test_an_approved_answer_that_finds_no_room_is_refused_by_its_form_which_keeps_the_words(
    pages: Client, own_media: Path
) -> None:
    url = reverse("solution_library:answer_new")
    sent = {"question": "Do you encrypt backups?", "text": "Yes, with AES-256."}
    with room_for(20):
        answer = pages.post(url, sent)
    words = html.unescape(answer.content.decode())
    assert answer.status_code == 422 and DISK_FULL in words and sent["text"] in words
    assert not LibraryAnswer.objects.exists() and stored(own_media) == []
    made = pages.post(url, sent)
    assert made.status_code == 303
    with room_for(20):
        edited = pages.post(made.url + "edit/", {**sent, "text": "No.", "version": 1})
    assert edited.status_code == 422 and DISK_FULL in html.unescape(edited.content.decode())
    assert LibraryAnswer.objects.get().text == sent["text"]


def test_what_a_full_disk_says_to_postgresql_is_tried_again() -> None:
    with pytest.raises(DatabaseError) as full, connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$")
    assert is_contended(full.value)


def test_a_file_has_its_name_only_when_all_of_it_is_written(tmp_path: Path) -> None:
    storage = MediaStorage(tmp_path)
    first = storage.save("a/x.md", ContentFile(b"one"))
    second = storage.save("a/x.md", ContentFile("zwei"))
    assert first == "a/x.md" != second
    assert storage.open(first).read() == b"one" and storage.open(second).read() == b"zwei"

    class Broken(ContentFile):  # type: ignore[type-arg]
        def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
            yield b"half"
            raise OSError("the line went dead")

    with pytest.raises(OSError, match="line went dead"):
        storage.save("a/y.md", Broken(b""))
    assert sorted(stored(tmp_path)) == sorted([Path(first).name, Path(second).name])
