"""Somebody with a browser, without the browser: signs in, opens pages, sends forms."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import lxml.html
import requests

PATIENCE_SECONDS = 60
JSON = {"Accept": "application/json"}


class SoakFailed(Exception):
    """An answer was not what it should be; the message says which."""


@dataclass
class Book:
    """What all visitors have met: milliseconds by kind of request, and what went wrong."""

    milliseconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def took(self, kind: str, milliseconds: float) -> None:
        with self._lock:
            self.milliseconds[kind].append(milliseconds)

    def wrong(self, text: str) -> None:
        with self._lock:
            self.errors.append(f"{time.strftime('%H:%M:%S')} {text}"[:500])

    def finished(self, what: str) -> None:
        with self._lock:
            self.done[what] += 1


@dataclass
class Visitor:
    """One session. Every request is timed under `kind`; a status of 400 or more is an error."""

    base_url: str
    book: Book
    session: requests.Session = field(default_factory=requests.Session)

    def sign_in(self, name: str, password: str) -> None:
        """Through whichever form asks for a password. Raises SoakFailed."""
        page = self.session.get(self.url("/"), timeout=PATIENCE_SECONDS)
        form = next((one for one in _forms(page) if _password_field(one) is not None), None)
        if form is None:
            raise SoakFailed(f"{page.url} has no form that asks for a password")
        values = dict(form.form_values())
        values[_name_field(form)] = name
        values[str(_password_field(form))] = password
        answer = self._send(urljoin(page.url, form.action or page.url), values, referer=page.url)
        if any(_password_field(one) is not None for one in _forms(answer)):
            raise SoakFailed(f"{name} was not let in: {answer.status_code} at {answer.url}")

    def get(self, path: str, kind: str, **query: str) -> requests.Response:
        with self._timed(kind, path):
            return self._checked(self._fetch(path, params=query))

    def json(self, path: str, kind: str) -> Any:
        with self._timed(kind, path):
            return self._checked(self._fetch(path, headers=JSON)).json()

    def post(
        self, path: str, kind: str, values: dict[str, str] | None = None,
        files: list[tuple[str, tuple[str, bytes]]] | None = None, *, as_json: bool = False,
    ) -> requests.Response:  # fmt: skip
        data = {"csrfmiddlewaretoken": self._token(), **(values or {})}
        with self._timed(kind, path):
            return self._checked(self._send(self.url(path), data, files, as_json=as_json))

    def url(self, path: str) -> str:
        return urljoin(self.base_url, path)

    def _fetch(self, path: str, **options: Any) -> requests.Response:
        """Again on a new connection, as browsers do, when the server has closed the kept one at
        the very moment that it was used."""
        options["timeout"] = PATIENCE_SECONDS
        try:
            return self.session.get(self.url(path), **options)
        except requests.ConnectionError as error:
            if "reset by peer" not in str(error) and "RemoteDisconnected" not in str(error):
                raise
            self.book.finished("requests sent again after a kept connection was closed")
            return self.session.get(self.url(path), **options)

    def _send(
        self, url: str, data: dict[str, Any], files: Any = None, *, referer: str = "",
        as_json: bool = False,
    ) -> requests.Response:  # fmt: skip
        headers = {"Referer": referer or url, **(JSON if as_json else {})}
        return self.session.post(
            url, data=data, files=files, headers=headers, timeout=PATIENCE_SECONDS
        )

    def _token(self) -> str:
        cookies = {cookie.name: cookie.value or "" for cookie in self.session.cookies}
        return next((value for name, value in cookies.items() if "csrf" in name.lower()), "")

    def _checked(self, answer: requests.Response) -> requests.Response:
        if answer.status_code >= 400:
            raise SoakFailed(f"{answer.status_code} for {answer.request.method} {answer.url}")
        if any(_password_field(form) is not None for form in _forms(answer)):
            raise SoakFailed(f"{answer.request.method} {answer.url} asks to sign in again")
        return answer

    @contextmanager
    def _timed(self, kind: str, path: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        except requests.RequestException as error:
            raise SoakFailed(f"{path}: {type(error).__name__}: {error}") from error
        finally:
            self.book.took(kind, 1000 * (time.perf_counter() - started))


def links(answer: requests.Response, part: str) -> list[str]:
    """Addresses on this page that contain `part`, each once."""
    if "html" not in answer.headers.get("Content-Type", "") or not answer.text.strip():
        return []
    found = lxml.html.fromstring(answer.text).xpath("//a/@href")
    return sorted({str(href) for href in found if part in str(href)})


def _forms(answer: requests.Response) -> list[Any]:
    if "html" not in answer.headers.get("Content-Type", "") or not answer.text.strip():
        return []
    return list(lxml.html.fromstring(answer.text).forms)


def _password_field(form: Any) -> str | None:
    """The name of the field of a form that signs somebody in."""
    fields = form.xpath(".//input[@type='password' and @autocomplete='current-password']/@name")
    return str(fields[0]) if fields else None


def _name_field(form: Any) -> str:
    fields = form.xpath(".//input[@type='text' or @type='email' or not(@type)]/@name")
    if not fields:
        raise SoakFailed("the sign-in form asks for no name")
    return str(fields[0])
