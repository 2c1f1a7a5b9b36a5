"""Flower as it is deployed, asked by those who have no password and by those who have one."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
import requests

from tests.integration.conftest import Broker
from tests.integration.installation import Driver, Installation
from tests.servers.process import free_port

pytestmark = [pytest.mark.integration, pytest.mark.slow]
ACCOUNT = ("looker", "a-password-of-the-tests-only")
PAGES = ("/", "/workers", "/tasks", "/broker", "/api/workers", "/api/tasks", "/api/queues/length")
DEEDS = (
    "/api/worker/shutdown/nobody", "/api/worker/pool/grow/nobody", "/api/task/revoke/some-task",
    "/api/task/async-apply/jobs.canary",
)  # fmt: skip


@pytest.fixture(scope="module")
def flower(node: Broker, driver: Driver) -> Iterator[str]:
    node.start()
    installation, port = Installation(driver, node.url), free_port()
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        with suppress(requests.ConnectionError):
            return requests.get(f"{url}/healthcheck", timeout=10).ok
        return False

    try:
        command = ["-m", "celery", "-A", "spelunker", "flower", f"--port={port}"]
        settings = {"FLOWER_BASIC_AUTH": ":".join(ACCOUNT), "FLOWER_READ_ONLY": "true"}
        installation.start("flower", [*command, "--address=127.0.0.1"], **settings)
        installation.wait(answers, "Flower answers")
        yield url
    finally:
        installation.close()


@pytest.mark.parametrize("account", [None, ("looker", "guessed"), ("admin", "admin")])
def test_nobody_sees_or_does_anything_without_the_password(
    flower: str, account: tuple[str, str] | None
) -> None:
    foreign = {"Origin": "https://elsewhere.example"}
    seen = {requests.get(flower + page, auth=account, timeout=30).status_code for page in PAGES}
    done = {
        requests.post(flower + deed, auth=account, headers=foreign, timeout=30).status_code
        for deed in DEEDS
    }
    assert seen == {401} and done <= {401, 403}


def test_who_has_the_password_looks_and_changes_nothing(flower: str) -> None:
    assert requests.get(f"{flower}/workers", auth=ACCOUNT, timeout=30).status_code == 200
    done = {deed: requests.post(flower + deed, auth=ACCOUNT, timeout=30) for deed in DEEDS}
    assert {deed: answer.status_code for deed, answer in done.items()} == dict.fromkeys(DEEDS, 403)
