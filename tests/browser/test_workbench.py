"""The workbench by keyboard alone, and what a screen reader needs of it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect  # noqa: E402

from tests.browser.doing import create_rfp, draft_all, faults, fill_library  # noqa: E402
from tests.browser.material import DOCUMENTS, QUESTIONS  # noqa: E402
from tests.browser.stack import ROOT  # noqa: E402
from tests.browser.suggesting import SUGGESTED  # noqa: E402

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


def address_of(page: Any, rfp: str, number: int) -> str:
    """The page of a question, by its place in the list."""
    page.goto(rfp)
    return str(page.locator("[data-row-link]").nth(number - 1).get_attribute("href"))


def test_a_suggestion_is_accepted_and_one_goes_on_without_a_mouse(
    page: Any, rfp: str, stack: Any
) -> None:
    address = address_of(page, rfp, 4)
    question = address.rstrip("/").rpartition("/")[2]
    subprocess.run(
        [sys.executable, "-m", "tests.browser.suggesting", question], cwd=ROOT,
        env=stack.environment(), timeout=60, check=True,
    )  # fmt: skip
    page.goto(address)
    press(page, "s")
    expect(page.locator("#answer-text")).to_have_text(SUGGESTED)
    press(page, "n")
    expect(page.locator("#question")).to_contain_text(QUESTIONS[4])
    press(page, "k")
    expect(page.locator("#answer header")).to_contain_text("Approved")


def at_a_draft(page: Any, rfp: str, number: int) -> None:
    """Go to a row by its place in the list, and make its answer a draft."""
    page.goto(rfp)
    for _ in range(number):
        press(page, "j")
    press(page, "d")
    toast(page, re.compile("draft"))


def test_rows_are_sent_to_review_and_taken_back_and_keep_their_place(page: Any, rfp: str) -> None:
    at_a_draft(page, rfp, 6)
    press(page, "r")
    toast(page, "1 sent to review.")
    expect(at(page)).to_contain_text(QUESTIONS[5])
    expect(at(page)).to_contain_text("In review")
    press(page, "d")
    toast(page, "1 back to draft.")
    expect(at(page)).to_contain_text(QUESTIONS[5])


def test_keys_pressed_faster_than_the_server_answers_are_all_done(page: Any, rfp: str) -> None:
    at_a_draft(page, rfp, 5)
    press(page, "r", "d")
    toast(page, "1 sent to review.")
    toast(page, "1 back to draft.")
    expect(at(page)).to_contain_text(QUESTIONS[4])
    expect(at(page)).not_to_contain_text("In review")
    assert page.url == rfp


def test_drafting_again_is_asked_for_first_and_done_or_left_without_a_mouse(
    page: Any, rfp: str
) -> None:
    at_a_draft(page, rfp, 7)
    press(page, "w")
    confirm = page.get_by_role("button", name="Draft 1 again")
    expect(confirm).to_be_focused()
    press(page, "u")
    expect(page.locator("[data-row]")).to_have_count(len(QUESTIONS))
    for _ in range(7):
        press(page, "j")
    press(page, "w")
    expect(confirm).to_be_focused()
    press(page, "Enter")
    expect(page.locator("#work")).to_contain_text(re.compile("1 question"))


def test_a_question_is_assigned_and_talked_about_without_a_mouse(page: Any, rfp: str) -> None:
    page.goto(address_of(page, rfp, 9))
    press(page, "m")
    expect(page.locator("#question [name=assignee]")).to_be_focused()
    page.keyboard.type("admin")
    press(page, "Control+Enter")
    expect(page.get_by_text("Not mine")).to_be_visible()
    press(page, "c")
    expect(page.locator("#new-comment")).to_be_focused()
    page.keyboard.type("Is it so? jkadx")
    press(page, "Control+Enter")
    expect(page.locator("#comments article, #comments .panel").first).to_contain_text("jkadx")


def test_the_help_names_every_key_of_the_page_and_gives_the_keys_back(page: Any, rfp: str) -> None:
    page.goto(rfp)
    press(page, "j", "?")
    help_sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(help_sheet).to_be_visible()
    own = page.locator("[data-key]").evaluate_all("all => all.map((each) => each.dataset.key)")
    named = page.locator("[data-page-keys] kbd").all_inner_texts()
    assert sorted(set(own)) == sorted(named) and {"a", "r", "d", "w", "x", "m", "f", "o"} < set(own)
    press(page, "j")
    expect(at(page)).to_contain_text(QUESTIONS[0])
    press(page, "Escape", "j")
    expect(help_sheet).to_be_hidden()
    expect(at(page)).to_contain_text(QUESTIONS[1])


def test_who_was_slower_sees_both_texts_and_replaces_nothing_unseen(page: Any, rfp: str) -> None:
    address = address_of(page, rfp, 10)
    page.watch.expect("409")
    page.goto(address)
    press(page, "e")
    page.locator("#id_text").fill("Mine, typed first.")
    other = page.context.new_page()
    other.goto(address)
    other.locator("#id_text").fill("Theirs, saved first.")
    other.locator("#id_text").press("Control+Enter")
    expect(other.locator("#answer-text")).to_have_text("Theirs, saved first.")
    page.bring_to_front()
    press(page, "Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("Theirs, saved first.")
    expect(page.locator("#id_text")).to_have_value("Mine, typed first.")
    page.locator("#id_text").press("Control+Enter")
    expect(page.locator("#answer-text")).to_have_text("Mine, typed first.")


#: What has the focus, and whether one sees it.
FOCUSED = """() => {
  const at = document.activeElement;
  const style = getComputedStyle(at);
  const seen = style.outlineStyle !== "none" || style.boxShadow !== "none";
  const place = [...document.querySelectorAll("*")].indexOf(at);
  return [place, at === document.body, seen, at.outerHTML.slice(0, 120)];
}"""
MOST_STOPS = 400


@pytest.mark.parametrize("kind", ["list", "question"])
def test_tab_goes_through_the_whole_page_and_out_again(page: Any, rfp: str, kind: str) -> None:
    page.goto(rfp if kind == "list" else address_of(page, rfp, 1))
    stops, blind = list[int](), list[str]()
    for _ in range(MOST_STOPS):
        press(page, "Tab")
        place, is_out, seen, html = page.evaluate(FOCUSED)
        if is_out or place in stops:
            break
        stops.append(place)
        blind += [] if seen else [html]
    assert len(stops) > 30 and stops == sorted(stops) and len(stops) < MOST_STOPS
    assert blind == []


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
