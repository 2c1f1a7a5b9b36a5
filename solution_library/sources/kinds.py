"""Which files are documents, judged by what a server or a file name says.

This only decides what to fetch and keep; the parser looks at the content itself.
"""

import re
from urllib.parse import unquote

from solution_library.parsing.endings import CANONICAL

ENDINGS = CANONICAL
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."

BY_MEDIA_TYPE = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "application/x-pdf": ".pdf",
    f"{_OFFICE}wordprocessingml.document": ".docx",
    f"{_OFFICE}presentationml.presentation": ".pptx",
    f"{_OFFICE}presentationml.slideshow": ".pptx",
    f"{_OFFICE}spreadsheetml.sheet": ".xlsx",
    "application/vnd.ms-excel.sheet.macroenabled.12": ".xlsx",
    f"{_OPEN}text": ".odt",
    f"{_OPEN}spreadsheet": ".ods",
    f"{_OPEN}presentation": ".odp",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "text/csv": ".csv",
    "text/tab-separated-values": ".csv",
    "message/rfc822": ".eml",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/plain": ".txt",
    "text/x-rst": ".rst",
    "text/prs.fallenstein.rst": ".rst",
}
# Links to these are not worth a request; anything unlisted is asked for its type.
NEVER_DOCUMENTS = frozenset(
    {
        ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".ico", ".bmp", ".tif", ".tiff",
        ".css", ".js", ".mjs", ".map", ".json", ".xml", ".rss", ".atom", ".zip", ".gz",
        ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".jar", ".war", ".exe", ".msi",
        ".dmg", ".deb", ".rpm", ".apk", ".iso", ".img", ".bin", ".woff", ".woff2", ".ttf",
        ".otf", ".eot", ".mp3", ".mp4", ".m4a", ".m4v", ".avi", ".mov", ".mkv", ".webm",
        ".ogg", ".ogv", ".wav", ".flac", ".swf", ".whl", ".asc", ".sig", ".sha256", ".md5",
        ".torrent",
    }
)  # fmt: skip
# Media types of servers that do not know; the address decides then.
VAGUE = {"", "application/octet-stream", "binary/octet-stream", "text/plain", "application/zip"}

_UNSAFE = re.compile(r"[^\w.()+ -]|[\x00-\x1f]")


def ending_of(path: str) -> str:
    """Lower case with its dot, or "" where there is none."""
    name = path.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if dot and stem and len(ending) <= 10 else ""


def document_ending(content_type: str, path: str, body: bytes) -> str | None:
    """The ending to store a web document under; None if it is no kind that we read."""
    media_type = content_type.partition(";")[0].strip().lower()
    named = ENDINGS.get(ending_of(path))
    if media_type in VAGUE:
        return named or BY_MEDIA_TYPE.get(media_type) or _looks_like(body)
    return BY_MEDIA_TYPE.get(media_type)


def _looks_like(body: bytes) -> str | None:
    start = body[:1024].lstrip().lower()
    if start.startswith(b"%pdf-"):
        return ".pdf"
    if start.startswith(b"{\\rtf"):
        return ".rtf"
    return ".html" if start.startswith((b"<!doctype html", b"<html")) else None


def file_name(path: str, ending: str) -> str:
    """A tame file name for the last part of a web path."""
    name = unquote(path.rstrip("/").rpartition("/")[2]) or "index"
    name = _UNSAFE.sub("_", name).strip(". ")[:120] or "document"
    if ENDINGS.get(ending_of(name)) == ending:
        return name
    return name + ending


def title_of(filename: str) -> str:
    """For documents that do not name themselves: `access-control.md` -> `access control`."""
    stem = filename[: len(filename) - len(ending_of(filename))]
    return re.sub(r"[-_\s]+", " ", stem).strip() or filename
