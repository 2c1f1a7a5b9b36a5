"""Open progress tabs: each polls as the page tells it to, until it is told to stop.

Reads {"port", "path", "cookies"} from standard input, one tab per cookie. Prints "open" when all
pages are there, and in the end of every poll when it was asked, the milliseconds and the status.
A process of its own, so that it does not share an interpreter with what it measures.
"""

import asyncio
import html
import json
import re
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import urljoin

ELEMENT = re.compile(r"<[a-z][^>]*\bhx-get=\"[^>]*>")
EVERY = re.compile(r"\bhx-trigger=\"every ([\d.]+)(m?s)\b")
STOP_POLLING = 286
#: People do not open their tabs in the same instant. The pages are not what is measured.
PAGES_AT_ONCE = 4
PATIENCE_SECONDS = 30.0


@dataclass
class Poller:
    """An element of a page that polls: where, how often, and the tag of what it shows."""

    path: str
    seconds: float
    etag: str

    @classmethod
    def all_in(cls, page: str, url: str) -> "list[Poller]":
        """Those of a page or fragment; it had this URL."""
        found = []
        for element in ELEMENT.findall(page):
            if every := EVERY.search(element):
                path = urljoin(url, html.unescape(_attribute(element, "hx-get")))
                seconds = float(every[1]) / (1000 if every[2] == "ms" else 1)
                found.append(cls(path, seconds, html.unescape(_attribute(element, "data-etag"))))
        return found


def _attribute(element: str, name: str) -> str:
    found = re.search(rf"\b{name}=\"([^\"]*)\"", element)
    return found[1] if found else ""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Tab:
    """One browser tab: a session, a connection that is kept, and the polls it has made."""

    port: int
    cookie: str
    polls: list[tuple[float, float, int]] = field(default_factory=list)
    _wire: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def open(self, path: str, turn: asyncio.Semaphore) -> list["asyncio.Task[None]"]:
        """Load the page. Returns its polls, which are under way."""
        async with turn:
            page = await self.get(path)
        if page.status != 200:
            raise RuntimeError(f"{path}: {page.status}")
        pollers = [one for one in Poller.all_in(page.text, path) if "/progress" in one.path]
        if not pollers:
            raise RuntimeError(f"{path}: nothing on this page polls")
        return [asyncio.create_task(self._poll(one)) for one in pollers]

    async def _poll(self, poller: Poller) -> None:
        """As live.js does it: an answer says when to ask again, or else its contents do."""
        due = time.monotonic() + poller.seconds
        while True:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            asked = time.monotonic()
            answer = await self.get(poller.path, poller.etag)
            answered = time.monotonic()
            took = answered - asked
            self.polls.append((time.time() - took, took * 1000, answer.status))
            if answer.status == STOP_POLLING:
                return
            if answer.status == 200:
                fresh = Poller.all_in(answer.text, poller.path)
                if not fresh:
                    return
                poller = fresh[0]
                poller.etag = answer.headers.get("etag") or poller.etag
            due = answered + float(answer.headers.get("poll-after") or poller.seconds)

    async def get(self, path: str, etag: str | None = None) -> Answer:
        lines = [
            f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Cookie: {self.cookie}",
            "User-Agent: tab", "Accept: */*", "Accept-Encoding: gzip, deflate",
        ]  # fmt: skip
        if etag is not None:
            lines.append("HX-Request: true")
        if etag:
            lines.append(f"If-None-Match: {etag}")
        request = ("\r\n".join(lines) + "\r\n\r\n").encode()
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                return await self._ask(request)
            except (ConnectionError, asyncio.IncompleteReadError):
                self._wire = None  # the server had closed it, as it may when it was idle
                return await self._ask(request)

    async def _ask(self, request: bytes) -> Answer:
        if self._wire is None:
            self._wire = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._wire
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in head[1:] if line)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        status = int(head[0].split()[1])
        body = b"" if status in (204, 304) else await self._body(reader, headers)
        if headers.get("connection", "").lower() == "close":
            writer.close()
            self._wire = None
        return Answer(status, headers, body.decode())

    async def _body(self, reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
        if "content-length" in headers:
            return await reader.readexactly(int(headers["content-length"]))
        body = b""
        while size := int(await reader.readline(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
        return body


async def watch_all(port: int, path: str, cookies: list[str]) -> list[tuple[float, float, int]]:
    tabs, turn = [Tab(port, cookie) for cookie in cookies], asyncio.Semaphore(PAGES_AT_ONCE)
    polling = await asyncio.gather(*(tab.open(path, turn) for tab in tabs))
    print("open", flush=True)
    await asyncio.gather(*(task for tasks in polling for task in tasks))
    return [poll for tab in tabs for poll in tab.polls]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(watch_all(**json.load(sys.stdin)))))
