"""Twenty people click at once: one job, and nineteen are told that it is running."""

import re
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
import requests

from tests.chaos.batches import Batch
from tests.chaos.checks import survived
from tests.chaos.model import Model
from tests.chaos.size import FULL
from tests.chaos.stack import PASSWORD, Stack
from tests.servers.process import free_port

pytestmark = [pytest.mark.chaos, pytest.mark.slow]
CLICKS = 20
ROUNDS = 5 if FULL else 1
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture
def site(stack: Stack) -> Iterator[str]:
    """The address of a web server of the installation."""
    port = free_port()
    stack.tell("start", name=f"web:{port}")
    address = f"http://127.0.0.1:{port}"
    stack.wait(lambda: _answers(address), 60, "a page answers")
    yield address
    stack.tell("stop", name="web")


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/healthz", timeout=2).ok
    except requests.RequestException:
        return False


def signed_in(site: str) -> tuple[requests.Session, str]:
    """A browser that alice has signed in with, and its token for forms."""
    browser = requests.Session()
    token = TOKEN.findall(browser.get(f"{site}/login/", timeout=10).text)[0]
    form = {"username": "alice", "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = browser.post(f"{site}/login/", form, headers={"Referer": site}, timeout=30)
    assert answer.ok and "/login" not in answer.url, answer.text[-500:]
    return browser, browser.cookies["csrftoken"]


def test_twenty_simultaneous_clicks_start_one_job(stack: Stack, model: Model, site: str) -> None:
    browser, token = signed_in(site)
    chat = stack.tell("served_model", base_url=model.base_url, concurrency=4)
    batches: list[Batch] = []
    for number in range(ROUNDS):
        tag = f"click{number}x0"
        rfp = stack.tell("rfp", tag=tag, questions=30)
        codes, texts = at_once(browser, f"{site}/rfps/{rfp}/draft/", token, chat)
        jobs = stack.query("SELECT job_ptr_id FROM rfp_manager_rfpbatchjob WHERE rfp_id = %s", rfp)
        assert len(jobs) == 1
        assert codes[400] == CLICKS - 1 and codes.total() == CLICKS, codes
        assert sum("already running" in text for text in texts) == CLICKS - 1
        batch = Batch(tag, rfp, jobs[0][0], 30)
        batches.append(batch)
    survived(f"{CLICKS} simultaneous clicks", stack, model, batches, [], blows=ROUNDS)


def at_once(
    browser: requests.Session, address: str, token: str, chat: int
) -> tuple[Counter[int], list[str]]:
    """So many clicks that start together: how often each status came, and the refusals."""
    answers: list[requests.Response] = []
    barrier = threading.Barrier(CLICKS)
    headers = {"Referer": address, "Cookie": _cookies(browser)}

    def click() -> None:
        barrier.wait()
        form = {"csrfmiddlewaretoken": token, "model": str(chat)}
        answers.append(
            requests.post(address, form, headers=headers, timeout=60, allow_redirects=False)
        )

    threads = [threading.Thread(target=click) for _ in range(CLICKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [answer.text for answer in answers if answer.status_code == 400]
    return Counter(answer.status_code for answer in answers), refused


def _cookies(browser: requests.Session) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
