"""The cache makes pages faster and is never needed: without it nobody is logged out."""

import base64
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.integration import actions
from tests.integration.installation import Installation
from tests.servers.memcached import Memcached

pytestmark = [pytest.mark.integration, pytest.mark.slow]


class Browser:
    """A person who is signed in."""

    def __init__(self, url: str, name: str, password: str) -> None:
        self.url, self._session = url, requests.Session()
        self._session.trust_env = False
        form = self._session.get(f"{url}/login/", timeout=10).text
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert found is not None
        data = {"username": name, "password": password, "csrfmiddlewaretoken": found[1]}
        self._session.post(f"{url}/login/", data=data, timeout=10)

    def get(self, path: str, **headers: str) -> requests.Response:
        return self._session.get(
            self.url + path, headers=headers, timeout=15, allow_redirects=False
        )

    @property
    def session_key(self) -> str:
        """Where Memcached has the session."""
        return f"spelunker:1:django.contrib.sessions.cached_db{self._session.cookies['sessionid']}"

    def is_signed_in(self) -> bool:
        """Whether a page that needs a login comes, and nothing else."""
        answer = self.get("/jobs/")
        assert answer.status_code in (200, 302), answer.text[:500]
        return answer.status_code == 200


@pytest.fixture
def served(on_pgmq: Installation, memcached: Memcached) -> Iterator[tuple[Installation, Browser]]:
    on_pgmq.relay()
    on_pgmq.worker()
    url = on_pgmq.web(KVDB_LOCATION=memcached.location)
    password = on_pgmq.do(actions.account, name="carol")
    yield on_pgmq, Browser(url, "carol", password)


def cache_check(browser: Browser) -> dict[str, Any]:
    check: dict[str, Any] = browser.get("/readyz").json()["checks"]["cache"]
    return check


@pytest.mark.contract("F33", "F35")
def stored_session(memcached: Memcached, browser: Browser) -> bytes:
    stored = memcached.stored(browser.session_key)
    assert stored is not None
    return stored[0]


@pytest.mark.contract("F33", "F35")
def test_pages_sessions_and_progress_outlive_a_killed_memcached(
    served: tuple[Installation, Browser], memcached: Memcached
) -> None:
    installation, carol = served
    assert carol.is_signed_in()
    assert json.loads(stored_session(memcached, carol))["_auth_user_id"]
    job = installation.do(actions.enqueue, task="batch", count=40, seconds=0.2, by="carol")
    memcached.kill()
    assert carol.is_signed_in()
    installation.wait(lambda: installation.job(job)["processed_items"] > 2, "it moves")
    shown = carol.get(f"/jobs/{job}/progress/", **{"HX-Request": "true"})
    assert shown.status_code == 200 and re.search(r"\d+ ?%", shown.text)
    assert carol.get(f"/jobs/{job}/").status_code == 200
    installation.wait(lambda: not cache_check(carol)["ok"], "/readyz tells")
    assert "nothing is lost" in cache_check(carol)["says"]
    memcached.start()
    installation.wait(lambda: cache_check(carol)["ok"], "/readyz tells")
    assert carol.is_signed_in()
    installation.done(job)


def test_a_memcached_that_hangs_only_makes_pages_slower(
    served: tuple[Installation, Browser], memcached: Memcached
) -> None:
    _, carol = served
    memcached.freeze()
    assert carol.is_signed_in()
    memcached.thaw()
    assert carol.is_signed_in()


class Bomb:
    """Whoever unpickles it makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return open, (str(self.marker), "w")


@pytest.mark.contract("A33")
def test_a_planted_pickle_is_not_unpickled(
    served: tuple[Installation, Browser], memcached: Memcached, tmp_path: Path
) -> None:
    _, carol = served
    assert carol.is_signed_in()
    marker = tmp_path / "unpickled"
    bomb = pickle.dumps(Bomb(marker))
    assert stored_session(memcached, carol)
    for flags in (0, 1, 2, 16):
        memcached.plant(carol.session_key, bomb, flags)
        # What cannot be read is as good as not there: the session comes from the database.
        assert carol.is_signed_in()
    assert not marker.exists()


def test_the_bomb_of_these_tests_does_go_off(tmp_path: Path) -> None:
    marker = tmp_path / "unpickled"
    bomb = base64.b64encode(pickle.dumps(Bomb(marker))).decode()
    program = f"import base64, pickle; pickle.loads(base64.b64decode({bomb!r}))"
    subprocess.run([sys.executable, "-c", program], check=True)
    assert marker.exists()
