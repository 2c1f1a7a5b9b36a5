"""With a virus scanner set, nothing comes in that it does not clear, on whatever way."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from audit.models import AuditEntry
from jobs.models import Job, JobArtifact
from rfp_manager.evaluating.reading import read_set
from rfp_manager.evaluating.sets import SetRefused
from rfp_manager.information.attaching import attach
from rfp_manager.models import RFP, QuestionSet
from rfp_manager.packets.bringing import bring_back
from rfp_manager.packets.making import PacketRefused
from solution_library import scanning
from solution_library.ingest import UploadRefused, receive
from solution_library.models import Document, DocumentationSource, DocumentVersion
from solution_library.syncing import start_sync
from solution_library.unpack_job import start_unpacking
from solution_library.versioning import add_new_version
from tests.rfp_manager.answer_world import Commit, fresh
from tests.servers.clamd import EICAR, Clamd, clamd
from tests.solution_library.library import a_zip

pytestmark = pytest.mark.django_db
INFECTED = b"# Keys\n\nKeys are rotated.\n\n" + EICAR + b"\n"
REFUSED = "holds a virus (Eicar-Signature)"


@pytest.fixture(autouse=True)
def nothing_is_known_yet(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(scanning, "_CLEAR", scanning._Clear())
    settings.AUTO_EMBED_DOCUMENTS = False


@pytest.fixture
def scanner(settings: Any) -> Iterator[Clamd]:
    with clamd() as server:
        settings.CLAMAV_ADDRESS = server.address
        yield server


@pytest.fixture
def pages(alice: Any) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def acts(name: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=name))


# -- the ways in ----------------------------------------------------------------------------------
def posted(client: Client, name: str, field: str, filename: str) -> Any:
    file = SimpleUploadedFile(filename, INFECTED)
    return client.post(reverse(name), {field: file}, headers={"Accept": "application/json"})


@pytest.mark.parametrize(
    ("name", "field", "filename"),
    [
        ("solution_library:upload", "files", "keys.md"),
        ("solution_library:answer_import", "file", "answers.csv"),
        ("rfp_manager:new", "file", "tender.csv"),
        ("rfp_manager:packet_bring", "file", "sheet.xlsx"),
        ("rfp_manager:question_set_new", "file", "set.csv"),
    ],
)
def test_a_page_that_takes_files_refuses_a_virus_and_puts_it_on_record(
    scanner: Clamd, pages: Client, own_media: Path, name: str, field: str, filename: str
) -> None:
    answer = posted(pages, name, field, filename)
    assert answer.status_code == 422 and REFUSED in answer.content.decode()
    for model in (Document, DocumentVersion, RFP, QuestionSet, JobArtifact, Job):
        assert not model.objects.exists()
    assert not [path for path in own_media.rglob("*") if path.is_file()]
    (act,) = acts("upload.infected")
    assert (act.actor_name, act.target_name) == ("alice", filename)
    assert act.details["virus"] == "Eicar-Signature" and len(act.details["sha256"]) == 64


def test_a_next_version_and_a_document_of_an_rfp_are_scanned(scanner: Clamd, alice: Any) -> None:
    document = receive(io.BytesIO(b"# Fine"), filename="a.md", user=alice).document
    rfp = RFP.objects.create(name="Tender", owner=alice)
    for take in (
        lambda: add_new_version(document, io.BytesIO(INFECTED), filename="a.md", user=alice),
        lambda: attach(rfp, io.BytesIO(INFECTED), filename="b.md", user=alice),
    ):
        with pytest.raises(UploadRefused, match="holds a virus"):
            take()
    assert DocumentVersion.objects.count() == 1 and len(acts("upload.infected")) == 2


def test_in_an_archive_the_infected_file_is_refused_and_the_others_are_taken(
    scanner: Clamd, alice: Any, commit: Commit
) -> None:
    packed = a_zip({"good.md": b"# Good", "bad.md": INFECTED})
    with commit():
        job = start_unpacking(packed, filename="papers.zip", user=alice)
    failed = dict(job.items.filter(state="failed").values_list("key", "error"))
    assert list(failed) == ["papers.zip/bad.md"] and REFUSED in failed["papers.zip/bad.md"]
    assert [document.path for document in Document.objects.all()] == ["papers.zip/good.md"]
    assert len(acts("upload.infected")) == 1
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("bad.md", INFECTED)
    with pytest.raises(UploadRefused, match="holds a virus"):  # no job is made of it
        start_unpacking(plain, filename="plain.zip", user=alice)


def test_what_a_source_brings_is_scanned_before_anything_reads_it(
    scanner: Clamd, tmp_path: Path, settings: Any, commit: Commit, library: None
) -> None:
    settings.SOURCE_FOLDER_ROOTS = [str(tmp_path)]
    place = tmp_path / "docs"
    place.mkdir()
    (place / "good.md").write_text("# Good\n\nBackups are kept for 35 days.\n")
    (place / "bad.md").write_bytes(INFECTED)
    source = DocumentationSource.objects.create(name="Docs", kind="folder", location=str(place))
    with commit():
        job = fresh(start_sync(source, None))
    assert [d.source_key for d in Document.objects.filter(source=source)] == ["good.md"]
    (failed,) = fresh(job).items.filter(state="failed")
    assert REFUSED in failed.error


def test_a_sheet_and_a_question_set_are_scanned_wherever_they_are_read(
    scanner: Clamd, alice: Any
) -> None:
    with pytest.raises(PacketRefused, match="holds a virus"):
        bring_back(io.BytesIO(INFECTED), filename="s.xlsx", user=alice)
    with pytest.raises(SetRefused, match="holds a virus"):
        read_set(json.dumps([{"question": EICAR.decode()}]).encode().replace(b"\\\\", b"\\"), "s")


# -- what the scanner says -----------------------------------------------------------------------
def hang(server: Clamd, settings: Any) -> None:
    server.says, settings.CLAMAV_SECONDS = None, 0.2


def say(words: bytes) -> Callable[[Clamd, Any], None]:
    def tell(server: Clamd, settings: Any) -> None:
        server.says = words

    return tell


def away(server: Clamd, settings: Any) -> None:
    settings.CLAMAV_ADDRESS = "127.0.0.1:1"


def nonsense(server: Clamd, settings: Any) -> None:
    settings.CLAMAV_ADDRESS = "clamav"


def too_large(server: Clamd, settings: Any) -> None:
    settings.CLAMAV_MAX_MB = 0


SILENT = {
    "it hangs": (hang, "did not answer in time"),
    "garbage": (say(b"\xff\xfe\0"), "cannot be understood"),
    "half an answer": (say(b"stream: O"), "cannot be understood"),
    "another answer": (say(b"stream: OK FOUND maybe\0"), "cannot be understood"),
    "a flood": (say(b"x" * 100_000), "cannot be understood"),
    "its own limit": (say(b"INSTREAM size limit exceeded. ERROR\0"), "larger than the scanner"),
    "it is away": (away, "cannot be reached"),
    "a wrong address": (nonsense, "address is set wrongly"),
    "a large file": (too_large, "larger than the 0 MB"),
}


@pytest.mark.parametrize("case", SILENT)
def test_without_a_clear_word_a_file_is_refused_unless_the_operator_wants_it_taken(
    scanner: Clamd, alice: Any, settings: Any, case: str
) -> None:
    make, words = SILENT[case]
    make(scanner, settings)
    with pytest.raises(UploadRefused, match=f"could not be scanned.*{words}"):
        receive(io.BytesIO(b"# Fine"), filename="a.md", user=alice)
    assert not Document.objects.exists()
    settings.CLAMAV_REQUIRED = False
    assert receive(io.BytesIO(b"# Fine"), filename="a.md", user=alice).created
    assert [act.details["taken"] for act in acts("upload.unscanned")] == ["no", "yes"]


def test_a_scanner_behind_a_socket_sees_every_byte_once(
    alice: Any, settings: Any, tmp_path: Path
) -> None:
    content = b"# Long\n" + b"words and words\n" * 40_000
    with clamd(tmp_path / "clamd.ctl") as server:
        settings.CLAMAV_ADDRESS = server.address
        assert receive(io.BytesIO(content), filename="long.md", user=alice).created
        assert receive(io.BytesIO(content), filename="again.md", user=alice).duplicate
        assert server.seen == [content]


def test_without_a_scanner_nothing_is_asked(alice: Any, settings: Any) -> None:
    assert settings.CLAMAV_ADDRESS == ""
    assert receive(io.BytesIO(INFECTED), filename="a.md", user=alice).created
    assert not AuditEntry.objects.filter(action__startswith="upload.").exists()
