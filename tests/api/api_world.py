"""A program with a token, as the tests of the API see it."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.scopes import ALL
from accounts.tokens import make_token

BASE = "/api/v1"


@dataclass
class Program:
    """Asks the API with a token. No session, no CSRF token, as a program is."""

    token: str

    def ask(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        url = path if path.startswith("/api/") else BASE + path
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        if data is None:
            return client.generic(method, url, headers=sent)
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        return client.generic(method, url, body, content_type="application/json", headers=sent)

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        return self.ask("POST", path, data, **headers)

    def upload(self, path: str, form: dict[str, Any], **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {self.token}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        return client.post(BASE + path, form, headers=sent)


def program_of(user: Any, *scopes: str) -> Program:
    """With every scope unless some are named."""
    end = timezone.now() + timedelta(days=1)
    return Program(make_token(user, name="test", scopes=scopes or ALL, expires_at=end)[1])
