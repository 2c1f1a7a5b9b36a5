"""A real browser in front of the real product. The product starts once for all tests here."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from tests.browser import material  # noqa: E402
from tests.browser.stack import ROOT, Stack  # noqa: E402
from tests.browser.watching import Watch  # noqa: E402

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PATIENCE_MS = 45_000
sync_api.expect.set_options(timeout=PATIENCE_MS)
OpenPage = Callable[..., Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("Chromium is not installed. As root: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    chromium()  # no product is started when there is nothing to look at it with
    if not any((ROOT / "var" / "models").glob("*/model.onnx")):
        pytest.skip("The built-in model is not there. Run: make setup")
    running = Stack()
    try:
        running.start()
        yield running
    finally:
        running.stop()


# Not longer than a module: while Playwright lives, its event loop runs in this thread, and Django
# would refuse the database to the other tests of this process.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    driver_starts()
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield opened
        opened.close()


def driver_starts() -> None:
    """Playwright's driver is a program that needs a library which a bare system lacks."""
    node = Path(sync_api.__file__).parent.parent / "driver" / "node"
    tried = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"Playwright's driver does not start: {tried.stderr.strip()}")


def sign_in(page: Any, stack: Stack) -> None:
    name, password = stack.account()
    page.goto(f"{stack.url}/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{stack.url}/")


@pytest.fixture(scope="module")
def signed_in(browser: Any, stack: Stack) -> Any:
    """The cookies of somebody who has signed in."""
    context = browser.new_context()
    sign_in(context.new_page(), stack)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def open_page(browser: Any, stack: Stack) -> Iterator[OpenPage]:
    """open_page(**context options) -> a watched page; at the end none has misbehaved."""
    opened: list[tuple[Any, Watch]] = []

    def open_one(**options: Any) -> Any:
        context = browser.new_context(base_url=stack.url, accept_downloads=True, **options)
        context.set_default_timeout(PATIENCE_MS)
        watch = Watch(context, stack.url)
        opened.append((context, watch))
        page = context.new_page()
        page.watch = watch
        return page

    yield open_one
    for context, _ in opened:
        context.close()
    assert [problem for _, watch in opened for problem in watch.problems] == []


@pytest.fixture
def page(open_page: OpenPage, signed_in: Any) -> Any:
    return open_page(storage_state=signed_in)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the documents and questionnaires of the tests."""
    folder = tmp_path_factory.mktemp("files")
    material.write_all(folder)
    return folder
