"""Asks the process in this container whether it works: `healthcheck.py web|alive|flower`.

Run every few seconds in every container, as `python -I -S`: no Django, no Celery, no installed
package and next to nothing of the standard library, so that ten of them are not felt while
everything starts.
"""

import os
import socket
import sys
import time

SILENT_SECONDS = 60.0
TIMEOUT_SECONDS = 5.0


class Unwell(Exception):
    """The process does not work; the message says what was seen."""


def web() -> None:
    answer(8000, "/healthz", host=first_allowed_host())


def flower() -> None:
    answer(5555, "/healthcheck", host="localhost")


def answer(port: int, path: str, *, host: str) -> None:
    request = f"GET {path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    try:
        status = first_line(port, request.encode())
    except OSError as error:
        raise Unwell(f"port {port} does not answer: {error!r}") from error
    words = status.split(b" ")
    if len(words) < 2 or words[1] != b"200":
        raise Unwell(f"{path} answered {status.decode('ascii', 'replace')!r}")


def first_line(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as reply:
            return reply.readline(200).strip()


def first_allowed_host() -> str:
    """Django refuses other names, also from inside the container."""
    first = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip()
    return "localhost" if first in ("", "*") else f"x{first}" if first.startswith(".") else first


def alive() -> None:
    """The file that workers, relay and beat touch while they turn (spelunker/alive.py)."""
    try:
        age = time.time() - os.stat(os.environ["SPELUNKER_ALIVE_FILE"]).st_mtime
    except FileNotFoundError as error:
        raise Unwell("it has not said that it is ready yet") from error
    if age > SILENT_SECONDS:
        raise Unwell(f"it has been silent for {age:.0f} s")


CHECKS = {"web": web, "alive": alive, "flower": flower}


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
