"""Two logins that may do less than the owner of the tables: one for web, one for workers.

Neither can change a table, nor rewrite the audit log. A worker owns the table of vectors alone,
because only a table's owner can give it a search graph; all other DDL is refused to it by an
event trigger, where the owner may make one. See docs/decisions/0018-database-roles.md.
"""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import ProgrammingError, connection, transaction
from psycopg import sql

from solution_library.indexing.graphs import TABLE

APPEND_ONLY = ("audit_auditentry",)
READ_ONLY = ("django_migrations",)
#: Owned by the workers, who make and drop its indexes.
WORKERS_OWN = (TABLE,)
WORKERS_DDL = ("CREATE INDEX", "DROP INDEX", "REINDEX")
GUARD = "spelunker_workers_ddl"
STATISTICS = "pg_read_all_stats"
ATTRIBUTES = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
WHO = """
SELECT current_user, current_setting('is_superuser')::bool OR r.rolcreaterole,
    current_setting('is_superuser')::bool
FROM pg_roles r WHERE r.rolname = current_user
"""
GUARD_FUNCTION = """
CREATE OR REPLACE FUNCTION {name}() RETURNS event_trigger LANGUAGE plpgsql
SET search_path = pg_catalog AS $body$
BEGIN
    IF {worker} IN (session_user, current_user) AND tg_tag <> ALL ({allowed}) THEN
        RAISE insufficient_privilege USING MESSAGE =
            format('workers may not %s; run this as the owner of the database', tg_tag);
    END IF;
END $body$
"""


class RolesRefused(Exception):
    """The logins cannot be made; the message says what to do."""


@dataclass(frozen=True)
class Login:
    name: str
    password: str

    @classmethod
    def of(cls, variable: str, url: str) -> "Login":
        """Raises RolesRefused if the URL names no user."""
        parts = urlsplit(url)
        if not parts.username:
            raise RolesRefused(f"{variable} names no user; it should be postgres://NAME:PASSWORD@…")
        return cls(unquote(parts.username), unquote(parts.password or ""))


@dataclass(frozen=True)
class Owner:
    """The role of this process's own connection."""

    name: str
    makes_roles: bool
    is_superuser: bool


def apply() -> list[str]:
    """Make the logins of APP_DATABASE_URL and WORKER_DATABASE_URL, or bring them up to date with
    the tables there are. Returns what was done; nothing where one login does everything.
    Raises RolesRefused."""
    urls = {name: getattr(settings, name) for name in ("APP_DATABASE_URL", "WORKER_DATABASE_URL")}
    if not all(urls.values()):
        return []
    app, worker = (Login.of(name, url) for name, url in urls.items())
    owner = _owner()
    if owner.name in (app.name, worker.name):
        return []
    if app.name == worker.name:
        raise RolesRefused("APP_DATABASE_URL and WORKER_DATABASE_URL name the same user.")
    try:
        return separate(owner, app, worker)
    except ProgrammingError as error:
        raise RolesRefused(
            f"{owner.name} may not set up {app.name} and {worker.name}: {str(error).strip()}. Run "
            "this as the owner of the tables, or give all processes the same DATABASE_URL."
        ) from error


def separate(owner: Owner, app: Login, worker: Login) -> list[str]:
    """All at once: no session sees a login that may do too little or too much."""
    with transaction.atomic():
        for login in (app, worker):
            _make(owner, login)
            _grant(login.name)
        _give_to_workers(owner, worker.name)
        done = [
            f"{login.name} may read and write, and not change tables" for login in (app, worker)
        ]
        done += _sessions_seen(owner, app.name, worker.name)
        done += _databases_made(owner)
        return done + _superusers_part(owner, app.name, worker.name)


def _owner() -> Owner:
    with connection.cursor() as cursor:
        cursor.execute(WHO)
        return Owner(*cursor.fetchone())


def _make(owner: Owner, login: Login) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [login.name])
        exists = cursor.fetchone() is not None
    if not owner.makes_roles:
        if not exists:
            raise RolesRefused(
                f"{owner.name} may not make the login {login.name}. Ask for it (CREATE ROLE "
                f"{login.name} LOGIN PASSWORD …), or give all processes the same DATABASE_URL."
            )
        return
    if not exists:
        _run("CREATE ROLE {} " + ATTRIBUTES, login.name)
    if login.password:
        _set_password(login)


