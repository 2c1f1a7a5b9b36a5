"""What the logins of web and workers can and cannot do to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from solution_library.indexing import graphs
from spelunker import database_roles
from spelunker.configuration.database import session_limits
from spelunker.database_roles import (
    Login,
    Owner,
    RolesRefused,
    _databases_made,
    _owner,
    _sessions_seen,
    apply,
)
from spelunker.processes import WEB

APP, WORKER = "app_of_a_test", "worker_of_a_test"
pytestmark = pytest.mark.django_db


@pytest.fixture
def logins(settings: Any) -> None:
    settings.APP_DATABASE_URL = f"postgres://{APP}:a-long-password-1@db/x"
    settings.WORKER_DATABASE_URL = f"postgres://{WORKER}:a-long-password-2@db/x"
    apply()


@contextmanager
def acting_as(name: str) -> Iterator[None]:
    with transaction.atomic():
        run(f"SET LOCAL ROLE {name}")
        yield
        run("RESET ROLE")


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def refused(name: str, statement: str) -> bool:
    try:
        with acting_as(name):
            run(statement)
    except ProgrammingError as error:
        assert "permission denied" in str(error) or "may not" in str(error) or "owner" in str(error)
        return True
    return False


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (a int)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DROP TABLE jobs_job CASCADE",
        "ALTER TABLE auth_user DROP COLUMN email",
        "TRUNCATE jobs_job CASCADE",
        "DROP TABLE solution_library_chunkvector",
        "DELETE FROM django_migrations",
        "CREATE ROLE another",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "CREATE INDEX ON jobs_job (id)",
    ],
)
def test_neither_web_nor_workers_can_change_tables(logins: None, statement: str) -> None:
    assert refused(APP, statement)
    assert refused(WORKER, statement)


def test_both_read_and_write_rows(logins: None) -> None:
    for name in (APP, WORKER):
        with acting_as(name):
            run("SELECT count(*) FROM solution_library_chunkvector")
            run("INSERT INTO auth_group (name) VALUES ('" + name + "')")
            run("DELETE FROM auth_group WHERE name = '" + name + "'")


def test_a_worker_makes_and_drops_search_graphs_and_web_cannot(logins: None) -> None:
    with acting_as(WORKER):
        graphs.ensure(987_654, 8)
        assert graphs.is_whole(987_654)
        graphs.drop(987_654)
    assert refused(APP, "CREATE INDEX ON solution_library_chunkvector (id)")


def test_a_line_of_the_audit_log_can_be_added_and_never_changed(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("CREATE TABLE lines (id int, said text)")
    monkeypatch.setattr(database_roles, "APPEND_ONLY", ("lines",))
    settings.APP_DATABASE_URL = f"postgres://{APP}:a-long-password-1@db/x"
    settings.WORKER_DATABASE_URL = f"postgres://{WORKER}:a-long-password-2@db/x"
    apply()
    for name in (APP, WORKER):
        with acting_as(name):
            run("INSERT INTO lines VALUES (1, 'seen')")
            run("SELECT * FROM lines")
        assert refused(name, "UPDATE lines SET said = ''")
        assert refused(name, "DELETE FROM lines")
        assert refused(name, "TRUNCATE lines")


def test_it_may_run_again_and_again(logins: None) -> None:
    apply()
    assert refused(APP, "CREATE TABLE mine (a int)")


def test_one_login_for_everything_is_left_as_it_is(settings: Any) -> None:
    settings.APP_DATABASE_URL = settings.WORKER_DATABASE_URL = ""
    assert apply() == []


def test_a_login_without_a_name_is_refused_with_a_sentence() -> None:
    with pytest.raises(RolesRefused, match="APP_DATABASE_URL names no user"):
        Login.of("APP_DATABASE_URL", "postgres:///spelunker")


def test_only_the_sessions_of_web_pages_have_limits() -> None:
    limits = session_limits(WEB)["options"]
    assert "statement_timeout=30s" in limits and "lock_timeout=10s" in limits
    assert "idle_in_transaction_session_timeout=60s" in limits
    assert session_limits("spelunker worker") == {}


def test_the_audit_log_takes_entries_of_both_and_no_changes(logins: None) -> None:
    from audit.models import AuditEntry
    from audit.recording import record

    for name in (APP, WORKER):
        with acting_as(name):
            record("role.changed", actor=None)
            run("SET CONSTRAINTS ALL IMMEDIATE")  # as at the end of a transaction
            run("SET CONSTRAINTS ALL DEFERRED")
        assert AuditEntry.objects.order_by("-id").values_list("position", flat=True).first()
        assert refused(name, "UPDATE audit_auditentry SET actor_name = ''")
        assert refused(name, "DELETE FROM audit_auditentry")


def sessions_seen(name: str) -> bool:
    """Whether this login sees what another's session is doing; NULL stands for what is hidden."""
    with acting_as(name), connection.cursor() as cursor:
        cursor.execute("SELECT bool_and(state IS NOT NULL) FROM pg_stat_activity"
                       " WHERE pid = pg_backend_pid()")  # fmt: skip
        return bool(cursor.fetchone()[0])


def test_web_sees_who_is_connected_and_workers_do_not(logins: None) -> None:
    assert sessions_seen(APP)
    assert not sessions_seen(WORKER)


def test_what_an_earlier_release_gave_to_workers_is_taken_back(logins: None) -> None:
    run(f"GRANT pg_read_all_stats TO {WORKER}")
    apply()
    assert not sessions_seen(WORKER)


def test_an_owner_who_may_not_give_a_right_says_who_can(logins: None) -> None:
    run("CREATE ROLE owner_of_a_test NOSUPERUSER NOCREATEDB")
    run("REVOKE pg_read_all_stats FROM " + APP)
    owner = Owner("owner_of_a_test", makes_roles=False, is_superuser=False)
    with acting_as(owner.name):
        said = [*_sessions_seen(owner, APP, WORKER), *_databases_made(owner)]
    assert [line.partition("may not ")[2].split()[0] for line in said[1:]] == ["let", "make"]
    assert f"GRANT pg_read_all_stats TO {APP}" in said[1]
    assert "ALTER ROLE owner_of_a_test CREATEDB" in said[2]


def test_the_owner_of_the_containers_database_may_make_another_for_a_trial() -> None:
    owner = _owner()
    assert owner.is_superuser and _databases_made(owner) == []
