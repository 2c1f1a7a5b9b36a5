"""The steps of a drill, in order. Each leaves its figures and raises DrillFailed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.compose import checks
from tests.compose.checks import Batch
from tests.compose.person import NAME, PASSWORD, Person
from tests.compose.stack import Compose, DrillFailed, said, wait

CRASHED = ("worker-batch", "web", "rabbitmq", "postgres", "memcached")
#: What reads and writes the database; none of it may run while a backup comes back.
AT_WORK = (
    "web", "relay", "scheduler", "flower", "worker-default", "worker-embedding", "worker-batch",
)  # fmt: skip
ALL = (*AT_WORK, "postgres", "rabbitmq", "memcached")
BACKUPS = "/data/backups"
SENTENCE = "replace everything in spelunker"
#: So many answers of a batch are there before something happens to it.
UNDER_WAY = 5
READY = "SELECT count(*) FROM solution_library_document WHERE embedding_status = 'ready'"
INSTALLATION = """
SELECT json_build_array(
  (SELECT count(*) FROM rfp_manager_rfp), (SELECT count(*) FROM solution_library_document),
  (SELECT count(*) FROM solution_library_chunk), (SELECT count(*) FROM audit_auditentry))
"""


class Drill:
    def __init__(self, stack: Compose, base_url: str) -> None:
        self.stack = stack
        self.person = Person(base_url)
        self.figures: dict[str, Any] = {}
        #: What an undisturbed batch answered.
        self.answers: list[list[Any]] = []

    def run(self) -> None:
        self.people()
        self.main_job()
        for service in CRASHED:
            self.crash(service)
        backed_up = self.back_up_at_work()
        self.restore_over(backed_up)
        self.restore_into_nothing(backed_up)
        self.scale()

    def people(self) -> None:
        with self._step("sign in"):
            self.stack.dc(
                "exec", "-T", "-e", f"DJANGO_SUPERUSER_PASSWORD={PASSWORD}", "web", "python",
                "manage.py", "createsuperuser", "--noinput", "--username", NAME, "--email",
                "admin@example.com",
            )  # fmt: skip
            self.person.sign_in()

    def main_job(self) -> None:
        """From documents to the buyer's own file, filled."""
        with self._step("library"):
            documents = self.person.upload_library()
            wait(lambda: self.stack.data(READY) == documents, "the documents are read", 600)
        with self._step("main job") as figures:
            batch = self._draft("undisturbed")
            self.person.finish(batch.job)
            self.person.finish(self.person.start(batch.rfp, "review"))
            form = {"output": "filled", "answers": "all"}
            self.person.finish(self.person.start(batch.rfp, "export", **form))
            self.answers = checks.texts(self.stack, batch.rfp)
            checks.batch_is_well(self.stack, batch, self.answers)
            workbook = self.person.download(batch.rfp)
            figures["questions"] = len(self.answers)
            figures["filled"] = checks.workbook_is_filled(self.stack, batch.rfp, workbook)

    def crash(self, service: str) -> None:
        with self._step(f"crash of {service}") as figures:
            batch = self._under_way(f"crash-{service}")
            figures["healthy_after"] = round(self.stack.crash(service), 1)
            figures |= self._ends_well([batch])

    def back_up_at_work(self) -> list[Batch]:
        """Returns the batches that were under way, or waiting, in the backup."""
        with self._step("backup during a batch"):
            batches = [self._draft(f"backup-{number}") for number in range(3)]
            self._wait_for_answers(batches[0])
            self.stack.manage("backup", BACKUPS)
            if all(self._is_over(batch) for batch in batches):
                raise DrillFailed("the batches were over before the backup was: it proves nothing")
        with self._step("restore --verify"):
            self.stack.manage("restore", BACKUPS, "--verify")
        with self._step("end of the batches that were backed up") as figures:
            figures |= self._ends_well(batches)
        return batches

    def restore_over(self, batches: list[Batch]) -> None:
        """Over an installation in use: refused until it is said in as many words."""
        with self._step("restore over what is there") as figures:
            now = self.stack.data(INSTALLATION)
            self._refused("while everything runs", "restore", BACKUPS)
            self.stack.dc("stop", *AT_WORK)
            self._refused("without the sentence", "restore", BACKUPS)
            if self.stack.data(INSTALLATION)[:3] != now[:3]:
                raise DrillFailed("a restore that was refused has changed something")
            self.stack.manage("restore", BACKUPS, "--force-sentence", SENTENCE)
            figures |= self._goes_on(batches)

    def restore_into_nothing(self, batches: list[Batch]) -> None:
        """Database and files are gone for good; the keys were kept apart."""
        with self._step("restore into an empty database") as figures:
            self.stack.dc("stop", *AT_WORK)
            self.stack.dc("run", "--rm", "--no-deps", "-T", "migrate", "sh", "-c",
                          "rm -rf /data/media/* /data/media/.[!.]*")  # fmt: skip
            self.stack.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            self.stack.manage("restore", BACKUPS)
            figures |= self._goes_on(batches)

    def scale(self) -> None:
        with self._step("--scale worker-batch=4") as figures:
            self.stack.dc("up", "-d", "--no-recreate", "--scale", "worker-batch=4")
            self.stack.wait_healthy("worker-batch")
            if len(self.stack.containers("worker-batch")) != 4:
                raise DrillFailed("there are not four of worker-batch")
            batches = [self._draft(f"scaled-{number}") for number in range(4)]
            figures |= self._ends_well(batches)

    # -- parts of steps ------------------------------------------------------------------
    @contextmanager
    def _step(self, name: str) -> Iterator[dict[str, Any]]:
        said(name)
        began, figures = time.monotonic(), self.figures.setdefault(name, {})
        yield figures
        figures["seconds"] = round(time.monotonic() - began, 1)
        said(f"    {figures}")

    def _draft(self, name: str) -> Batch:
        rfp = self.person.new_rfp(name)
        return Batch(rfp, self.person.start(rfp, "draft"))

    def _under_way(self, name: str) -> Batch:
        batch = self._draft(name)
        self._wait_for_answers(batch)
        if self._is_over(batch):
            raise DrillFailed(f"{name}: the batch was over before anything could happen to it")
        return batch

    def _wait_for_answers(self, batch: Batch) -> None:
        wait(lambda: self.person.job(batch.job)["done"] >= UNDER_WAY, "answers come")

    def _is_over(self, batch: Batch) -> bool:
        return bool(self.person.job(batch.job)["status"] == "completed")

    def _ends_well(self, batches: list[Batch]) -> dict[str, Any]:
        for batch in batches:
            self.person.finish(batch.job)
        found = [checks.batch_is_well(self.stack, batch, self.answers) for batch in batches]
        wait(lambda: checks.nothing_is_left(self.stack), "no job is left over")
        return {
            "questions": sum(one["total"] for one in found), "lost": 0, "doubled": 0,
            "otherwise": sum(one["otherwise"] for one in found),
            "attempts": [one["attempts"] for one in found],
        }  # fmt: skip

    def _refused(self, when: str, *words: str) -> None:
        try:
            self.stack.manage(*words)
        except DrillFailed as error:
            said(f"    refused {when}: {str(error).splitlines()[-1][-200:]}")
            return
        raise DrillFailed(f"{words} was not refused {when}")

    def _goes_on(self, batches: list[Batch]) -> dict[str, Any]:
        """Everything is started again, and what was under way in the backup ends as it should."""
        self.stack.dc("start", *AT_WORK)
        self.stack.wait_healthy(*ALL)
        self.person.sign_in()
        return self._ends_well(batches)
