"""Reads a web page for its title and links, without building a tree.

A hostile page can make any tree builder slow; a stream of tags only has to be counted,
and is given up when it is nested deeper than any real page.
"""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from lxml import etree

from solution_library.fetching import FetchRefused, Target, join_target
from solution_library.sources.robots import AGENT

MAX_HTML = 5_000_000
MAX_DEPTH = 500
MAX_LINKS = 2_000
# A page with a password field and hardly any text is a sign-in page, not documentation.
SIGN_IN_TEXT = 1_500
TRACKING = re.compile(
    r"utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|sid|session_?id|phpsessid|jsessionid"
)
FEED_TYPES = {"application/rss+xml", "application/atom+xml"}
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|sid)=[^/;]*", re.I)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_REFRESH = re.compile(r"\s*[\d.]+\s*[;,]\s*url\s*=\s*['\"]?([^'\"]+)", re.I)
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]{1,40})", re.I)


@dataclass
class Page:
    title: str = ""
    links: list[str] = field(default_factory=list)
    base: str | None = None
    canonical: str | None = None
    feeds: list[str] = field(default_factory=list)
    is_sign_in: bool = False
    #: Its owner asks that it be in no index.
    is_unlisted: bool = False
    complete: bool = True


class _TooDeep(Exception):
    pass


