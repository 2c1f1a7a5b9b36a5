"""Asks the process in this container whether it works: `healthcheck.py web|alive|relay|flower`.

Run every few seconds in every container, so it loads no Django and no Celery.
"""

import http.client
import os
import sys
import time
from pathlib import Path

SILENT_SECONDS = 60.0
TIMEOUT_SECONDS = 5.0
RELAY = "spelunker relay"
SESSIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = %s
AND client_addr IS NOT DISTINCT FROM inet_client_addr()
"""


class Unwell(Exception):
    """The process does not work; the message says what was seen."""


def web() -> None:
    answer(8000, "/healthz", host=first_allowed_host())


def flower() -> None:
    answer(5555, "/healthcheck", host="localhost")


def answer(port: int, path: str, *, host: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path, headers={"Host": host})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise Unwell(f"port {port} does not answer: {error!r}") from error
    finally:
        connection.close()
    if status != 200:
        raise Unwell(f"{path} answered {status}")


def first_allowed_host() -> str:
    """Django refuses other names, also from inside the container."""
    first = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip()
    return "localhost" if first in ("", "*") else f"x{first}" if first.startswith(".") else first


def alive() -> None:
    """The file that workers and beat touch while they turn (spelunker/alive.py)."""
    path = Path(os.environ["SPELUNKER_ALIVE_FILE"])
    try:
        age = time.time() - path.stat().st_mtime
    except FileNotFoundError as error:
        raise Unwell("it has not said that it is ready yet") from error
    if age > SILENT_SECONDS:
        raise Unwell(f"it has been silent for {age:.0f} s")


def relay() -> None:
    """It holds sessions with the database, and closes them as soon as anything fails."""
    import psycopg

    address = Path(os.environ["DATABASE_URL_FILE"]).read_text()
    try:
        with psycopg.connect(address, connect_timeout=int(TIMEOUT_SECONDS)) as database:
            row = database.execute(SESSIONS, [RELAY]).fetchone()
    except psycopg.Error as error:
        raise Unwell(f"the database does not answer: {type(error).__name__}") from error
    if row is None or row[0] == 0:
        raise Unwell("it holds no session with the database")


CHECKS = {check.__name__: check for check in (web, alive, relay, flower)}


def main(arguments: list[str]) -> int:
    check = CHECKS.get(arguments[0] if arguments else "web")
    if check is None:
        sys.exit(f"There is no check {arguments[0]}; there are: {', '.join(CHECKS)}.")
    try:
        check()
    except Unwell as error:
        print(error)  # noqa: T201 - what `docker inspect` shows
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
