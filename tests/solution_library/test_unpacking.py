"""A zip is its files, one by one: nothing hostile, nothing lost, nothing twice, all counted."""

import io
import stat
import struct
import warnings
import zipfile
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from jobs.models import Job, JobArtifact, Status
from solution_library import unpacking
from solution_library.ingest import UploadRefused, receive, settle_unfinished
from solution_library.models import Collection, Document, EmbeddingJob, EmbeddingStatus
from solution_library.unpack_job import origin, start_unpacking
from solution_library.unpacking import Listing, is_archive, is_junk, opened
from tests.solution_library.library import a_zip, signed_in

db = pytest.mark.django_db
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _by_hand(settings: Any) -> None:
    """What is unpacked is not read here: that has tests of its own."""
    settings.AUTO_EMBED_DOCUMENTS = False


@pytest.fixture(autouse=True)
def _no_reading(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Reading needs a model: which documents were queued is what counts here."""
    queued: list[list[int]] = []
    monkeypatch.setattr(
        "solution_library.unpack_job.start_batch", lambda ids, user, **_: queued.append(ids)
    )
    return queued


def listed(files: dict[str, bytes | str]) -> Listing:
    stream = a_zip(files)
    with opened(stream, "papers.zip") as archive:
        return archive.listing()


def take(stream: io.BytesIO, user: User, run: Any, **given: Any) -> Job:
    """Unpack as the web page does, and as a worker would."""
    with run(execute=True):
        job = start_unpacking(stream, filename="papers.zip", user=user, **given)
    return Job.objects.get(pk=job.pk)


def errors_of(job: Job) -> dict[str, str]:
    return dict(job.items.filter(state="failed").values_list("key", "error"))


# -- what is an archive ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("files", "is_one"),
    [({"a.md": "x"}, True), ({"[Content_Types].xml": "x", "word/document.xml": "x"}, False),
     ({"mimetype": "application/epub+zip"}, False)],
)  # fmt: skip
def test_an_office_document_is_no_archive_though_it_is_a_zip(
    files: dict[str, bytes | str], is_one: bool
) -> None:
    assert is_archive(a_zip(files)) is is_one


@pytest.mark.parametrize(
    "body", [b"", b"PK", b"PK\x03\x04" + b"\0" * 60, b"%PDF-1.7", b"\xff" * 99]
)
def test_what_is_no_zip_or_a_broken_one_is_left_to_the_readers(body: bytes) -> None:
    assert not is_archive(io.BytesIO(body))


# -- what is in it ----------------------------------------------------------------------------------
def test_what_systems_leave_behind_is_skipped_and_counted() -> None:
    found = listed({
        "a/x.md": "x", "__MACOSX/a/._x.md": "x", "a/.DS_Store": "x", "Thumbs.db": "x",
        "~$x.docx": "x", ".git/config": "x", "a/": "",
    })  # fmt: skip
    assert [entry.path for entry in found.entries] == ["papers.zip/a/x.md"]
    assert found.junk == 5


@pytest.mark.parametrize("name", ["x.md", "a/b/x.md", "../x.md", "notes", "a.b/c"])
def test_what_people_mean_is_no_junk(name: str) -> None:
    assert not is_junk(name)


def test_two_entries_of_one_name_are_two_files() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, pytest.warns(UserWarning):
        archive.writestr("a.md", "one")
        archive.writestr("a.md", "two")
    with opened(stream, "p.zip") as archive_:
        entries = archive_.listing().entries
        assert len({entry.key for entry in entries}) == 2
        assert {archive_.unpack(e).read() for e in entries} == {b"one", b"two"}


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "C:\\x.md", "a/../../x.md"])
def test_a_name_that_points_outside_is_refused_and_shown_without_its_steps(name: str) -> None:
    entry = listed({name: "x", "good.md": "x"}).entries[0]
    assert "points outside" in entry.reason
    assert ".." not in entry.path and not entry.path.startswith("/")


def test_a_link_is_refused() -> None:
    info = zipfile.ZipInfo("link.md")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with opened(stream, "p.zip") as archive_:
        assert "link" in archive_.listing().entries[0].reason


def encrypted(names: list[str], locked: set[str]) -> io.BytesIO:
    """A zip whose directory says that some files are encrypted."""
    stream = a_zip(dict.fromkeys(names, "secret"))
    raw = bytearray(stream.getvalue())
    place = 0
    while (place := raw.find(b"PK\x01\x02", place)) >= 0:
        length = struct.unpack_from("<H", raw, place + 28)[0]
        if raw[place + 46 : place + 46 + length].decode() in locked:
            raw[place + 8] |= 1
        place += 4
    return io.BytesIO(bytes(raw))


def test_an_encrypted_file_is_refused_and_an_archive_of_only_such_as_a_whole() -> None:
    with opened(encrypted(["a.md", "b.md"], {"a.md"}), "p.zip") as archive:
        assert [bool(e.reason) for e in archive.listing().entries] == [True, False]
    with (
        opened(encrypted(["a.md"], {"a.md"}), "p.zip") as archive,
        pytest.raises(UploadRefused, match="password"),
    ):
        archive.listing()


def test_a_bomb_is_refused_by_what_it_declares() -> None:
    entry = listed({"bomb.txt": b"\0" * (5 * 2**20), "good.md": "x"}).entries[0]
    assert "zip bomb" in entry.reason


def test_an_archive_that_would_unpack_to_too_much_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unpacking, "MAX_TOTAL", 10)
    with pytest.raises(UploadRefused, match="at most 0 MB"):
        listed({"a.md": "x" * 11})


def test_a_directory_that_lies_about_sizes_does_not_get_more_unpacked(settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1000
    stream = a_zip({"a.md": b"x" * 5000})
    raw = stream.getvalue().replace(struct.pack("<L", 5000), struct.pack("<L", 10))
    with opened(io.BytesIO(raw), "p.zip") as archive, pytest.raises(UploadRefused):
        archive.unpack(archive.listing().entries[0])


def test_ten_thousand_and_one_entries_are_refused_before_they_are_listed() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.md", "x")
    raw = bytearray(stream.getvalue())
    end = raw.rfind(b"PK\x05\x06")
    struct.pack_into("<HH", raw, end + 8, 10_001, 10_001)
    with pytest.raises(UploadRefused, match="10,001"), opened(io.BytesIO(bytes(raw)), "p.zip"):
        pass


def test_an_archive_inside_the_archive_and_unknown_kinds_are_refused_each_by_itself() -> None:
    inner = a_zip({"a.md": "x"}).getvalue()
    stream = a_zip({"in.zip": inner, "photo.xyz": "x", "README": "x", "a.md": "x"})
    with opened(stream, "p.zip") as archive:
        nested, unknown, plain, good = archive.listing().entries
        with pytest.raises(UploadRefused, match="archive inside"):
            archive.unpack(nested)
        assert "“.xyz” cannot be read" in unknown.reason
        assert not plain.reason and archive.unpack(good).read() == b"x"


def test_an_empty_archive_is_refused() -> None:
    with pytest.raises(UploadRefused, match="holds no documents"):
        listed({".DS_Store": "x"})


@pytest.mark.parametrize("cut", [10, 40, 70, 95])
def test_a_damaged_archive_ends_in_a_sentence(cut: int) -> None:
    whole = a_zip({f"{n}.md": text * 50 for n, text in enumerate("abcdef")}).getvalue()
    damaged = bytearray(whole)
    damaged[len(whole) * cut // 100] ^= 0xFF
    try:
        with opened(io.BytesIO(bytes(damaged)), "p.zip") as archive:
            for entry in archive.listing().entries:
                archive.unpack(entry).close()
    except UploadRefused as refusal:
        assert str(refusal).endswith(".")


# -- the job ------------------------------------------------------------------------------------------
@db
def test_every_file_becomes_a_document_with_its_path_and_the_rest_is_counted(
    alice: User, django_capture_on_commit_callbacks: Any, _no_reading: list[list[int]]
) -> None:
    group = Collection.objects.create(name="Security")
    stream = a_zip({"a/x.md": "# X", "a/y.md": "# Y", "bad.exe": "MZ", "empty.md": "",
                    ".DS_Store": "x"})  # fmt: skip
    job = take(stream, alice, django_capture_on_commit_callbacks, collections=[group])
    assert job.status == Status.COMPLETED
    paths = set(Document.objects.values_list("path", flat=True))
    assert paths == {"papers.zip/a/x.md", "papers.zip/a/y.md"}
    assert group.documents.count() == 2
    assert (job.successful_items, job.failed_items, job.total_items) == (2, 2, 4)
    errors = errors_of(job)
    assert "cannot be read" in errors["papers.zip/bad.exe"]
    assert "empty" in errors["papers.zip/empty.md"]
    assert _no_reading == [sorted(Document.objects.values_list("pk", flat=True))]
    assert job.log_lines.filter(message__startswith="1 hidden").exists()


@db
def test_the_next_upload_makes_new_versions_of_what_changed_only(
    alice: User, bob: User, django_capture_on_commit_callbacks: Any
) -> None:
    run = django_capture_on_commit_callbacks
    take(a_zip({"x.md": "# X", "y.md": "# Y"}), alice, run)
    Document.objects.update(embedding_status=EmbeddingStatus.READY)
    job = take(a_zip({"x.md": "# X", "y.md": "# Y two", "z.md": "# Z"}), alice, run)
    outcomes = dict(job.items.values_list("key", "result__outcome"))
    assert outcomes == {"papers.zip/x.md": "unchanged", "papers.zip/y.md": "updated",
                        "papers.zip/z.md": "created"}  # fmt: skip
    assert Document.objects.get(path="papers.zip/y.md").versions.count() == 2
    # A colleague's archive of the same name is another one.
    take(a_zip({"y.md": "# Y of Bob"}), bob, run)
    assert Document.objects.filter(path="papers.zip/y.md").count() == 2


@db
def test_taken_up_again_after_a_crash_nothing_is_twice(
    alice: User, django_capture_on_commit_callbacks: Any, _no_reading: list[list[int]]
) -> None:
    run = django_capture_on_commit_callbacks
    job = take(a_zip({"x.md": "# X", "y.md": "# Y"}), alice, run)
    # As if the worker had died before it noted how the second file ended.
    job.items.filter(key="papers.zip/y.md").update(state="pending", result=None)
    Job.objects.filter(pk=job.pk).update(status="pending", lease_token=None, processed_items=1,
                                         successful_items=1, completed_at=None)  # fmt: skip
    from solution_library.tasks import unpack_archive

    unpack_archive.apply(kwargs=job.kwargs, task_id=job.celery_task_id)
    assert Job.objects.get(pk=job.pk).status == Status.COMPLETED
    assert Document.objects.count() == 2
    assert all(d.versions.count() == 1 for d in Document.objects.all())
    assert len(_no_reading[-1]) == 2


@db
def test_what_a_cancelled_job_had_taken_does_not_wait_for_ever(
    alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    job = take(a_zip({"x.md": "# X"}), alice, django_capture_on_commit_callbacks)
    own = EmbeddingJob.objects.get(pk=job.pk)
    own.status, own.last_error = Status.CANCELLED, "Cancelled."
    settle_unfinished(own)
    document = Document.objects.get()
    assert (document.embedding_status, document.embedding_error) == ("failed", "Cancelled.")


@db
def test_an_archive_that_is_gone_is_said_to_be(
    alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = start_unpacking(a_zip({"x.md": "x"}), filename="p.zip", user=alice)
        JobArtifact.objects.all().delete()
    ended = Job.objects.get(pk=job.pk)
    assert ended.status == Status.FAILED
    assert "not stored any more" in ended.last_error


# -- the page ------------------------------------------------------------------------------------------
def send(user: User, *files: SimpleUploadedFile, **given: Any) -> Any:
    url = reverse("solution_library:upload")
    return signed_in(user).post(url, {"files": files, **given}, headers=JSON)


@db
def test_an_uploaded_zip_is_answered_with_its_job(alice: User) -> None:
    answer = send(alice, SimpleUploadedFile("p.zip", a_zip({"x.md": "x"}).getvalue()))
    assert answer.status_code == 202
    assert answer.json()["url"] == EmbeddingJob.objects.get().get_absolute_url()
    page = signed_in(alice).get(answer.json()["url"])
    assert "Unpack “p.zip”" in page.content.decode()


@db
def test_a_hostile_zip_is_refused_at_once(alice: User, settings: Any) -> None:
    answer = send(alice, SimpleUploadedFile("p.zip", a_zip({".DS_Store": "x"}).getvalue()))
    assert answer.status_code == 422
    assert "holds no documents" in answer.json()["error"]


@db
def test_a_file_of_a_folder_keeps_its_path_and_is_known_by_it(alice: User) -> None:
    first = send(alice, SimpleUploadedFile("x.md", b"# X"), paths=["papers/a/x.md"])
    assert first.status_code == 202
    second = send(alice, SimpleUploadedFile("x.md", b"# X two"), paths=["papers/a/x.md"])
    assert "new version" in second.json()["message"]
    document = Document.objects.get()
    assert (document.path, document.versions.count()) == ("papers/a/x.md", 2)


@db
def test_a_hidden_file_of_a_folder_is_left_out_with_a_word(alice: User) -> None:
    answer = send(alice, SimpleUploadedFile("x", b"x"), paths=["papers/.git/config"])
    assert answer.status_code == 422
    assert "left out" in answer.json()["error"]


NAMES = ["../../etc/passwd", "x" * 300 + ".md", "a\u202egpj.md", '"><img onerror=1>.md', "CON",
         ".htaccess", "🔐.md", "-rf", "a\x00b.md", "\ud800.md".encode("utf-8", "replace").decode()]  # fmt: skip


@db
@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_a_file_leaves_its_place_or_becomes_html(name: str, alice: User) -> None:
    received = receive(io.BytesIO(b"# X"), filename=name, user=alice, path=f"../{name}")
    version = received.document.versions.get()
    assert version.file.name.startswith("documents/") and name not in version.file.name
    assert "/" not in version.filename and len(version.filename) <= 255
    assert ".." not in received.document.path.split("/")
    page = signed_in(alice).get(reverse("solution_library:documents")).content.decode()
    assert "<img onerror" not in page


@db
def test_two_files_of_one_name_are_two_documents_and_a_second_upload_changes_nothing(
    alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("a.txt", "The first says that keys are rotated.")
        archive.writestr("a.txt", "The second says that backups are kept.")
    for _ in range(2):
        job = take(stream, alice, django_capture_on_commit_callbacks)
        assert job.status == Status.COMPLETED
    assert [d.versions.count() for d in Document.objects.all()] == [1, 1]


def test_ten_thousand_files_of_one_name_are_listed_at_once() -> None:
    taken: dict[str, int] = {}
    names = [unpacking._once("a.txt", taken) for _ in range(10_000)]
    assert len(set(names)) == 10_000
    # Each is looked for once or twice, not once for each that came before.
    assert taken["a.txt"] == 10_000


def test_long_paths_that_differ_only_at_their_ends_are_two_origins() -> None:
    folder = "folder/" * 200
    one, two = origin(None, f"{folder}a.txt"), origin(None, f"{folder}b.txt")
    assert one != two and max(len(one), len(two)) <= 1000


@db
def test_files_meant_for_a_collection_that_is_gone_are_not_put_before_everybody(
    alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    closed = Collection.objects.create(name="Board", is_restricted=True)
    closed.members.add(alice)
    with django_capture_on_commit_callbacks(execute=True):
        job = start_unpacking(a_zip({"a.txt": "Secret."}), filename="papers.zip", user=alice,
                              collections=[closed])  # fmt: skip
        closed.delete()
    done = Job.objects.get(pk=job.pk)
    assert done.status == Status.FAILED and "is gone" in done.last_error
    assert not Document.objects.exists()