class _Reader:
    """The parser target: called for each tag and each run of text."""

    def __init__(self) -> None:
        self.page = Page()
        self.follow = True
        self.has_password = False
        self.text_length = 0
        self._depth = 0
        self._open: list[str] = []
        self._title: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _TooDeep
        if tag in {"title", "script", "style"}:
            self._open.append(tag)
        elif tag in {"a", "area"}:
            self._link(attributes.get("href"), attributes.get("rel", ""))
        elif tag in {"frame", "iframe"}:
            self._link(attributes.get("src"), "")
        elif tag == "link":
            self._relation(attributes)
        elif tag in {"base", "meta", "input"}:
            self._other(tag, attributes)

    def _other(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "base":
            self.page.base = self.page.base or attributes.get("href")
        elif tag == "input":
            self.has_password |= attributes.get("type", "").lower() == "password"
        elif attributes.get("name", "").lower() in {"robots", AGENT}:
            self._robots(attributes.get("content", ""))
        elif attributes.get("http-equiv", "").lower() == "refresh":
            match = _REFRESH.match(attributes.get("content", ""))
            self._link(match[1] if match else None, "")

    def _robots(self, content: str) -> None:
        follow, listed = page_rules(content)
        self.follow &= follow
        self.page.is_unlisted |= not listed

    def _relation(self, attributes: dict[str, str]) -> None:
        """The same page in other languages and the next one are pages too."""
        names, href = attributes.get("rel", "").lower().split(), attributes.get("href")
        if "canonical" in names:
            self.page.canonical = self.page.canonical or href
        elif "next" in names or ("alternate" in names and attributes.get("hreflang")):
            self._link(href, "")
        elif "alternate" in names and href and attributes.get("type", "").lower() in FEED_TYPES:
            self.page.feeds = [*self.page.feeds, href][:10]

    def _link(self, href: str | None, rel: str) -> None:
        if href and "nofollow" not in rel.lower() and len(self.page.links) < MAX_LINKS * 2:
            self.page.links.append(href)

    def end(self, tag: str) -> None:
        self._depth -= 1
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def data(self, text: str) -> None:
        if not self._open:
            self.text_length += len(text.strip())
        elif self._open[-1] == "title" and len(self._title) < 100:
            self._title.append(text)

    def close(self) -> Page:
        page = self.page
        page.title = " ".join("".join(self._title).split())[:300]
        page.is_sign_in = self.has_password and self.text_length < SIGN_IN_TEXT
        page.links = page.links if self.follow else []
        return page


def page_rules(content: str) -> tuple[bool, bool]:
    """Whether links may be followed and the page be listed, by a robots meta tag or header. A
    header may be about one crawler only ("otherbot: noindex")."""
    agent, colon, rules = content.lower().partition(":")
    if colon and agent.strip() != AGENT:
        return True, True
    words = {word.strip() for word in (rules if colon else agent).split(",")}
    return not words & {"nofollow", "none"}, not words & {"noindex", "none"}


def read_page(body: bytes, content_type: str) -> Page:
    """Never raises: a page that cannot be read has the links found so far."""
    reader = _Reader()
    try:
        target: Any = reader
        parser = etree.HTMLParser(target=target, encoding=_encoding(body, content_type))
        for start in range(0, min(len(body), MAX_HTML), 32_768):
            parser.feed(body[start : start + 32_768])
        parser.close()
    except (_TooDeep, etree.LxmlError, ValueError, AssertionError):
        page = reader.close()
        page.complete = False
        return page
    return reader.close()


def _encoding(body: bytes, content_type: str) -> str | None:
    match = _CHARSET.search(content_type) or _CHARSET.search(body[:2048].decode("latin-1"))
    name = match[1] if match else "utf-8"
    try:
        etree.HTMLParser(encoding=name)
        if name.lower() in {"utf-8", "utf8"}:
            body[:MAX_HTML].decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        # Cut in the middle of a character at the end is still UTF-8.
        return name if error.start > MAX_HTML - 4 else "windows-1252"
    except LookupError:
        return None
    return name


def page_links(page: Page, at: Target) -> tuple[Target, ...]:
    """Absolute, normalised, without doubles, in the order of the page."""
    base = at
    if page.base:
        base = _joined(at, page.base) or at
    found = (_joined(base, href) for href in page.links)
    unique = {target.url: target for target in found if target is not None}
    return tuple(unique.values())[:MAX_LINKS]


def feeds_of(body: bytes, at: Target) -> list[Target]:
    """The feeds that a web page names."""
    page = read_page(body, "")
    base = (_joined(at, page.base) if page.base else None) or at
    return [found for href in page.feeds if (found := _joined(base, href)) is not None]


def canonical_of(page: Page, at: Target) -> Target:
    """The address that the page calls its own, if it is another spelling of the same; else `at`.
    Many sites name their front page on every page, which must not swallow the others."""
    base = (_joined(at, page.base) if page.base else None) or at
    named = _joined(base, page.canonical) if page.canonical else None
    if named is None or named.site.removeprefix("www.") != at.site.removeprefix("www."):
        return at
    same = named.query == at.query and _bare_path(named) == _bare_path(at)
    return named if same else at


def _bare_path(target: Target) -> str:
    path = re.sub(r"/(?:index|default)\.\w{2,5}$", "/", target.path.casefold())
    return path.rstrip("/")


def _joined(base: Target, href: str) -> Target | None:
    # Browsers drop line breaks and tabs inside a link.
    cleaned = re.sub(r"[\t\r\n]", "", href).partition("#")[0]
    if not cleaned.strip():
        return None
    try:
        return normalised(join_target(base, cleaned))
    except FetchRefused:
        return None


def normalised(target: Target) -> Target:
    """One spelling for addresses that mean the same page: session and tracking parameters
    removed, the others in order, escapes in one style."""
    pairs = parse_qsl(target.query.removeprefix("?"), keep_blank_values=True, max_num_fields=None)
    kept = sorted(pair for pair in pairs if not TRACKING.fullmatch(pair[0].lower()))
    return Target(
        scheme=target.scheme,
        host=target.host,
        port=target.port,
        path=_ESCAPE.sub(_one_style, _SESSION_IN_PATH.sub("", target.path)),
        query="?" + urlencode(kept, quote_via=quote) if kept else "",
    )


def _one_style(match: re.Match[str]) -> str:
    letter = chr(int(match[1], 16))
    plain = letter.isascii() and (letter.isalnum() or letter in "-._~")
    return letter if plain else match[0].upper()
