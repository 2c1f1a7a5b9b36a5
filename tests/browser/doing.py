"""What a person does on the pages, in their words."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

SERIOUS = ("serious", "critical")
DROP = """async ([files, zone]) => {
  const transfer = new DataTransfer();
  for (const { name, text } of files) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  const target = document.querySelector(zone);
  for (const type of ["dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(type, {
      bubbles: true, cancelable: true, dataTransfer: transfer,
    }));
  }
}"""


def drop_files(page: Page, paths: Iterable[Path]) -> None:
    """Let go of files from the desktop over the page's drop zone."""
    files = [{"name": p.name, "text": base64.b64encode(p.read_bytes()).decode()} for p in paths]
    page.evaluate(DROP, [files, "[data-dropzone]"])


def row_of(page: Page, words: str) -> Any:
    return page.locator("[data-row]").filter(has_text=words)


def fill_library(page: Page, folder: Path, names: Iterable[str]) -> None:
    """Have these documents searchable; those that are there already stay as they are."""
    page.goto("/library/")
    paths = [folder / name for name in names]
    page.locator("#upload").set_input_files(paths)
    for path in paths:
        expect(row_of(page, path.name).get_by_text("Searchable").first).to_be_visible(
            timeout=40_000
        )


def create_rfp(page: Page, questionnaire: Path, name: str) -> str:
    """Make an RFP of a file; returns the address of its page."""
    page.goto("/rfps/new/")
    page.locator("input[type=file]").set_input_files(questionnaire)
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Read the questionnaire").click()
    page.wait_for_url(re.compile(r"/rfps/\d+/imported/$"))
    page.goto(page.url.removesuffix("imported/"))
    return page.url


def draft_button(page: Page) -> Any:
    return page.get_by_role("button", name=re.compile(r"^Draft \d+ answers?$"))


def draft_all(page: Page) -> None:
    draft_button(page).click()
    ended = page.locator("#work").get_by_text(re.compile(r"Drafting of \d+ questions? ended"))
    expect(ended).to_be_visible(timeout=60_000)


def jobs_named(page: Page, words: str) -> int:
    """How many jobs of that name the list of jobs holds."""
    page.goto("/jobs/")
    return int(row_of(page, words).count())


def faults(page: Page) -> list[str]:
    """What axe calls serious, with the first element of each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in SERIOUS
    ]


def in_view(element: Any) -> bool:
    """Whether the middle of an element lies within the window."""
    script = """(found) => { const box = found.getBoundingClientRect();
      const middle = (box.top + box.bottom) / 2;
      return middle > 0 && middle < innerHeight; }"""
    return bool(element.evaluate(script))
