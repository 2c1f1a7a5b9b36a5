"""Sees to it that somebody does the background work of this machine's own installation."""

import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from spelunker.embedded.bootstrap import is_embedded
from spelunker.embedded.errors import StackError
from spelunker.embedded.paths import BASE_DIR, ensure_var_dir
from spelunker.embedded.postgres import EmbeddedPostgres
from spelunker.embedded.supervisor import (
    Service,
    Supervisor,
    background_services,
    log_path,
    web_services,
)
from spelunker.embedded.terminal import log_lines_in

CHECK_SECONDS = 2.0
START_SECONDS = 60.0


class StackLock:
    """Held by the one process that runs the stack's workers; freed by the system if it dies."""

    def __init__(self) -> None:
        self._file: IO[str] | None = None

    def take(self) -> bool:
        file = open(ensure_var_dir() / "stack.lock", "a+")  # noqa: SIM115
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return True

    def holder(self) -> str:
        return (ensure_var_dir() / "stack.lock").read_text().strip()

    def give_back(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class Workers:
    """The relay and the workers, run by this process if nobody else runs them."""

    def __init__(self) -> None:
        self._lock = StackLock()
        self._supervisor: Supervisor | None = None
        self._next_check = 0.0

    def ensure(self) -> None:
        """Start them if they are ours to start and nobody has. Cheap; call it while waiting."""
        if self._supervisor is not None or time.monotonic() < self._next_check:
            return
        self._next_check = time.monotonic() + CHECK_SECONDS
        if not self._lock.take():
            return
        prepare_database()
        self._supervisor = Supervisor(background_services(), postgres=EmbeddedPostgres())
        self._supervisor.start()

    def stop(self) -> None:
        if self._supervisor is not None:
            self._supervisor.stop()
        self._lock.give_back()


@contextmanager
def background_work() -> Iterator[Callable[[], None]]:
    """Background work gets done while this is open. Yields what to call while waiting.

    With a configured DATABASE_URL the workers are somebody else's, and nothing is started.
    """
    from django.conf import settings

    if settings.CELERY_TASK_ALWAYS_EAGER or not own_installation():
        yield lambda: None
        return
    with log_lines_in(log_path("commands")):
        workers = Workers()
        workers.ensure()
        try:
            yield workers.ensure
        finally:
            workers.stop()


def own_installation() -> bool:
    return os.environ.get("SPELUNKER_EMBEDDED") == "1" or is_embedded()


def prepare_database() -> None:
    """Migrations, and the queue tables of the embedded broker."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    install_pgmq()


def bring_up_to_date() -> None:
    """Migrate our own database if it is older than this program. Raises CommandError with what
    to do if it is somebody else's."""
    from django.core.management import CommandError
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    if not own_installation():
        raise CommandError(
            "The database is older than this program. Run `manage.py migrate`, then this again."
        )
    prepare_database()


def install_pgmq() -> None:
    """Create PGMQ's schema in the database if it is not there; its SQL comes with its client."""
    from django.conf import settings
    from django.db import connection

    if not settings.PGMQ:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace('pgmq') IS NOT NULL")
        if cursor.fetchone()[0]:
            return
        from pgmq.install import get_embedded_install_sql

        cursor.execute("SELECT pg_advisory_lock(741852)")
        try:
            cursor.execute(get_embedded_install_sql())
        finally:
            cursor.execute("SELECT pg_advisory_unlock(741852)")


def take_or_explain(lock: StackLock) -> None:
    """Take the stack's lock, or raise StackError naming who has it."""
    if not lock.take():
        raise StackError(
            f"Spelunker is already running here (process {lock.holder()}). Stop it with Ctrl-C "
            "in its terminal, or use it as it is."
        )


class Embedded:
    """The whole stack as `manage.py up` runs it."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self._lock = StackLock()
        self._supervisors: list[Supervisor] = []

    def claim(self) -> None:
        """Make this process the one that runs the stack. Raises StackError if it cannot be."""
        if not own_installation():
            raise StackError(
                "DATABASE_URL is set, so this is no one-machine installation. Start the web "
                "server, the relay and the workers as docker-compose.yml does, or unset it."
            )
        take_or_explain(self._lock)

    def open(self) -> None:
        """Database, account, static files, relay and workers."""
        self.say("Preparing the database")
        prepare_database()
        self._account()
        collect_static()
        self._start(background_services(), EmbeddedPostgres())

    def _account(self) -> None:
        from spelunker.embedded.account import NAME, ensure_admin, password_file

        password = ensure_admin()
        if password:
            self.say(
                f"\n  Sign in as {NAME} with the password {password}\n"
                f"  (shown once; kept in {password_file()})\n"
            )

    def demo(self) -> None:
        from spelunker.embedded.demo import run_demo

        run_demo(self.say, lambda: None)

    def serve(self, port: int) -> None:
        """Start the web server and beat, and wait until a page answers."""
        self._start(web_services(port), None)
        deadline = time.monotonic() + START_SECONDS
        while not answers(port):
            if time.monotonic() > deadline:
                raise StackError(f"The web server did not start. See {log_path('web')}.")
            time.sleep(0.2)
        self.say(f"Spelunker is at http://127.0.0.1:{port}")

    def _start(self, services: list[Service], postgres: EmbeddedPostgres | None) -> None:
        supervisor = Supervisor(services, postgres=postgres)
        supervisor.say = self.say
        self._supervisors.append(supervisor)
        supervisor.start()

    def close(self) -> None:
        for supervisor in reversed(self._supervisors):
            supervisor.stop()
        self._lock.give_back()


def answers(port: int) -> bool:
    """Whether something takes connections on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def collect_static() -> None:
    """Copy the static files to where the web server reads them, when they have changed."""
    from django.conf import settings
    from django.core.management import call_command

    stamp = settings.STATIC_ROOT / ".version"
    newest = str(max(p.stat().st_mtime_ns for p in (BASE_DIR / "static").rglob("*")))
    if stamp.exists() and stamp.read_text() == newest:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(newest)
