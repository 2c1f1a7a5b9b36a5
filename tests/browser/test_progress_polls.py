"""How often a page asks how far the work is: once for all of it, and never behind other tabs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect  # noqa: E402

from tests.browser.doing import create_rfp, draft_button, fill_library  # noqa: E402
from tests.browser.material import DOCUMENTS, LONG  # noqa: E402

#: A tab cannot be sent to the background here, so the document says that it is there.
PRETEND = """window.behind = false;
Object.defineProperty(document, "hidden", { get: () => window.behind });"""
SHOW_OR_HIDE = """(behind) => {
  window.behind = behind;
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_page_polls_all_its_work_by_one_request_and_rests_while_nobody_looks(
    page: Any, files: Path
) -> None:
    page.add_init_script(PRETEND)
    fill_library(page, files, DOCUMENTS)
    page.goto(create_rfp(page, files / "long.xlsx", "Watched tender"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.partition("?")[0]))
    draft_button(page).click()
    expect(page.locator("#jobs-poller")).to_have_count(1)
    with page.expect_response(lambda answer: answer.url.partition("?")[0].endswith("/progress/")):
        pass
    assert {url for url in asked if url.endswith("/progress/")} == {
        f"{origin(page)}/jobs/progress/"
    }

    page.evaluate(SHOW_OR_HIDE, True)
    page.wait_for_timeout(300)  # for what was asked just before
    asked.clear()
    page.wait_for_timeout(3000)
    assert [url for url in asked if url.endswith("/progress/")] == []

    page.evaluate(SHOW_OR_HIDE, False)
    ended = page.locator("#work").get_by_text(f"Drafting of {LONG} questions ended")
    expect(ended).to_be_visible(timeout=60_000)
    expect(page.locator("#jobs-poller")).to_have_count(0)


def test_a_page_asks_again_when_the_server_told_it_to(page: Any, files: Path) -> None:
    page.add_init_script(PRETEND)
    fill_library(page, files, DOCUMENTS)
    page.goto(create_rfp(page, files / "long.xlsx", "Tender with many onlookers"))
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(status=304, headers={"Poll-After": "60" if len(asked) > 2 else "0.2"})

    page.route("**/jobs/progress/*", answer)
    draft_button(page).click()
    poller = page.locator("#jobs-poller")
    expect(poller).to_have_attribute("hx-trigger", "every 60s, refresh")
    page.wait_for_timeout(3000)
    assert len(asked) == 3

    page.evaluate(SHOW_OR_HIDE, False)
    page.wait_for_timeout(300)
    assert len(asked) == 4  # to be asked to look again is something else


def test_what_a_page_has_just_been_sent_does_not_ask_sooner_than_the_server_wants(
    page: Any, files: Path
) -> None:
    page.add_init_script(PRETEND)
    fill_library(page, files, DOCUMENTS)
    page.goto(create_rfp(page, files / "longest.xlsx", "Another with many onlookers"))
    asked: list[int] = []

    def answer(route: Any) -> None:
        real = route.fetch()
        asked.append(real.status)
        route.fulfill(response=real, headers=real.headers | {"poll-after": "60"})

    draft_button(page).click()
    found = re.search(r"ids=(\d+)", page.locator("#jobs-poller").get_attribute("hx-get") or "")
    assert found is not None
    page.route("**/jobs/*/progress/", answer)
    page.goto(f"/jobs/{found[1]}/")
    bar = page.locator(f"#job-{found[1]}-bar")
    expect(bar).to_have_attribute("hx-trigger", "every 60s, refresh")
    page.wait_for_timeout(3000)
    assert len(asked) == 1
    assert asked == [200]  # its contents named a shorter pause


def origin(page: Any) -> str:
    return str(page.evaluate("location.origin"))
