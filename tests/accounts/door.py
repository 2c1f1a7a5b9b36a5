"""Signing in as a browser does it."""

from typing import Any

from django.test import Client


def sign_in(client: Client, name: str, password: str = "pw", address: str = "192.0.2.1") -> Any:
    form = {"username": name, "password": password}
    return client.post("/login/", form, REMOTE_ADDR=address)


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session
