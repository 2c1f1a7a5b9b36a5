"""Somebody who administers the installation, over HTTP alone: signs in, uploads, drafts, exports."""

import base64
import hashlib
import hmac
import io
import re
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from openpyxl import load_workbook

from benchmarks.soak_parts.visitor import Book, Visitor, links
from tests.compose.stack import DrillFailed, wait

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
(QUESTIONNAIRE,) = (SAMPLES / "questionnaire").glob("*.xlsx")
ENDED = ("completed", "failed", "cancelled")
NAME, PASSWORD = "admin", "a-drill-is-no-emergency"
CODE_SECONDS = 30
T = TypeVar("T")


@dataclass
class Person:
    base_url: str
    secret: str = ""
    visitor: Visitor = field(init=False)

    def sign_in(self) -> None:
        """With the second factor: set up at the first time, then asked for. Somebody who
        administers gets nowhere without."""
        self.visitor = Visitor(self.base_url, Book())
        patient(lambda: self.visitor.sign_in(NAME, PASSWORD))
        if self.secret:
            time.sleep(CODE_SECONDS - time.time() % CODE_SECONDS)  # each code is good for once
            self.visitor.post("/login/code/", "sign-in", {"code": code_of(self.secret)})
        else:
            self._set_up_factor()
        if not self.visitor.get("/rfps/", "list").url.endswith("/rfps/"):
            raise DrillFailed("the second factor was given and the pages are still closed")

    def _set_up_factor(self) -> None:
        page = self.visitor.get("/rfps/", "list")
        if "/account/app/" not in page.url:
            raise DrillFailed(f"an administrator came in without a second factor: {page.url}")
        found = re.search(r'<code class="break-all">\s*([A-Z2-7]+)', page.text)
        if found is None:
            raise DrillFailed("the page shows no secret for an authenticator app")
        self.secret = found[1]
        self.visitor.post("/account/app/", "sign-in", {"code": code_of(self.secret)})

    def upload_library(self) -> int:
        """All sample documents. Returns how many."""
        paths = sorted((SAMPLES / "library").iterdir())
        files = [("files", (path.name, path.read_bytes())) for path in paths]
        answer = self.visitor.post("/library/upload/", "upload", files=files, as_json=True).json()
        refused = [one for one in answer["files"] if not one.get("url")]
        if refused or len(answer["files"]) != len(paths):
            raise DrillFailed(f"documents were refused: {refused}")
        return len(paths)

    def new_rfp(self, name: str) -> int:
        file = ("file", (f"{name}.xlsx", QUESTIONNAIRE.read_bytes()))
        form = {"name": name, "customer": "Drill"}
        page = self.visitor.post("/rfps/new/", "new RFP", form, [file])
        found = re.search(r"/rfps/(\d+)/", page.url)
        if found is None:
            raise DrillFailed(f"the questionnaire was not taken: {page.url}")
        return int(found[1])

    def start(self, rfp: int, what: str, **form: str) -> int:
        """draft, review or export. Returns the job's id."""
        job = self.visitor.post(f"/rfps/{rfp}/{what}/", what, form, as_json=True).json()
        return int(job["id"])

    def job(self, job: int) -> dict[str, Any]:
        found: dict[str, Any] = patient(lambda: self.visitor.json(f"/jobs/{job}/progress/", "poll"))
        return found

    def finish(self, job: int, seconds: float = 900.0) -> dict[str, Any]:
        """Poll as a page does, through whatever outage. Raises DrillFailed unless it completes."""
        wait(lambda: self.job(job)["status"] in ENDED, f"job {job} has ended", seconds)
        ended = self.job(job)
        if ended["status"] != "completed":
            raise DrillFailed(f"job {job} ended as {ended['status']}: {ended}")
        return ended

    def download(self, rfp: int) -> Any:
        """The newest exported workbook of an RFP."""
        files = links(self.visitor.get(f"/rfps/{rfp}/", "RFP"), "/jobs/artifacts/")
        if not files:
            raise DrillFailed(f"RFP {rfp} offers no file after its export")
        return load_workbook(io.BytesIO(self.visitor.get(files[-1], "download").content))


def patient(ask: Callable[[], T]) -> T:
    """What is asked while a service is away is asked again. Raises DrillFailed."""
    found: list[T] = []

    def is_answered() -> bool:
        found.append(ask())
        return True

    wait(is_answered, "the pages answer")
    return found[0]


def code_of(secret: str) -> str:
    """What an authenticator app shows now."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    counter = struct.pack(">Q", int(time.time()) // CODE_SECONDS)
    digest = hmac.new(key, counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    (number,) = struct.unpack(">I", digest[start : start + 4])
    return f"{(number & 0x7FFF_FFFF) % 1_000_000:06}"
