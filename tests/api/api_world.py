"""A program with a token, as the tests of the API see it. Whatever it is answered is held against
the description of the API."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import resolve
from django.utils import timezone
from jsonschema import Draft202012Validator

from accounts.scopes import ALL
from accounts.tokens import make_token
from api.v1 import described

BASE = "/api/v1"
#: The operations that were answered with success since the set was emptied.
ANSWERED: set[str] = set()


@dataclass
class Program:
    """Asks the API with a token. No session, no CSRF token, as a program is."""

    token: str

    def ask(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        url = path if path.startswith("/api/") else BASE + path
        sent: dict[str, Any] = {"headers": self._headers(headers)}
        if data is not None:
            body = data if isinstance(data, bytes) else json.dumps(data).encode()
            sent |= {"data": body, "content_type": "application/json"}
        return self._checked(method, url, _client().generic(method, url, **sent))

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        return self.ask("POST", path, data, **headers)

    def upload(self, path: str, form: dict[str, Any], **headers: str) -> Any:
        response = _client().post(BASE + path, form, headers=self._headers(headers))
        return self._checked("POST", BASE + path, response)

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return sent | {name.replace("_", "-"): value for name, value in headers.items()}

    def _checked(self, method: str, url: str, response: Any) -> Any:
        endpoint = endpoint_of(method, url)
        if endpoint is not None:
            check(endpoint, response)
            if response.status_code < 300:
                ANSWERED.add(endpoint["operationId"])
        return response


def _client() -> Client:
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def endpoint_of(method: str, url: str) -> dict[str, Any] | None:
    """What the description says of this address; None where it is no endpoint."""
    route = resolve(url.partition("?")[0]).route
    path = "/" + re.sub(r"<int:(\w+)>", r"{\1}", route)
    return described()["paths"].get(path, {}).get(method.lower())  # type: ignore[no-any-return]


def check(endpoint: dict[str, Any], response: Any) -> None:
    """The status is one that the description names, and the body is what it says."""
    name = endpoint["operationId"]
    if response.status_code == 304:
        return
    promised = endpoint["responses"].get(str(response.status_code))
    if promised is None:
        assert response.status_code == 405, f"{name}: {response.status_code}"
        assert response["Content-Type"] == "application/problem+json"
        return
    media = response.get("Content-Type", "").partition(";")[0]
    schema = promised.get("content", {}).get(media, {}).get("schema")
    if media.endswith("json"):
        assert schema is not None, f"{name} answered {response.status_code} as {media}"
        validate(schema, response.json())


def validate(schema: dict[str, Any], found: Any) -> None:
    whole = {**schema, "components": described()["components"]}
    problems = [
        f"{list(e.path)}: {e.message}" for e in Draft202012Validator(whole).iter_errors(found)
    ]
    assert problems == []


def program_of(user: Any, *scopes: str) -> Program:
    """With every scope unless some are named."""
    end = timezone.now() + timedelta(days=1)
    return Program(make_token(user, name="test", scopes=scopes or ALL, expires_at=end)[1])
