"""Sees to it that somebody does the background work of this machine's own installation."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from spelunker.embedded.bootstrap import is_embedded
from spelunker.embedded.errors import StackError
from spelunker.embedded.paths import ensure_var_dir
from spelunker.embedded.postgres import EmbeddedPostgres
from spelunker.embedded.supervisor import Supervisor, background_services

CHECK_SECONDS = 2.0


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

    if settings.CELERY_TASK_ALWAYS_EAGER or not _own_installation():
        yield lambda: None
        return
    workers = Workers()
    workers.ensure()
    try:
        yield workers.ensure
    finally:
        workers.stop()


def _own_installation() -> bool:
    return os.environ.get("SPELUNKER_EMBEDDED") == "1" or is_embedded()


def prepare_database() -> None:
    """Migrations, and the queue tables of the embedded broker."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    install_pgmq()


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
