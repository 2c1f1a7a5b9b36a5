"""What holds for every page: it fits a phone, in both themes, and no script or style is refused."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from tests.browser.doing import create_rfp, faults, fill_library  # noqa: E402

PLAIN = ("/", "/rfps/", "/rfps/new/", "/library/", "/library/search/", "/library/sources/",
         "/library/search/?q=keys", "/library/search/test/", "/library/search/test/?q=keys&expected=enc",
         "/library/?q=nothing-is-called-so", "/library/?due=none&order=title", "/library/reviews/",
         "/library/reviews/?show=pending&whose=all", "/library/duplicates/", "/library/duplicates/?show=kept",
         "/library/collections/", "/library/collections/new/", "/library/tags/", "/library/answers/",
         "/library/answers/new/", "/library/answers/import/", "/library/sources/new/", "/jobs/", "/jobs/notifications/",
         "/models/", "/models/usage/", "/models/budgets/", "/models/budgets/new/",
         "/rfps/evaluations/", "/rfps/evaluations/new/", "/rfps/evaluations/sets/",
         "/rfps/evaluations/sets/new/", "/rfps/evaluations/prompts/", "/rfps/evaluations/changes/",
         "/rfps/evaluations/confidence/", "/rfps/mine/", "/rfps/commitments/", "/rfps/packets/bring/",
         "/library/indexes/", "/jobs/queues/", "/jobs/files/", "/jobs/notifications/choices/",
         "/account/", "/account/security/", "/account/tokens/", "/account/app/", "/account/password/",
         "/webhooks/", "/webhooks/new/", "/people/", "/audit/", "/operations/", "/api/v1/docs/")  # fmt: skip
#: Of an RFP, besides those that the tests of the workbench look at.
OF_RFP = (
    "members/",
    "edit/",
    "exports/",
    "packets/",
    "information/",
    "reviewer-test/",
    "draft/estimate/",
)
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def addresses(browser: Any, stack: Any, signed_in: Any, files: Path) -> list[str]:
    """Every kind of page, the ones with something on them among them."""
    context = browser.new_context(base_url=stack.url, storage_state=signed_in)
    page = context.new_page()
    fill_library(page, files, ["encryption.md"])
    rfp = create_rfp(page, files / "short.xlsx", "A" * 180)
    found = [rfp, *(f"{rfp}{name}" for name in OF_RFP), link_of(page)]
    sort_the_library(page)
    for listing in ("/library/", "/library/collections/", "/library/tags/", "/jobs/"):
        page.goto(listing)
        found.append(link_of(page))
    found += with_versions(page, files)
    context.close()
    return [*PLAIN, *found]


def sort_the_library(page: Any) -> None:
    """A restricted collection and a tag whose names are long and have no blank in them."""
    page.goto("/library/collections/new/")
    page.get_by_label("Name").fill("Confidential_" * 12)
    page.get_by_label("Only for its members").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    page.goto("/library/tags/")
    page.get_by_label("New tag").fill("Regulated_" * 9)
    page.get_by_role("button", name="Add").click()
    page.get_by_text("is saved").wait_for()


def with_versions(page: Any, files: Path) -> list[str]:
    """A document in two versions, with all that its page can show, and what changed in it."""
    page.goto("/library/?q=encryption.md")
    address = str(page.locator("[data-row-link]").first.get_attribute("href"))
    page.goto(address)
    newer = files / "encryption-2.md"
    newer.write_text("# Encryption standard\n\n## Rules\n\nAll data is encrypted twice.")
    page.get_by_label("A newer file of it").set_input_files(newer)
    with page.expect_navigation():
        page.get_by_role("button", name="Add as a new version").click()
    page.goto(f"{address}versions/")
    page.get_by_role("link", name="Version 2").wait_for()
    return [address, f"{address}?version=1", f"{address}versions/"]


def link_of(page: Any) -> str:
    return str(page.locator("[data-row-link]").first.get_attribute("href"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_phone_and_axe_finds_no_serious_fault(
    addresses: list[str], open_page: Any, signed_in: Any, scheme: str
) -> None:
    page = open_page(
        storage_state=signed_in, color_scheme=scheme, viewport={"width": 390, "height": 844}
    )
    axe, wide, found = find_spec("axe_playwright_python"), {}, {}
    for address in addresses:
        assert page.goto(address).status == 200
        if over := page.evaluate(TOO_WIDE):
            wide[address] = over
        if axe and (serious := faults(page)):
            found[address] = serious
    assert (wide, found) == ({}, {})


def test_the_filters_of_an_rfp_stand_in_one_line_on_a_small_laptop(
    addresses: list[str], open_page: Any, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in, viewport={"width": 1280, "height": 800})
    page.goto(addresses[len(PLAIN)])
    tops = page.locator(".tab-strip a").evaluate_all("all => all.map((tab) => tab.offsetTop)")
    assert len(set(tops)) == 1
