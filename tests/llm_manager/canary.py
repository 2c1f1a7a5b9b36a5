"""Looks for a secret everywhere that the product writes, shows or hands on."""

import base64
import html
import re
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

from tests.llm_manager.fake_llm import Handler, Reply

KEY = "sk-CANARY-5c1e7f3a9b24d680-QQWX"
#: Of a secret in any of its clothes.
SIGNS = (
    "CANARY", "5c1e7f3a9b24d680", base64.b64encode(KEY.encode()).decode()[:-4],
    base64.b64encode(f"x:{KEY}".encode()).decode()[4:-4], KEY.encode().hex(),
    KEY.replace("-", "%2D"),
)  # fmt: skip
LINK = re.compile(r"""(?:href|hx-get|action|src)\s*=\s*["']([^"'#]+)""")
#: Pages that differ in an id alone.
OF_A_KIND = 5
#: The address of leaving, and of what is no page.
NOT_FOLLOWED = ("/logout", "/static/", "/admin/logout", "/admin/jsi18n")


def sign_in(text: str | bytes) -> str:
    """The sign of the secret that a text holds, "" for none."""
    if isinstance(text, bytes):
        return next((sign for sign in SIGNS if sign.encode() in text), "")
    return next((sign for sign in SIGNS if sign in text), "")


def echoes(code: int) -> Reply:
    """An error that quotes the key wherever an answer has a place for words."""

    def reply(handler: Handler) -> None:
        key = key_of(handler)
        error = {"type": "error", "message": f"Incorrect API key provided: {key}", "code": key,
                 "status": key, "param": key}  # fmt: skip
        headers = {"x-request-id": key, "www-authenticate": f"Bearer {key}", "retry-after": "0"}
        handler.send_json({"type": "error", "error": error, "key": key}, code, headers)

    return reply


def echoes_as_an_answer(handler: Handler) -> None:
    """200, and nothing in it but the key: not the answer that was asked for."""
    handler.send_json(
        {"choices": key_of(handler), "content": key_of(handler), "data": [key_of(handler)]}
    )


def key_of(handler: Handler) -> str:
    given = handler.headers
    bearer = given.get("authorization", "").removeprefix("Bearer ")
    return str(given.get("x-api-key") or given.get("x-goog-api-key") or bearer)


def crawl(
    get: Callable[[str], tuple[int, bytes, str]], starts: Iterable[str], *, most: int = 600
) -> dict[str, bytes]:
    """Every page that links lead to, of each kind of query a few. `get` returns status, body and
    the address to go on to, "" for none."""
    waiting, found = deque(starts), dict[str, bytes]()
    met, kinds = set(waiting), dict[tuple[str, tuple[str, ...]], int]()
    while waiting and len(found) < most:
        address = waiting.popleft()
        status, body, onward = get(address)
        assert status < 500, f"{address} answers {status}"
        found[address] = body
        links = [onward] if onward else _links(body, address)
        for link in links:
            parts = urlsplit(link)
            kind = (re.sub(r"\d+", "N", parts.path), tuple(sorted(parse_qs(parts.query))))
            if link not in met and kinds.get(kind, 0) < OF_A_KIND:
                kinds[kind] = kinds.get(kind, 0) + 1
                met.add(link)
                waiting.append(link)
    assert len(found) < most, f"there are more pages: {sorted(kinds.items(), key=str)}"
    return found


def _links(body: bytes, address: str) -> list[str]:
    if body.lstrip()[:1] != b"<":
        return []
    found = []
    for raw in LINK.findall(body.decode(errors="replace")):
        link = urlsplit(urljoin(address, html.unescape(raw)))
        wanted = not link.netloc and link.scheme == "" and link.path.startswith("/")
        # Several filters at once show no more than each of them, and the admin's nothing new.
        one = len(parse_qs(link.query)) == 1 and not link.path.startswith("/admin/")
        query = link.query if one else ""
        if wanted and not link.path.startswith(NOT_FOLLOWED):
            found.append(link.path + (f"?{query}" if query else ""))
    return found


def in_files(folder: Path) -> list[str]:
    """Files that hold the secret, also inside of packed ones."""
    return [f"{path}: {sign}" for path in _files(folder) for sign in [_in_file(path)] if sign]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _in_file(path: Path) -> str:
    try:
        found = sign_in(path.read_bytes())
        if not found and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                found = "".join(sign_in(archive.read(name)) for name in archive.namelist())
    except FileNotFoundError:  # a running database tidies up
        return ""
    return found


#: Every row of every table as text, those of the broker in the database among them.
TABLES = """
SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables
WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
"""


def in_database(query: Callable[[str], list[tuple[str, ...]]]) -> list[str]:
    """Tables with a row that holds the secret. `query` runs a statement and returns its rows."""
    conditions = " OR ".join(f"r::text LIKE '%{sign}%'".replace("%2D", "_2D") for sign in SIGNS)
    tables = [table for (table,) in query(TABLES)]
    assert len(tables) > 30
    return [t for t in tables if query(f"SELECT 1 FROM {t} r WHERE {conditions} LIMIT 1")]
