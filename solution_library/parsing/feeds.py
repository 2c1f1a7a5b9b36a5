"""Reads an RSS or Atom feed. Runs in the throw-away child: any XML may be hostile."""

import io
from pathlib import Path
from typing import Any

import feedparser

from solution_library.parsing.errors import Refusal

MAX_ENTRIES = 2_000
MAX_TEXT = 2_000_000
MAX_FIELD = 4_000


def read(path: Path, address: str) -> dict[str, Any]:
    """The title of the feed and its entries, with whole links. Raises Refusal if it is none."""
    body = path.read_bytes()
    start = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise Refusal("This is a web page and not a feed.")
    headers = {"content-location": address, "content-type": "application/xml"}
    # A stream: a text could be taken for an address or for the name of a file.
    found = feedparser.parse(io.BytesIO(body), response_headers=headers)
    if not found.get("version") and not found.entries:
        raise Refusal("This is not a readable RSS or Atom feed.")
    entries = [_entry(entry) for entry in found.entries[:MAX_ENTRIES]]
    return {"title": _text(found.feed.get("title")), "entries": entries,
            "beyond": max(0, len(found.entries) - MAX_ENTRIES)}  # fmt: skip


def _entry(entry: Any) -> dict[str, str]:
    return {
        "link": _text(entry.get("link")),
        "id": _text(entry.get("id")),
        "title": _text(entry.get("title")),
        "html": _whole_text(entry),
    }


def _whole_text(entry: Any) -> str:
    """What the feed itself carries of the entry beyond a summary."""
    texts = [str(part.get("value", "")) for part in entry.get("content", [])]
    return max(texts, key=len, default="")[:MAX_TEXT]


def _text(value: Any) -> str:
    return str(value or "").strip()[:MAX_FIELD]
