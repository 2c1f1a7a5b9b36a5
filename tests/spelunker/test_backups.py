"""A backup holds what one moment held, says so in hashes, and is refused where it does harm.
(A restore while work goes on is in tests/chaos/test_backup.py.)"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.test import override_settings

from jobs import recovering
from jobs.models import BackupRecord, ItemState, Job, JobArtifact, JobAttempt, JobItem, Status
from spelunker.backups import contents, copying, making, manifest, restoring, verifying
from spelunker.backups.contents import TableContents
from spelunker.backups.errors import BackupDiffers, BackupError
from spelunker.media_storage import ASIDE, MediaStorage, backup_runs, deletions_held, where
from tests.jobs.queue_world import running


# -- files -----------------------------------------------------------------------------------------
def test_a_file_that_is_deleted_during_a_backup_is_there_until_its_end(tmp_path: Path) -> None:
    storage = MediaStorage(location=tmp_path)
    storage.save("a/b", ContentFile(b"bytes"))
    with deletions_held(tmp_path):
        storage.delete("a/b")
        assert not storage.exists("a/b") and backup_runs(tmp_path)
        kept = where(tmp_path, "a/b")
        assert kept is not None and kept.read_bytes() == b"bytes"
    assert where(tmp_path, "a/b") is None and not (tmp_path / ASIDE).exists()


def test_without_a_backup_a_file_is_deleted_at_once_also_after_one_was_killed(
    tmp_path: Path,
) -> None:
    storage = MediaStorage(location=tmp_path)
    storage.save("a", ContentFile(b"bytes"))
    (tmp_path / ASIDE).mkdir()
    (tmp_path / ASIDE / "backup.lock").touch()  # its holder is gone
    storage.delete("a")
    assert where(tmp_path, "a") is None


def test_what_is_copied_is_hashed_as_it_was_read_and_has_its_name_only_when_whole(
    tmp_path: Path,
) -> None:
    (tmp_path / "a").write_bytes(b"bytes")
    size, digest = copying.copy_file(tmp_path / "a", tmp_path / "to" / "a")
    assert (size, digest) == (5, manifest.sha256_of(tmp_path / "to" / "a"))
    assert [p.name for p in (tmp_path / "to").iterdir()] == ["a"]


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "", "a\0b"])
def test_a_name_that_leads_out_of_the_backup_is_refused(name: str) -> None:
    assert not manifest.is_inside(name)


def test_a_changed_or_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "database.dump").write_bytes(b"dump")
    sums = {"database.dump": manifest.sha256_of(tmp_path / "database.dump"), "media/x": "0" * 64}
    made = a_manifest(sums_sha256=manifest.write_sums(tmp_path, sums))
    (tmp_path / "database.dump").write_bytes(b"other")
    with pytest.raises(BackupDiffers) as caught:
        verifying.check_files(tmp_path, made, lambda *_: None)
    assert caught.value.differences == [
        "database.dump has changed since the backup.", "media/x is missing.",
    ]  # fmt: skip


def test_a_list_of_files_that_was_edited_is_not_trusted(tmp_path: Path) -> None:
    made = a_manifest(sums_sha256=manifest.write_sums(tmp_path, {"database.dump": "0" * 64}))
    (tmp_path / "SHA256SUMS").write_text("")
    with pytest.raises(BackupError, match="not the list"):
        manifest.read_sums(tmp_path, made)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 99}', "\0"])
def test_what_is_no_manifest_is_refused_with_words(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(BackupError, match="manifest"):
        manifest.read_manifest(tmp_path)


def test_only_the_newest_backups_are_kept(tmp_path: Path) -> None:
    for day in range(1, 5):
        folder = tmp_path / f"spelunker-2026010{day}T000000Z"
        folder.mkdir()
        (folder / "manifest.json").touch()
    (tmp_path / "spelunker-notes").mkdir()  # somebody's own
    making._keep_newest(tmp_path, 2)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "spelunker-20260103T000000Z", "spelunker-20260104T000000Z", "spelunker-notes",
    ]  # fmt: skip


def test_a_backup_within_the_stored_files_is_refused(settings: Any) -> None:
    with pytest.raises(BackupError, match="elsewhere"):
        making.make_backup(Path(settings.MEDIA_ROOT) / "backups")


# -- contents --------------------------------------------------------------------------------------
def a_manifest(**values: Any) -> manifest.Manifest:
    return manifest.Manifest(**{
        "version": "1", "made_at": "now", "server": "16.1", "pg_dump": "16.1", "extensions": {},
        "migrations": {}, "tables": {}, "unfinished_jobs": 0, "key_fingerprints": [],
        "left_out": {},
    } | values)  # fmt: skip


def test_each_kind_of_difference_has_its_sentence() -> None:
    was = {"a": TableContents(1, "x"), "b": TableContents(1, "x"), "c": TableContents(1, "x")}
    now = {"a": TableContents(2, "y"), "b": TableContents(1, "y"), "d": TableContents(0, "z")}
    assert verifying.differences(was, now) == [
        "a has 2 rows and had 1.", "b has as many rows as it had, with other contents.",
        "The table c is missing.", "The table d is new.",
    ]  # fmt: skip


def test_every_field_that_names_a_file_is_known() -> None:
    assert {("jobs_jobartifact", "file"), ("rfp_manager_rfp", "questionnaire"),
            ("solution_library_documentversion", "file")} <= set(contents.file_columns())  # fmt: skip


@pytest.mark.django_db
def test_a_backup_of_a_newer_program_is_refused() -> None:
    with pytest.raises(BackupError, match="newer Spelunker"):
        restoring._refuse_newer(a_manifest(migrations={"jobs": ["0001_initial", "9999_later"]}))
    restoring._refuse_newer(a_manifest(migrations={"jobs": ["0001_initial"], "gone": ["0001_x"]}))


# -- work that was under way -------------------------------------------------------------------------
@pytest.mark.django_db
def test_after_a_restore_every_unfinished_job_is_handed_out_anew_and_nothing_is_blamed(
    settings: Any,
) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    held = running("batch")
    JobItem.objects.create(job=held, key="1", state=ItemState.RUNNING, received={"paid": 1})
    JobItem.objects.create(job=held, key="2", state=ItemState.DONE)
    attempt = JobAttempt.objects.create(job=held, number=9, token=held.lease_token)
    Job.objects.filter(pk=held.pk).update(lease_expires_at="2020-01-01T00:00Z")
    sent = Job.objects.create(task_name="jobs.canary", dispatched_at="2020-01-01T00:00Z")
    found = recovering.take_up_again()
    assert (found.released, found.sent_again) == (1, 1)
    assert set(Job.objects.due().values_list("pk", flat=True)) == {held.pk, sent.pk}
    item, done = held.items.order_by("key")
    assert (item.state, item.received, done.state) == ("pending", {"paid": 1}, "done")
    held.refresh_from_db()
    attempt.refresh_from_db()
    assert held.crashes == 0 and attempt.outcome == "restored from a backup"


# -- damages -----------------------------------------------------------------------------------
def the_file(backup: Path) -> Path:
    return next(path for path in (backup / "media").rglob("*") if path.is_file())


def rewrite(backup: Path, **values: Any) -> None:
    """A manifest that agrees with what the backup holds now, as if it had been made so."""
    made = json.loads((backup / "manifest.json").read_text())
    sums = {
        path.relative_to(backup).as_posix(): manifest.sha256_of(path)
        for path in backup.rglob("*")
        if path.is_file() and path.name not in ("manifest.json", "SHA256SUMS")
    }
    made |= {"sums_sha256": manifest.write_sums(backup, sums), **values}
    (backup / "manifest.json").write_text(json.dumps(made))


def lose_a_file(backup: Path) -> None:
    the_file(backup).unlink()


def never_had_a_file_and_has_an_older_schema(backup: Path) -> None:
    the_file(backup).unlink()
    made = json.loads((backup / "manifest.json").read_text())
    made["migrations"]["jobs"].pop()
    rewrite(backup, migrations=made["migrations"])


def cut_a_file(backup: Path) -> None:
    os.truncate(the_file(backup), 2)


def cut_the_dump(backup: Path) -> None:
    dump = backup / "database.dump"
    os.truncate(dump, dump.stat().st_size // 2)


def had_half_a_dump(backup: Path) -> None:
    cut_the_dump(backup)
    rewrite(backup)


def take_other_keys(backup: Path) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]


def come_from_a_newer_server(backup: Path) -> None:
    rewrite(backup, server="99.1")


#: What is done to a copy of a good backup, and what the refusal says.
DAMAGES: dict[Callable[[Path], None], str] = {
    lose_a_file: r"media/.* is missing",
    never_had_a_file_and_has_an_older_schema: "The migrations on record are others. "
    "A row names the file .* which is not in the backup",
    cut_a_file: r"media/.* has changed since the backup",
    cut_the_dump: r"database.dump has changed since the backup",
    had_half_a_dump: "database.dump is no dump that .* can read",
    take_other_keys: "FIELD_KEYS of this installation are not those of the backup",
    come_from_a_newer_server: "backup is of PostgreSQL 99.1 and this server is",
}


# -- the whole of it ---------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_backup_is_made_verified_and_refused_by_an_installation_that_is_in_use(
    tmp_path: Path, settings: Any, alice: Any, capsys: Any
) -> None:
    job = Job.objects.create(task_name="jobs.canary", started_by=alice)
    file = JobArtifact.objects.create(
        job=job, name="x", file=ContentFile(b"bytes", name="x"), sha256="0" * 64, size=5
    )
    call_command("backup", str(tmp_path), "--json")
    [line] = [x for x in capsys.readouterr().out.splitlines() if x.startswith("{")]
    facts = json.loads(line)
    backup = Path(facts["folder"])
    assert facts["files"] == 1 and (backup / "media" / file.file.name).read_bytes() == b"bytes"
    assert all(key not in (backup / "manifest.json").read_text() for key in settings.FIELD_KEYS)
    assert BackupRecord.objects.get().rows == facts["rows"]
    call_command("restore", str(tmp_path), "--verify")
    assert BackupRecord.objects.get().verified_at is not None
    for damage, words in DAMAGES.items():
        copy = tmp_path / "copies" / words.replace(" ", "-")[:20].replace("/", "-")
        shutil.copytree(backup, copy)
        with override_settings():
            damage(copy)
            with pytest.raises(CommandError, match=words) as refused:
                call_command("restore", str(copy), "--verify")
        assert refused.value.returncode not in (0, None)
        with pytest.raises(CommandError):
            call_command("restore", str(copy))
    with override_settings(FIELD_KEYS=[Fernet.generate_key().decode()]):
        restoring._refuse_other_keys(manifest.read_manifest(backup), without_keys=True)
    with pytest.raises(CommandError, match="is in use by: "):
        call_command("restore", str(backup))
    with contents.connect() as db, pytest.raises(BackupError, match="replace everything in test_"):
        restoring._clear_the_place(db, Path(settings.MEDIA_ROOT), {}, "replace it")
    assert Job.objects.filter(pk=job.pk, status=Status.PENDING).exists()
