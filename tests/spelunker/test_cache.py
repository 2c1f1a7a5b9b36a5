"""The cache as the settings configure it for Memcached: JSON on the wire, and it does answer."""

import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Memcached(socketserver.StreamRequestHandler):
    """The two commands of Memcached's protocol that the cache needs here."""

    stored: dict[bytes, tuple[bytes, bytes]] = {}

    def handle(self) -> None:
        while line := self.rfile.readline().split():
            if line[0] == b"set":
                value = self.rfile.read(int(line[4]) + 2)[:-2]
                self.stored[line[1]] = (line[2], value)
                self.wfile.write(b"STORED\r\n")
            elif line[0] == b"get":
                for key in line[1:]:
                    if key in self.stored:
                        flags, value = self.stored[key]
                        self.wfile.write(b"VALUE %s %s %d\r\n" % (key, flags, len(value)))
                        self.wfile.write(value + b"\r\n")
                self.wfile.write(b"END\r\n")


@pytest.fixture
def memcached() -> Iterator[str]:
    Memcached.stored = {}
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Memcached) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.contract("A31", "A33")
def test_what_is_put_into_memcached_comes_back_and_travels_as_json(memcached: str) -> None:
    program = (
        "import django; django.setup(); from django.core.cache import cache; "
        "cache.set('k', {'a': [1, 'é']}); cache.set('t', 'text'); "
        "assert cache.get('k') == {'a': [1, 'é']}; assert cache.get('t') == 'text'"
    )
    environment = {
        "PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "spelunker.settings",
        "SECRET_KEY": "s", "DATABASE_URL": "postgres://u@localhost/none",
        "CELERY_BROKER_URL": "memory://", "KVDB_LOCATION": memcached, "KVDB_PREFIX": "prefix",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    values = {value for _, value in Memcached.stored.values()}
    assert values == {b'{"a": [1, "\\u00e9"]}', b"text"}
    assert all(key.startswith(b"prefix:") for key in Memcached.stored)
