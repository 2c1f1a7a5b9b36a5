"""A real HTTP server that speaks OpenAI's, Anthropic's and Gemini's wire formats (fake_wire.py)
and fails on request.

`FakeLLM.script` holds what the next requests get, one each; when it is empty, requests get
`always`, or a proper reply: `answer` makes the JSON object of a chat, vectors come from the texts'
words. With `tokens = "real"` the tokens of an answer are counted from its texts; otherwise they
are always the same.
"""

import gzip
import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from tests.llm_manager import fake_wire as wire
from tests.llm_manager.fake_wire import (
    DIMENSIONS,
    MODELS,
    blocked,
    completion,
    generated,
    message,
    model_list,
    ranking_of,
    vectors_of,
    word_vector,
)

__all__ = [
    "DIMENSIONS", "MODELS", "FakeLLM", "Handler", "Reply", "blocked", "completion", "generated",
    "message", "model_list", "ranking_of", "vectors_of", "word_vector",
]  # fmt: skip
Reply = Callable[["Handler"], None]
Answer = Callable[[str], dict[str, Any]]


class Handler(BaseHTTPRequestHandler):
    server: "Server"
    asked: dict[str, Any]
    format: wire.Format
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("content-length") or 0)))

    def _serve(self, body: bytes) -> None:
        fake = self.server.fake
        self.asked = json.loads(body) if body else {}
        self.format = wire.format_of(self.path, dict(self.headers.items()))
        fake.log(self.path, dict(self.headers.items()), self.asked)
        reply = fake.next_reply()
        try:
            reply(self)
        except OSError:
            self.close_connection = True  # the client has hung up, as it should

    def count(self, written: str) -> wire.Count:
        if self.server.fake.tokens == "fixed":
            return None
        return wire.tokens_of(wire.all_text_in(self.asked)), wire.tokens_of(written)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        sent = {"content-type": "application/json", "content-length": str(len(body))}
        for name, value in (sent | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def send_json(self, data: Any, status: int = 200, headers: Any = None) -> None:
        self.send(status, json.dumps(data).encode(), headers)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: "FakeLLM"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the game."""


class FakeLLM:
    def __init__(self) -> None:
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self.forget()
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.fake = self

    def forget(self) -> None:
        """Be as new: for a server that many tests share. Whoever is kept waiting is let go."""
        self.closing.set()
        self.closing = threading.Event()
        self.script: deque[Reply] = deque()
        self.always: Reply | None = None
        self.answer: Answer = lambda prompt: {}
        self.tokens: Literal["fixed", "real"] = "fixed"
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def base_url(self, kind: str) -> str:
        return f"{self.host}/v1" if kind == "openai" else self.host

    def log(self, path: str, headers: dict[str, str], asked: dict[str, Any]) -> None:
        with self._lock:
            self.requests.append((path, headers, asked))

    def next_reply(self) -> Reply:
        with self._lock:
            return self.script.popleft() if self.script else self.always or properly

    @contextmanager
    def running(self) -> Iterator["FakeLLM"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.closing.set()
            self._server.shutdown()
            self._server.server_close()


# -- proper replies ----------------------------------------------------------------------
def properly(handler: Handler) -> None:
    path = handler.path.partition("?")[0]
    if path.endswith("/models"):
        handler.send_json(wire.gemini_list() if handler.format == "gemini" else model_list())
    elif path.endswith((":batchEmbedContents", ":embedContent")):
        handler.send_json(wire.gemini_vectors(handler.asked))
    elif path.endswith("/embeddings"):
        wanted = handler.asked.get("dimensions")
        handler.send_json(vectors_of(handler.asked["input"], dimensions=wanted))
    elif path.endswith("/rerank"):
        handler.send_json(ranking_of(handler.asked["query"], handler.asked["documents"]))
    elif path.endswith(("/chat/completions", "/messages", ":generateContent")):
        data = handler.server.fake.answer(wire.prompt_in(handler.format, handler.asked))
        handler.send_json(wire.answer_with(handler.format, data, handler.count(json.dumps(data))))
    else:
        handler.send_json({"error": {"message": "no such path"}}, 404)


# -- faults ------------------------------------------------------------------------------
def status(code: int, error: dict[str, Any] | str | None = None, **headers: str) -> Reply:
    """An error in the asked API's form. `retry_after="3"` becomes the header Retry-After, or
    what Gemini has in its place."""

    def reply(handler: Handler) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        in_body = None
        if handler.format == "gemini" and named.get("retry-after", "").isdigit():
            in_body = named.pop("retry-after")
        handler.send_json(wire.refusal(handler.format, code, error, in_body), code, named)

    return reply


def ending(finish: str, content: str | None = '{"answer": "Ye') -> Reply:
    """A chat's whole answer, ended by "stop", "length" or "filter", in the asked API's form."""
    return lambda handler: handler.send_json(wire.answer(handler.format, content, finish))


def body(data: Any) -> Reply:
    """200 with this JSON (or these bytes)."""
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return lambda handler: handler.send(200, content)


def redirect(handler: Handler) -> None:
    handler.send(307, b"", {"location": f"{handler.server.fake.host}/elsewhere/v1/models"})


def html_page(handler: Handler) -> None:
    handler.send(200, b"<html><body>Sign in</body></html>", {"content-type": "text/html"})


def truncated(handler: Handler) -> None:
    """An answer of HTTP that is whole, and JSON that is not."""
    whole = json.dumps(wire.answer(handler.format, "{}")).encode()
    handler.send(200, whole[: len(whole) // 2])


def ten_megabytes(handler: Handler) -> None:
    """Stops sending when the client hangs up; `sent` of the fake counts what it took."""
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", str(10 * 2**20))
    handler.end_headers()
    for _ in range(160):
        handler.wfile.write(b" " * 2**16)
    handler.close_connection = True


def packed_bomb(handler: Handler) -> None:
    """16 MB of blanks in 16 KB of gzip."""
    handler.send(200, gzip.compress(b" " * 2**24), {"content-encoding": "gzip"})


def cut(handler: Handler) -> None:
    """The connection ends in the middle of the answer."""
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"id": "c", ')
    handler.wfile.flush()
    handler.close_connection = True


def hang_up(handler: Handler) -> None:
    """Not one byte of an answer."""
    handler.close_connection = True


def silence(handler: Handler) -> None:
    """No first byte as long as the test runs."""
    handler.server.fake.closing.wait(30)
    handler.close_connection = True


def slow(seconds: float, then: Reply = properly) -> Reply:
    """A first byte that takes its time."""

    def reply(handler: Handler) -> None:
        if not handler.server.fake.closing.wait(seconds):
            then(handler)

    return reply


def drip(handler: Handler) -> None:
    """A byte now and then, each within the read timeout, and never an end."""
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", "100000")
    handler.end_headers()
    _drip(handler, b" ")


def header_drip(handler: Handler) -> None:
    """The same before the answer has begun: headers without an end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nx-patience: ")
    _drip(handler, b"a")


def _drip(handler: Handler, byte: bytes) -> None:
    closing = handler.server.fake.closing
    while not closing.wait(0.03):
        handler.wfile.write(byte)
        handler.wfile.flush()
    handler.close_connection = True


#: Every fault that an API is known for, by name. None of them lasts, but for "silence".
KNOWN_FAULTS: dict[str, Reply] = {
    "429": status(429, retry_after="1"),
    "529": status(529),
    "500": status(500),
    "401": status(401),
    "content filter": ending("filter", None),
    "cut stream": cut,
    "truncated JSON": truncated,
    "truncated answer": ending("length"),
    "empty answer": ending("stop", ""),
    "10 MB answer": ten_megabytes,
    "silence": silence,
    "slow first byte": slow(1.0),
}


def sometimes(every: int, faults: list[Reply]) -> Reply:
    """For `always`: every so-and-so-manieth request meets the next of the faults in turn."""
    met, lock = iter(range(1, 2**31)), threading.Lock()

    def reply(handler: Handler) -> None:
        with lock:
            number = next(met)
        turn, rest = divmod(number, every)
        (properly if rest else faults[turn % len(faults)])(handler)

    return reply


# -- a model that follows its prompt -----------------------------------------------------
PASSAGE = re.compile(r"<passage (\d+)>[^\n]*\n(.*?)\n</passage \1>", re.DOTALL)


def passages_in(prompt: str) -> list[tuple[int, str]]:
    return [(int(number), text) for number, text in PASSAGE.findall(prompt)]


def follows_the_prompt(prompt: str) -> dict[str, Any]:
    """Answers with the sentence that shares most words with the question, and cites it;
    reviews by looking for the answer in the passages."""
    if "\n\nAnswer: " in prompt:
        return _review(prompt)
    asked = set(re.findall(r"\w{4,}", prompt.rpartition("Question: ")[2].lower()))
    found = [
        (len(asked & set(re.findall(r"\w{4,}", sentence.lower()))), number, sentence)
        for number, text in passages_in(prompt)
        for sentence in re.findall(r"[A-Z][^.]*(?:\.\d[^.]*)*\.", text)
    ]
    shared, number, sentence = max(found, key=lambda f: f[0], default=(0, 0, ""))
    if shared < 2:
        return {"outcome": "no_evidence", "answer": "", "choice": None, "citations": [],
                "explanation": "The passages speak of other things."}  # fmt: skip
    return {
        "outcome": "answered", "answer": sentence, "choice": None, "explanation": "",
        "citations": [{"passage": number, "quote": sentence}],
    }  # fmt: skip


def _review(prompt: str) -> dict[str, Any]:
    answer = prompt.rpartition("\n\nAnswer: ")[2]
    held = any(answer.strip() in text for _, text in passages_in(prompt))
    verdict, score = ("supported", 1.0) if held else ("unsupported", 0.1)
    return {"verdict": verdict, "score": score, "comment": "Read.", "unsupported": []}