def _set_password(login: Login) -> None:
    """Encrypted here, so that no log of the server can show it."""
    connection.ensure_connection()
    assert connection.connection is not None
    encrypted = connection.connection.pgconn.encrypt_password(
        login.password.encode(), login.name.encode(), b"scram-sha-256"
    )
    command = sql.SQL("ALTER ROLE {} PASSWORD {}")
    with connection.cursor() as cursor:
        cursor.execute(command.format(sql.Identifier(login.name), sql.Literal(encrypted.decode())))


def _grant(name: str) -> None:
    _run("GRANT USAGE ON SCHEMA public TO {}", name)
    _run("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}", name)
    _run("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}", name)
    _run("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}", name)
    for tables, kept in ((APPEND_ONLY, "UPDATE, DELETE"), (READ_ONLY, "INSERT, UPDATE, DELETE")):
        for table in _there(tables):
            _run("REVOKE " + kept + " ON {} FROM {}", table, name)


def _give_to_workers(owner: Owner, worker: str) -> None:
    # Whoever makes an index must also be allowed to make things in its table's schema.
    _run("GRANT CREATE ON SCHEMA public TO {}", worker)
    if not owner.is_superuser:
        _run("GRANT {} TO CURRENT_USER", worker)
    for table in _there(WORKERS_OWN):
        _run("ALTER TABLE {} OWNER TO {}", table, worker)


def _sessions_seen(owner: Owner, app: str, worker: str) -> list[str]:
    """Who may see who is connected: pages and metrics, and the owner, whose restore waits until
    nobody is. Workers need no such thing."""
    said = []
    if not owner.is_superuser and not _tried("GRANT {} TO CURRENT_USER", app):
        said.append(f"{owner.name} cannot see sessions of {app}: stop them all before a restore")
    if owner.is_superuser and _is_member(worker, STATISTICS):  # an earlier release gave it
        _run("REVOKE pg_read_all_stats FROM {}", worker)
    if not _is_member(app, STATISTICS) and not _tried("GRANT pg_read_all_stats TO {}", app):
        said.append(
            f"{owner.name} may not let {app} see who is connected: Operations and /metrics tell of "
            f"its own sessions only. A superuser can: GRANT {STATISTICS} TO {app}"
        )
    return said


def _databases_made(owner: Owner) -> list[str]:
    """`restore --verify` needs a database of its own for a while."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user")
        may = owner.is_superuser or cursor.fetchone()[0]
    if may or _tried("ALTER ROLE {} CREATEDB", owner.name):
        return []
    return [
        f"{owner.name} may not make databases, which restore --verify needs. A superuser can: "
        f"ALTER ROLE {owner.name} CREATEDB"
    ]


def _superusers_part(owner: Owner, app: str, worker: str) -> list[str]:
    if not owner.is_superuser:
        return [f"{owner.name} is no superuser: {worker} may make tables of its own in the schema"]
    _run("DROP EVENT TRIGGER IF EXISTS {}", GUARD)
    function = sql.SQL(GUARD_FUNCTION).format(
        name=sql.Identifier("public", GUARD),
        worker=sql.Literal(worker),
        allowed=sql.SQL("ARRAY[{}]").format(sql.SQL(", ").join(map(sql.Literal, WORKERS_DDL))),
    )
    with connection.cursor() as cursor:
        cursor.execute(function)
    _run("CREATE EVENT TRIGGER {0} ON ddl_command_start EXECUTE FUNCTION public.{0}()", GUARD)
    return [f"{worker} may make and drop indexes of {', '.join(WORKERS_OWN)}, and no other DDL"]


def _is_member(name: str, role: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", [name, role])
        return bool(cursor.fetchone()[0])


def _tried(command: str, *names: str) -> bool:
    """Whether the server allowed it."""
    try:
        with transaction.atomic():
            _run(command, *names)
    except ProgrammingError:
        return False
    return True


def _there(tables: tuple[str, ...]) -> list[str]:
    return [name for name in tables if name in connection.introspection.table_names()]


def _run(command: str, *names: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(command).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]
