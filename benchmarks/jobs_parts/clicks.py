"""From a click on “Draft answers” in a real server until a worker has the job."""

import http.client
import os
import time
from pathlib import Path
from typing import Any

from benchmarks.jobs_parts import people, stamps
from benchmarks.jobs_parts.figures import spread
from benchmarks.jobs_parts.site import Site, set_up
from benchmarks.jobs_parts.throughput import wait_for

WARM_UP = 5
#: The moments of one start, in their order, and the words for what lies before each.
STAGES = {
    "row": "request until the job's row",
    "publishing": "commit, wake-up of the relay, its look at the table",
    "published": "publish and the broker's confirmation",
    "received": "broker to worker",
    "begun": "worker to its process",
    "claimed": "claim",
}


def measure(site: Site, clicks: int) -> dict[str, Any]:
    """Milliseconds of `clicks` starts, one after the other, with a worker that is idle."""
    os.environ["BENCH_STAMPS"] = "1"
    set_up()
    site.start_relay()
    site.start_worker("batch", 2)
    port = site.start_web()
    rfp, cookie = _an_rfp(site.folder)
    browser = Browser(port, cookie)
    for _ in range(WARM_UP):
        browser.click(rfp)
    starts = [browser.click(rfp) for _ in range(clicks)]
    return {"clicks": clicks, **_figures(starts, stamps.read(site.folder))}


def _an_rfp(folder: Path) -> tuple[Any, str]:
    """An RFP of one question, of somebody who is signed in."""
    from openpyxl import Workbook

    from rfp_manager.creating import create_rfp

    user, cookie = people.sign_in("alice")
    book = Workbook()
    for row in (["No.", "Question", "Answer"], [1, "Do you encrypt your backups?", None]):
        book.active.append(row)
    path = folder / "one-question.xlsx"
    book.save(path)
    return create_rfp(path, filename=path.name, user=user), cookie


class Browser:
    """One person's connection to the server."""

    def __init__(self, port: int, cookie: str) -> None:
        self.wire = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {
            "Cookie": cookie,
            "X-CSRFToken": people.CSRF,
            "HX-Request": "true",
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def click(self, rfp: Any) -> tuple[str, dict[str, float]]:
        """Start the batch and wait for its end. Returns its task id and the moments known here."""
        from django.urls import reverse

        from rfp_manager.models import RFPBatchJob

        self.wire.close()  # the server may have closed it while the batch ran
        self.wire.connect()
        sent = time.time()
        self.wire.request("POST", reverse("rfp_manager:start_responder", args=[rfp.pk]), "",
                          self.headers)  # fmt: skip
        answer = self.wire.getresponse()
        body = answer.read()
        answered = time.time()
        if answer.status != 202:
            raise RuntimeError(f"{answer.status}: {body[:500]!r}")
        job = wait_for(RFPBatchJob.objects.filter(rfp=rfp).latest("pk"))
        moments = {"sent": sent, "answered": answered, "row": job.created_at.timestamp(),
                   "claimed": job.started_at.timestamp()}  # fmt: skip
        return job.celery_task_id, moments


def _figures(
    starts: list[tuple[str, dict[str, float]]], seen: dict[str, dict[str, float]]
) -> dict[str, Any]:
    all_moments = [{**moments, **seen.get(task_id, {})} for task_id, moments in starts]
    return {
        "click_to_start_ms": spread([_ms(m, "sent", "claimed") for m in all_moments], 1),
        "row_to_start_ms": spread([_ms(m, "row", "claimed") for m in all_moments], 1),
        "answer_to_the_click_ms": spread([_ms(m, "sent", "answered") for m in all_moments], 1),
        "stages_ms": _stages(all_moments),
    }


def _stages(all_moments: list[dict[str, float]]) -> dict[str, dict[str, float]]:
    names = ["sent", *STAGES]
    complete = [m for m in all_moments if all(name in m for name in names)]
    return {
        STAGES[name]: spread([_ms(m, before, name) for m in complete], 1)
        for before, name in zip(names, names[1:], strict=False)
        if complete
    }


def _ms(moments: dict[str, float], start: str, end: str) -> float:
    return (moments[end] - moments[start]) * 1000
