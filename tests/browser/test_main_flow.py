"""The main flow, from the first sign-in to the buyer's file with the answers in it."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect  # noqa: E402

from tests.browser.doing import (  # noqa: E402
    create_rfp,
    draft_all,
    draft_button,
    drop_files,
    fill_library,
    in_view,
    jobs_named,
    row_of,
)
from tests.browser.material import DOCUMENTS, FIRST_ROW, LONG, QUESTIONS  # noqa: E402

#: What the page asks for when work has ended, as if other answers were shown by now.
REFRESH = """() => {
  document.querySelector("#questions > [data-etag]").removeAttribute("data-etag");
  htmx.trigger(document.body, "job-finished");
}"""
LIBRARY_PAGE = "/library/"


@pytest.fixture(scope="module")
def at_work(browser: Any, stack: Any, signed_in: Any, files: Path) -> Any:
    """A page of somebody whose library is filled, for what the tests below start from."""
    context = browser.new_context(base_url=stack.url, storage_state=signed_in)
    page = context.new_page()
    fill_library(page, files, DOCUMENTS)
    yield page
    context.close()


@pytest.fixture(scope="module")
def answered(at_work: Any, files: Path) -> str:
    """The address of an RFP whose questions drafted all been drafted."""
    url = create_rfp(at_work, files / "short.xlsx", "Answered tender")
    draft_all(at_work)
    return url


@pytest.fixture(scope="module")
def unanswered(at_work: Any, files: Path) -> str:
    return create_rfp(at_work, files / "long.xlsx", "Long tender")


def open_question(page: Any, rfp_url: str, text: str) -> None:
    page.goto(rfp_url)
    row_of(page, text).locator("[data-row-link]").click()
    expect(page.get_by_role("heading", name="Answer", exact=True)).to_be_visible()


def test_a_wrong_password_is_refused_in_words_and_the_right_one_opens_the_home_page(
    open_page: Any, stack: Any
) -> None:
    page = open_page()
    name, password = stack.account()
    page.goto("/rfps/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").first).to_contain_text("is wrong")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/rfps/")  # where they wanted to go


def test_documents_dropped_together_become_searchable_before_ones_eyes(
    page: Any, files: Path
) -> None:
    page.goto(LIBRARY_PAGE)
    drop_files(page, [files / name for name in DOCUMENTS])
    lines = page.locator("[data-upload-list] > :not([data-upload-summary])")
    expect(lines).to_have_count(len(DOCUMENTS))
    for name in DOCUMENTS:
        expect(row_of(page, name).get_by_text("Searchable").first).to_be_visible()


def test_a_file_that_is_no_document_is_refused_beside_the_others(page: Any, files: Path) -> None:
    odd = files / "holiday.jpg"
    odd.write_bytes(b"\xff\xd8\xff\xe0 no document")
    page.goto(LIBRARY_PAGE)
    drop_files(page, [odd, files / "suppliers.md"])
    expect(row_of(page, "suppliers.md").get_by_text("Searchable").first).to_be_visible()
    expect(page.locator("[data-upload-list]").get_by_text(re.compile("jpg"))).not_to_have_count(0)


def test_a_search_finds_the_passage_and_opens_it_in_its_document(at_work: Any, page: Any) -> None:
    page.goto("/library/search/")
    page.get_by_label("Question or words").fill("How long are backups kept?")
    page.get_by_role("button", name="Search").click()
    best = page.locator("[data-row]").first
    expect(best).to_contain_text("35 days")
    best.locator("[data-row-link]").click()
    passage = page.get_by_label("Found passage")
    expect(passage).to_contain_text("35 days")
    assert in_view(passage)


def test_a_questionnaire_shows_its_questions_with_their_place_in_the_file(
    unanswered: str, page: Any
) -> None:
    page.goto(unanswered)
    expect(page.locator("#import-report summary").first).to_contain_text(f"{LONG} questions")
    for offset, text in enumerate(QUESTIONS):
        row = page.locator("[data-row]").nth(offset)
        expect(row).to_contain_text(text)
        expect(row).to_contain_text(f"Security!B{FIRST_ROW + offset}")
        expect(row).to_contain_text(f"S-{offset + 1:02}")


def test_a_batch_shows_its_bar_its_rate_and_the_time_left_and_is_not_started_twice(
    unanswered: str, page: Any
) -> None:
    page.watch.expect("status of 400")
    page.goto(unanswered)
    work = page.locator("#work")
    draft_button(page).click()
    expect(work.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="Drafting…").click()
    expect(page.locator("#work-note")).to_contain_text("already running")
    expect(work).to_contain_text(re.compile(r"\d+ of 84 questions"))
    expect(work).to_contain_text(re.compile(r"[\d.]+ a (minute|second)"))
    expect(work).to_contain_text(re.compile(r"\d+ left|few seconds|min left"))
    first = page.locator("[data-row]").first
    expect(first).not_to_contain_text("Unanswered")  # without a reload, while the rest is drafted
    expect(page.locator("#shares")).to_contain_text(re.compile(r"[1-9]\d* of 84 questions drafted"))
    ended = work.get_by_text(f"Drafting of {LONG} questions ended")
    expect(ended).to_be_visible(timeout=60_000)
    expect(work).to_contain_text(f"{LONG} of {LONG} questions drafted")
    assert jobs_named(page, "Draft answers for “Long tender”") == 1


def test_a_double_click_on_the_start_button_runs_one_batch_and_says_so(
    at_work: Any, page: Any, files: Path
) -> None:
    page.watch.expect("status of 400")
    create_rfp(page, files / "short.xlsx", "Doubly clicked tender")
    draft_button(page).dblclick()
    expect(page.get_by_text("already running").first).to_be_visible()
    ended = page.locator("#work").get_by_text("questions ended")
    expect(ended).to_be_visible(timeout=60_000)
    assert jobs_named(page, "Draft answers for “Doubly clicked tender”") == 1


def test_an_answer_cites_the_passage_and_the_citation_opens_there(answered: str, page: Any) -> None:
    open_question(page, answered, "How often are encryption keys rotated?")
    expect(page.locator("#answer")).to_contain_text("90 days")
    citation = page.locator(".citation").filter(has_text="90 days").first
    citation.get_by_role("link").click()
    passage = page.get_by_label("Cited passage")
    expect(passage.locator("mark").first).to_contain_text("90 days")
    assert in_view(passage)


def test_a_question_that_the_library_cannot_answer_says_so(answered: str, page: Any) -> None:
    open_question(page, answered, "What colour is the company's submarine?")
    expect(page.locator("#answer")).to_contain_text("No evidence")


def test_an_edited_answer_stays_edited_and_keeps_what_stood_there_before(
    answered: str, page: Any
) -> None:
    open_question(page, answered, "How often is a restore rehearsed?")
    page.get_by_role("textbox", name="Answer").fill("Every quarter, and after every large change.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#answer")).to_contain_text("after every large change")
    expect(page.locator("#answer")).to_contain_text("Version 2")
    page.reload()
    expect(page.locator("#answer")).to_contain_text("after every large change")
    expect(page.get_by_text("Version 1").first).to_be_attached()


def test_the_export_is_the_buyers_file_with_the_answers_in_it(
    answered: str, page: Any, files: Path, tmp_path: Path
) -> None:
    open_question(page, answered, "What is your recovery time objective?")
    page.get_by_role("textbox", name="Answer").fill("Four hours.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#answer")).to_contain_text("Version 2")
    page.goto(answered)
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_text("Only answer cells were written.")).to_be_visible()
    with page.expect_download() as caught:
        page.get_by_label("The last export").get_by_role("link").first.click()
    target = tmp_path / "export.xlsx"
    caught.value.save_as(target)
    before, after = (openpyxl.load_workbook(p)["Security"] for p in (files / "short.xlsx", target))
    for row in range(1, before.max_row + 1):
        for column in (1, 2):
            assert after.cell(row, column).value == before.cell(row, column).value
    assert after.cell(FIRST_ROW + 5, 3).value == "Four hours."
    assert after.cell(FIRST_ROW, 3).value == "Yes"
    filled = [after.cell(FIRST_ROW + n, 3).value for n in range(len(QUESTIONS))]
    assert sum(1 for text in filled if text) >= len(QUESTIONS) - 2


def test_a_csv_questionnaire_comes_back_as_csv(
    at_work: Any, page: Any, files: Path, tmp_path: Path
) -> None:
    create_rfp(page, files / "buyer.csv", "Tender in a text file")
    draft_all(page)
    page.get_by_role("button", name="Export", exact=True).click()
    link = page.get_by_label("The last export").get_by_role("link").first
    with page.expect_download() as caught:
        link.click()
    caught.value.save_as(tmp_path / "export.csv")
    with open(tmp_path / "export.csv", newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    assert [row[1] for row in rows] == ["Question", *QUESTIONS[:6]]
    assert "90 days" in rows[3][2]


def test_the_keys_j_and_k_keep_their_row_while_the_list_refreshes(answered: str, page: Any) -> None:
    page.goto(answered)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("[data-row]").nth(1).locator("[data-row-link]")).to_be_focused()
    with page.expect_response(lambda response: "/questions/" in response.url):
        page.evaluate(REFRESH)
    expect(page.locator("[data-row].is-at")).to_contain_text(QUESTIONS[1])
    page.keyboard.press("j")
    expect(page.locator("[data-row]").nth(2).locator("[data-row-link]")).to_be_focused()
