"""What stands in the audit log stays there, and a log that was touched is told from one that was
not."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit.chain import NotAnExport, lines, lines_of, verify
from audit.models import AuditEntry
from audit.recording import record
from audit.retention import prune

pytestmark = pytest.mark.django_db


def commit() -> None:
    """What the end of the transaction does: the deferred trigger puts the entries into the chain."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def write(number: int) -> list[AuditEntry]:
    for n in range(number):
        record(
            "rfp.deleted",
            actor="Zoë",
            target=f"RFP {n} ‘ünïcode’ 🎉",
            details={"n": n, "b": [None, 1.5, "ä"]},
        )
    commit()
    return list(AuditEntry.objects.order_by("-position")[:number])[::-1]


def sql(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditentry SET actor_name = 'nobody' WHERE id = %s",
        "UPDATE audit_auditentry SET hash = '', position = NULL WHERE id = %s",
        "DELETE FROM audit_auditentry WHERE id = %s",
        "TRUNCATE audit_auditentry -- %s",
    ],
)
def test_the_database_refuses_to_change_or_remove_an_entry(statement: str) -> None:
    (entry,) = write(1)
    with pytest.raises(DatabaseError, match="append-only"):
        sql(statement, entry.pk)
    assert AuditEntry.objects.get(pk=entry.pk).actor_name == "Zoë"


def test_an_entry_that_is_not_committed_yet_cannot_be_changed_either() -> None:
    record("rfp.deleted", actor="Zoë")
    newest = AuditEntry.objects.latest("pk")
    with pytest.raises(DatabaseError, match="append-only"):
        sql(
            "UPDATE audit_auditentry SET action = 'x.y', position = 7, hash = 'h' WHERE id = %s",
            newest.pk,
        )


def test_nobody_chooses_the_place_the_time_or_the_hash_of_an_entry() -> None:
    long_ago = timezone.now() - timedelta(days=900)
    AuditEntry.objects.create(action="a.b", at=long_ago, position=1_000_000, hash="forged")
    commit()
    entry = AuditEntry.objects.filter(action="a.b").latest("pk")
    assert entry.position and entry.position < 1_000_000
    assert entry.hash != "forged" and entry.at > long_ago


def test_every_entry_follows_on_the_one_before() -> None:
    entries = write(5)
    assert [b.previous_hash for b in entries[1:]] == [a.hash for a in entries[:-1]]
    assert [b.position for b in entries[1:]] == [a.position + 1 for a in entries[:-1]]
    verdict = verify(lines(), known_head=entries[2].hash)
    assert verdict.is_whole and verdict.head == entries[-1].hash


def exported() -> list[dict[str, Any]]:
    out = StringIO()
    call_command("export_audit", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def faults(found: list[dict[str, Any]], head: str = "") -> str:
    text = (json.dumps(line) for line in found)
    return " ".join(verify(lines_of(text), known_head=head).faults)


def test_an_exported_file_is_checked_without_the_database(tmp_path: Path) -> None:
    write(3)
    file = tmp_path / "audit.jsonl"
    with file.open("w", encoding="utf-8") as out:
        call_command("export_audit", stdout=out)
    said = StringIO()
    call_command("verify_audit", file=file, stdout=said)
    assert "is whole" in said.getvalue()


def test_whatever_is_changed_in_an_exported_file_is_noticed() -> None:
    write(4)
    whole = exported()
    assert faults(whole) == ""
    for name, value in (
        ("actor_name", "Bob"),
        ("details", "{}"),
        ("at", "2020-01-01T00:00:00.000000Z"),
        ("actor_id", 1),
    ):
        assert "was changed" in faults([*whole[:-1], whole[-1] | {name: value}])
    assert "are missing" in faults([*whole[:-2], whole[-1]])
    assert "does not follow" in faults(
        [*whole[:-2], whole[-1] | {"position": whole[-2]["position"]}][:0]
        or [*whole[:-1], whole[-1] | {"previous_hash": "0" * 64}]
    )


def test_entries_cut_off_the_end_are_noticed_with_a_hash_noted_elsewhere() -> None:
    write(4)
    whole = exported()
    assert faults(whole[:-1]) == ""
    assert "cut off" in faults(whole[:-1], head=whole[-1]["hash"])


@pytest.mark.parametrize("line", ["{", "[]", "7", '"x"', '{"position": 1}'])
def test_a_file_that_is_no_export_is_refused_in_words(line: str, tmp_path: Path) -> None:
    with pytest.raises(NotAnExport, match="Line 1"):
        list(lines_of([line]))
    file = tmp_path / "f"
    file.write_text(line)
    with pytest.raises(CommandError, match="Line 1"):
        call_command("verify_audit", file=file)


def test_the_owner_takes_old_entries_out_and_the_log_says_so() -> None:
    write(3)
    assert prune(timezone.now() - timedelta(days=1)) == 0
    gone = prune(timezone.now() + timedelta(seconds=5))
    commit()
    assert gone >= 2
    verdict = verify(lines())
    assert verdict.is_whole and verdict.entries == 2
    with pytest.raises(DatabaseError, match="append-only"):
        sql("DELETE FROM audit_auditentry")


def test_nothing_younger_than_three_months_is_taken_out() -> None:
    with pytest.raises(CommandError, match="90 days"):
        call_command("prune_audit", days=1)


def test_another_role_cannot_remove_even_with_the_setting_of_the_command() -> None:
    write(1)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE ROLE audit_probe NOLOGIN")
        cursor.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON audit_auditentry TO audit_probe")
        cursor.execute("SET LOCAL ROLE audit_probe; SET LOCAL audit.retention = 'on'")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute("DELETE FROM audit_auditentry")
        cursor.execute("RESET ROLE")
        transaction.set_rollback(True)
