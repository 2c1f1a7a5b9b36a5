"""An export that is killed, at whatever it was doing with its file, leaves no half file that
anybody could download, and is made by whoever takes the job up again.

Each kill is one: a process of its own is ended by SIGKILL at an operation on a file, or by the
system in the middle of a write (SIGXFSZ, when its files may not grow any more).
"""

import hashlib
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from jobs import artifacts, faults, transitions
from jobs.dispatch import run_inline
from jobs.models import Job, JobArtifact, Status
from rfp_manager.exports import start_export
from rfp_manager.models import RFP, ExportJob
from tests.rfp_manager.answer_world import QUESTIONS, make_rfp

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
#: What a process does with a file and Python tells of, apart from the writing itself.
DOING = ("open", "os.mkdir", "os.chmod", "os.rename", "os.remove")
POINTS = ("after_claim", "before_finish", "after_finish")
#: Connections of the parent: a child that let go of one would end it.
KEPT: list[Any] = []


@pytest.fixture
def rfp(alice: Any) -> RFP:
    return make_rfp(alice, QUESTIONS)


def die_at(step: int, media: Path) -> Callable[[], None]:
    """Killed when it is about to do something with its file for the `step`th time."""

    def plan() -> None:
        left = [step]

        def look(event: str, arguments: tuple[Any, ...]) -> None:
            if event in DOING and str(arguments[0]).startswith(str(media / "artifacts")):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(look)

    return plan


def die_behind(size: int) -> Callable[[], None]:
    """Killed when a file grows beyond `size` bytes."""

    def plan() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return plan


def order(point: str, folder: Path) -> Callable[[], None]:
    def plan() -> None:
        (folder / point).write_text("kill")
        faults.FOLDER = str(folder)

    return plan


def exported_in_a_process(job: Job, plan: Callable[[], None]) -> int:
    """Work on the job in a process of its own. Returns the signal that ended it, or 0."""
    child = os.fork()
    if child == 0:
        try:
            KEPT.append(connection.connection)
            connection.connection = None
            plan()
            run_inline(job.pk)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def take_up_again(job: Job) -> None:
    """A sweep finds that the lease has run out, and somebody else gets the job."""
    held = Job.objects.get(pk=job.pk)
    if held.status == Status.PROCESSING:
        transitions.worker_lost(job.pk, held.lease_token, reason="killed")
    assert Job.objects.get(pk=job.pk).status == Status.COMPLETED


def assert_all_are_whole() -> None:
    for artifact in JobArtifact.objects.all():
        content = Path(artifact.file.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == artifact.sha256
        assert len(content) == artifact.size


def queued(rfp: RFP, settings: Any) -> ExportJob:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    job = start_export(rfp, rfp.owner)
    settings.CELERY_TASK_ALWAYS_EAGER = True
    return job


def plans(media: Path, folder: Path) -> Iterator[Callable[[], None]]:
    yield from (die_behind(size) for size in (0, 1, 3000))
    yield from (order(point, folder) for point in POINTS)
    yield from (die_at(step, media) for step in range(1, 100))


def test_killed_at_each_write_an_export_leaves_nothing_half_and_is_made_all_the_same(
    rfp: RFP, settings: Any, own_media: Path, tmp_path: Path
) -> None:
    kills = 0
    for plan in plans(own_media, tmp_path):
        job = queued(rfp, settings)
        if exported_in_a_process(job, plan) == 0:
            break
        kills += 1
        assert_all_are_whole()
        take_up_again(job)
        assert_all_are_whole()
        assert job.artifacts.count() == 1
    print(f"{kills} kills")
    assert kills > 9
    known = {artifact.file.name for artifact in JobArtifact.objects.all()}
    left = {p.relative_to(own_media).as_posix() for p in (own_media / "artifacts").rglob("*.*")}
    assert set(artifacts.orphans(older_than=timedelta())) == left - known != set()
