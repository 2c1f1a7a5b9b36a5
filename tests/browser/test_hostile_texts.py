"""Whatever people, documents and models have written: nothing of it runs in a browser, and no page
asks another host. Every free text in the database is hostile here, and every kind of page is seen."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import deque
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from tests.browser.planting import PAYLOADS  # noqa: E402
from tests.browser.stack import ROOT  # noqa: E402

#: What a payload calls if it ever runs.
CANARY = "window.__ran = () => console.error('A TEXT HAS RUN');"
START = ("/", "/rfps/", "/rfps/mine/", "/library/", "/library/answers/", "/library/tags/",
         "/library/collections/", "/library/sources/", "/jobs/", "/jobs/notifications/", "/jobs/files/",
         "/models/", "/models/usage/", "/models/budgets/", "/audit/", "/rfps/commitments/",
         "/rfps/evaluations/sets/", "/library/search/?q=%22%3E%3Cimg%20src%3Dx%20onerror%3D__ran()%3E",
         "/library/?q=%3Cscript%3E__ran()%3C/script%3E", "/audit/?who=%22%3E%3Csvg/onload=__ran()%3E",
         "/library/search/?q=backups%20encrypted", "/admin/", "/admin/jobs/job/",
         "/admin/solution_library/document/", "/admin/rfp_manager/rfp/")  # fmt: skip
LEFT_OUT = re.compile(r"/logout|/login|/password|/file|/original|csv|/download|/delete|/api/|/docs")
MOST_PAGES = 110
LINKS = "[...document.querySelectorAll('a[href^=\"/\"]')].map((a) => a.getAttribute('href'))"
OPEN = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"


@pytest.fixture(scope="module")
def planted(stack: Any) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "tests.browser.planting"], cwd=ROOT, env=stack.environment(),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return int(done.stdout.split()[-1])


def kind_of(address: str) -> str:
    """Pages that differ in their objects only are of one kind."""
    return re.sub(r"\d+", "N", address.partition("#")[0].partition("?")[0])


def test_no_text_acts_in_a_browser_and_no_page_asks_another_host(
    planted: int, open_page: Any, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)
    page.context.add_init_script(CANARY)
    page.watch.expect("Failed to load resource")  # a page may say that something is not there
    waiting, seen, texts = deque(START), set(map(kind_of, START)), 0
    visited = 0
    while waiting and visited < MOST_PAGES:
        answer = page.goto(waiting.popleft())
        visited += 1
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        page.evaluate(OPEN)
        body = page.content()
        texts += body.count("__ran()")
        for link in page.evaluate(LINKS):
            if kind_of(link) not in seen and not LEFT_OUT.search(link):
                seen.add(kind_of(link))
                waiting.append(link)
        assert page.watch.problems == [], page.url
    print(f"{planted} hostile texts, {visited} pages, {texts} of them shown")
    assert planted > 60 and visited > 50 and texts > 200


def test_the_watch_would_have_seen_it(open_page: Any, signed_in: Any) -> None:
    """The payloads do run, and are seen to, where nothing stops them."""
    page = open_page(storage_state=signed_in, bypass_csp=True)
    page.context.add_init_script(CANARY)
    page.goto("/jobs/")
    page.evaluate(
        "text => { document.body.innerHTML = text; }",
        PAYLOADS[0].replace("off.test", "off.invalid"),
    )
    page.wait_for_timeout(300)
    problems, page.watch.problems[:] = list(page.watch.problems), []
    assert any("HAS RUN" in problem for problem in problems)
    assert any("another host" in problem for problem in problems)
