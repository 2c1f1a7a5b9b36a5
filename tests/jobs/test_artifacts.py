"""Result files are there whole or not at all, whatever dies in between."""

import hashlib
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from jobs import artifacts, transitions
from jobs.artifacts import drop_bytes, expired, orphans, remove, save_artifact
from jobs.errors import LeaseLost
from jobs.lease import InlineKeeper
from jobs.models import Job, JobArtifact
from jobs.run import JobRun
from tests.jobs.engine import queued

pytestmark = pytest.mark.django_db
Commit = Callable[..., Any]


@pytest.fixture
def run(settings: Any, alice: Any) -> JobRun:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    job = queued(started_by=alice)
    held = transitions.claim(job.pk, worker="w")
    assert held is not None
    return JobRun(Job.objects.get(pk=job.pk), held, InlineKeeper(held))


def stored(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.contract("E9")
def test_a_file_is_kept_with_its_owner_its_sum_and_its_end(run: JobRun, alice: Any) -> None:
    kept = save_artifact(run, "a/b/Übersicht.csv", b"1,2", media_type="text/csv")
    assert (kept.name, kept.size, kept.owner) == ("Übersicht.csv", 3, alice)
    assert kept.sha256 == hashlib.sha256(b"1,2").hexdigest()
    assert kept.file.read() == b"1,2"
    assert kept.expires_at is not None
    assert timedelta(days=13) < kept.expires_at - timezone.now() <= timedelta(days=14)


@pytest.mark.parametrize("kind", ["path", "stream"])
def test_files_and_streams_are_copied(run: JobRun, kind: str, tmp_path: Path) -> None:
    source = tmp_path / "big"
    source.write_bytes(b"x" * 3_000_000)
    with source.open("rb") as stream:
        kept = save_artifact(run, "big.bin", source if kind == "path" else stream)
    assert kept.file.size == kept.size == 3_000_000


def test_a_second_attempt_replaces_what_the_first_had_made(
    run: JobRun, own_media: Path, django_capture_on_commit_callbacks: Commit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        save_artifact(run, "out.txt", b"first")
        save_artifact(run, "out.txt", b"second")
    assert JobArtifact.objects.get().file.read() == b"second"
    assert len(stored(own_media)) == 1


def test_who_lost_the_lease_leaves_neither_a_row_nor_a_file(run: JobRun, own_media: Path) -> None:
    Job.objects.filter(pk=run.job.pk).update(lease_token=None)
    with pytest.raises(LeaseLost):
        save_artifact(run, "out.txt", b"late")
    assert (JobArtifact.objects.count(), stored(own_media)) == (0, [])


def test_what_is_written_beside_comes_with_the_file_or_not_at_all(run: JobRun) -> None:
    def fails(artifact: JobArtifact) -> None:
        raise RuntimeError("the report cannot be written")

    with pytest.raises(RuntimeError):
        save_artifact(run, "out.txt", b"x", beside=fails)
    assert JobArtifact.objects.count() == 0


def test_a_source_that_breaks_off_leaves_no_half_file(run: JobRun, own_media: Path) -> None:
    class Broken:
        def __init__(self) -> None:
            self.reads = 0

        def read(self, size: int) -> bytes:
            self.reads += 1
            if self.reads > 1:
                raise OSError("no space left on device")
            return b"half"

    with pytest.raises(OSError, match="no space"):
        save_artifact(run, "out.txt", Broken())  # type: ignore[arg-type]
    assert (JobArtifact.objects.count(), stored(own_media)) == (0, [])


def test_what_a_dead_process_left_is_found_and_what_rows_stand_for_is_not(
    run: JobRun, own_media: Path
) -> None:
    kept = save_artifact(run, "out.txt", b"x")
    forgotten = Path(kept.file.path).with_name("half.txt" + artifacts.UNFINISHED)
    young = forgotten.with_name("young.txt")
    for path in (forgotten, young):
        path.write_bytes(b"?")
    long_ago = (timezone.now() - timedelta(days=2)).timestamp()
    for path in (forgotten, Path(kept.file.path)):
        os.utime(path, (long_ago, long_ago))
    found = list(orphans())
    assert found == [forgotten.relative_to(own_media).as_posix()]
    artifacts.delete_stored(found[0])
    assert stored(own_media) == sorted([Path(kept.file.path), young])


def test_where_no_file_was_ever_made_nothing_is_orphaned(own_media: Path) -> None:
    assert list(orphans()) == []


@pytest.mark.contract("E9")
def test_an_expired_file_loses_its_bytes_and_keeps_its_row(run: JobRun, own_media: Path) -> None:
    over = save_artifact(run, "old.txt", b"x", keep_for=timedelta(seconds=-1))
    save_artifact(run, "new.txt", b"y")
    save_artifact(run, "for_ever.txt", b"z", keep_for=None)
    assert expired() == [over]
    drop_bytes(over)
    assert (expired(), len(stored(own_media)), JobArtifact.objects.count()) == ([], 2, 3)


def test_a_removed_file_is_gone_only_when_its_row_is(
    run: JobRun, own_media: Path, django_capture_on_commit_callbacks: Commit
) -> None:
    kept = save_artifact(run, "out.txt", b"x")
    with django_capture_on_commit_callbacks() as after:
        remove(kept)
    assert (JobArtifact.objects.count(), len(stored(own_media))) == (0, 1)
    for step in after:
        step()
    assert stored(own_media) == []
