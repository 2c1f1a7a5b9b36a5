"""The workbench by keyboard alone, and what a screen reader needs of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect  # noqa: E402

from tests.browser.doing import create_rfp, draft_all, fill_library  # noqa: E402
from tests.browser.material import DOCUMENTS, QUESTIONS  # noqa: E402

SERIOUS = ("serious", "critical")
SIZES = {"wide": {"width": 1440, "height": 1000}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def rfp(browser: Any, stack: Any, signed_in: Any, files: Path) -> str:
    """The address of an RFP whose questions have all been drafted."""
    context = browser.new_context(base_url=stack.url, storage_state=signed_in)
    page = context.new_page()
    fill_library(page, files, DOCUMENTS)
    url = create_rfp(page, files / "short.xlsx", "Keyboard tender")
    draft_all(page)
    context.close()
    return url


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def toast(page: Any, words: str | re.Pattern[str]) -> None:
    expect(page.locator("#toasts").get_by_text(words).last).to_be_visible()


def at(page: Any) -> Any:
    """The row that keys act on."""
    return page.locator("[data-row].is-at")


def test_rows_are_walked_ticked_and_opened_without_a_mouse(page: Any, rfp: str) -> None:
    page.goto(rfp)
    press(page, "j", "j")
    expect(at(page)).to_contain_text(QUESTIONS[1])
    assert page.evaluate("document.activeElement.matches('[data-row] *, [data-row]')")
    press(page, "x", "j", "x")
    expect(page.locator("[data-check]:checked")).to_have_count(2)
    press(page, "k", "Enter")
    expect(page.get_by_role("heading", name=re.compile("^Question"))).to_be_visible()
    expect(page.locator("#question")).to_contain_text(QUESTIONS[1])


def test_a_question_is_edited_saved_approved_and_left_without_a_mouse(page: Any, rfp: str) -> None:
    page.goto(rfp)
    press(page, "j", "Enter")
    expect(page.locator("#answer")).to_be_visible()
    press(page, "e")
    expect(page.locator("#id_text")).to_be_focused()
    press(page, "End")
    page.keyboard.type(" Written by hand.")
    press(page, "Control+Enter")
    expect(page.locator("#answer-text")).to_contain_text("Written by hand.")
    press(page, "Escape", "a")
    expect(page.locator("#answer header")).to_contain_text("Approved")
    press(page, "j")
    expect(page.locator("#question")).to_contain_text(QUESTIONS[1])
    press(page, "u")
    expect(page.locator("#questions")).to_be_visible()
    expect(page.locator("[data-row]").first).to_contain_text("Approved")


def test_all_rows_are_approved_with_one_key_and_those_left_are_named(page: Any, rfp: str) -> None:
    page.goto(rfp)
    press(page, "*")
    expect(page.locator("[data-check]:checked")).to_have_count(len(QUESTIONS))
    press(page, "a")
    toast(page, re.compile(r"\d+ approved.* left: 1 empty"))
    expect(page.locator("[data-row]").filter(has_text=QUESTIONS[-1])).not_to_contain_text(
        "Approved"
    )


def test_a_filter_is_typed_and_taken_off_without_a_mouse(page: Any, rfp: str) -> None:
    page.goto(rfp)
    press(page, "/")
    expect(page.locator("#question-text")).to_be_focused()
    page.keyboard.type("submarine")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.goto(rfp)
    press(page, "f")
    expect(page.locator("#questions details[data-keep-open]").first).to_have_attribute("open", "")
    expect(page.locator("[data-row]")).to_have_count(len(QUESTIONS))


def test_words_that_were_typed_survive_a_page_that_was_left(page: Any, rfp: str) -> None:
    page.goto(rfp)
    press(page, "j", "j", "j", "Enter")
    expect(page.locator("#answer")).to_be_visible()
    address = page.url
    press(page, "e")
    with page.expect_response(re.compile("/unsaved/$")):
        page.locator("#id_text").fill("Typed and not saved")
    page.goto(rfp)
    page.goto(address)
    expect(page.locator("#id_text")).to_have_value("Typed and not saved")
    expect(page.locator("#unsaved-note")).to_be_visible()


# -- axe -----------------------------------------------------------------------------------
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_no_serious_fault_on_the_pages_of_an_rfp(
    open_page: Any, signed_in: Any, rfp: str, size: str, scheme: str
) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    page = open_page(storage_state=signed_in, viewport=SIZES[size], color_scheme=scheme)
    page.goto(rfp)
    question = page.locator("[data-row-link]").first.get_attribute("href")
    further = ("coverage/", "mapping/", "imported/", "contradictions/", "edition/", "library/")
    for address in (rfp, question, "/rfps/changes/", *(f"{rfp}{name}" for name in further)):
        page.goto(address)
        assert faults(page) == [], address


def faults(page: Any) -> list[str]:
    """What axe calls serious, with the first element of each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in SERIOUS
    ]
