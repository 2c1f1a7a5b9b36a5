"""The same flow where no script runs: every step is a plain form or link."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect  # noqa: E402

from tests.browser.conftest import sign_in  # noqa: E402
from tests.browser.doing import create_rfp, draft_button, row_of  # noqa: E402

PATIENCE_SECONDS = 60.0


def reload_until(page: Any, found: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not found.count():
        assert time.monotonic() < deadline, f"never seen on {page.url}: {found}"
        page.wait_for_timeout(400)
        page.reload()


def test_the_whole_flow_works_without_javascript(
    open_page: Any, stack: Any, files: Path, tmp_path: Path
) -> None:
    page = open_page(java_script_enabled=False)
    sign_in(page, stack)
    upload(page, [files / "encryption.md", files / "backups.html"])
    create_rfp(page, files / "buyer.csv", "Tender without script")
    rfp = page.url
    draft_button(page).click()
    expect(page).to_have_url(f"{rfp}#work")
    reload_until(page, page.get_by_text("questions ended"))
    edit_the_third_answer(page)
    page.goto(rfp)
    page.get_by_role("button", name="Export", exact=True).click()
    link = page.get_by_label("The last export").get_by_role("link")
    reload_until(page, link)
    with page.expect_download() as caught:
        link.first.click()
    caught.value.save_as(tmp_path / "export.csv")
    with open(tmp_path / "export.csv", newline="", encoding="utf-8-sig") as file:
        assert list(csv.reader(file))[3][2] == "Every 90 days, by hand."


def upload(page: Any, paths: list[Path]) -> None:
    page.goto("/library/")
    page.locator("#upload").set_input_files(paths)
    page.get_by_role("button", name="Upload").click()
    page.goto("/library/")
    for path in paths:
        reload_until(page, row_of(page, path.name).get_by_text("Searchable").first)


def edit_the_third_answer(page: Any) -> None:
    page.locator("[data-row-link]").nth(2).click()
    expect(page.locator("#answer")).to_contain_text("90 days")
    page.get_by_role("textbox", name="Answer").fill("Every 90 days, by hand.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#answer")).to_contain_text("by hand")
