"""A real HTTP server that speaks OpenAI's and Anthropic's wire formats and fails on request.

`FakeLLM.script` holds what the next requests get, one each; when it is empty, requests get a
proper reply: `answer` makes the JSON object of a chat, vectors come from the texts' words.
"""

import gzip
import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

Reply = Callable[["Handler"], None]
Answer = Callable[[str], dict[str, Any]]
MODELS = ["small-chat", "text-embed-small", "rerank-1"]
DIMENSIONS = 384


class Handler(BaseHTTPRequestHandler):
    server: "Server"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("content-length") or 0)))

    def _serve(self, body: bytes) -> None:
        fake = self.server.fake
        self.asked = json.loads(body) if body else {}
        fake.log(self.path, dict(self.headers.items()), self.asked)
        reply = fake.next_reply()
        try:
            reply(self)
        except OSError:
            self.close_connection = True  # the client has hung up, as it should

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
        handler.send_json(model_list())
    elif path.endswith("/embeddings"):
        handler.send_json(vectors_of(handler.asked["input"]))
    elif path.endswith("/chat/completions"):
        data = handler.server.fake.answer(handler.asked["messages"][1]["content"])
        handler.send_json(completion(json.dumps(data)))
    elif path.endswith("/messages"):
        data = handler.server.fake.answer(handler.asked["messages"][0]["content"])
        block = {"type": "tool_use", "id": "t", "name": "reply", "input": data}
        handler.send_json(message([block]))
    else:
        handler.send_json({"error": {"message": "no such path"}}, 404)


def model_list() -> dict[str, Any]:
    data = [
        {"id": m, "object": "model", "type": "model", "display_name": m.title(), "created": 1,
         "created_at": "2026-01-01T00:00:00Z", "owned_by": "us"} for m in MODELS
    ]  # fmt: skip
    return {"object": "list", "data": data, "has_more": False, "first_id": None, "last_id": None}


def completion(content: str | None, *, finish: str = "stop", **message: Any) -> dict[str, Any]:
    choice = {"role": "assistant", "content": content} | message
    return {
        "id": "c", "object": "chat.completion", "created": 1, "model": "small-chat",
        "choices": [{"index": 0, "finish_reason": finish, "message": choice}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100,
                  "prompt_tokens_details": {"cached_tokens": 600}},
    }  # fmt: skip


def message(content: list[dict[str, Any]], *, stop: str = "tool_use") -> dict[str, Any]:
    return {
        "id": "m", "type": "message", "role": "assistant", "model": "small-chat",
        "content": content, "stop_reason": stop, "stop_sequence": None,
        "usage": {"input_tokens": 400, "output_tokens": 100, "cache_read_input_tokens": 500,
                  "cache_creation_input_tokens": 100},
    }  # fmt: skip


def vectors_of(texts: list[str], rows: list[list[float]] | None = None) -> dict[str, Any]:
    """Vectors in which texts that share words are near, not of length 1, last text first."""
    rows = rows if rows is not None else [word_vector(text) for text in texts]
    data = [{"object": "embedding", "index": n, "embedding": row} for n, row in enumerate(rows)]
    return {
        "object": "list", "model": "text-embed-small", "data": data[::-1],
        "usage": {"prompt_tokens": 7 * len(texts), "total_tokens": 7 * len(texts)},
    }  # fmt: skip


def word_vector(text: str) -> list[float]:
    vector = np.full(DIMENSIONS, 0.01)
    for word in re.findall(r"\w+", text.lower()):
        vector[int.from_bytes(word.encode()[:8], "big") % DIMENSIONS] += 3.0
    return [float(x) for x in vector]


# -- faults ------------------------------------------------------------------------------
def status(code: int, error: dict[str, Any] | str | None = None, **headers: str) -> Reply:
    """An error in both providers' form; `retry_after="3"` becomes the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"type": "error", "error": error or {"type": "api_error", "message": "no"}}
    return lambda handler: handler.send_json(body, code, named)


def body(data: Any) -> Reply:
    """200 with this JSON (or these bytes)."""
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return lambda handler: handler.send(200, content)


def redirect(handler: Handler) -> None:
    handler.send(307, b"", {"location": f"{handler.server.fake.host}/elsewhere/v1/models"})


def html_page(handler: Handler) -> None:
    handler.send(200, b"<html><body>Sign in</body></html>", {"content-type": "text/html"})


def truncated(handler: Handler) -> None:
    whole = json.dumps(completion("{}")).encode()
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


def drip(handler: Handler) -> None:
    """A byte now and then, each within the read timeout, and never an end."""
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", "100000")
    handler.end_headers()
    closing = handler.server.fake.closing
    while not closing.wait(0.03):
        handler.wfile.write(b" ")
        handler.wfile.flush()
    handler.close_connection = True


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
