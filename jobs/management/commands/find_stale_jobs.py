from typing import Any

from django.core.management.base import CommandParser
from django.db.models import QuerySet

from jobs.finding import stale_jobs
from jobs.management.commanding import (
    CODES,
    FINE,
    SOMETHING,
    JobsCommand,
    facts_of,
    positive_number,
)
from jobs.models import Job


class Command(JobsCommand):
    help = (
        "Lists unfinished jobs without progress for N hours, as “created - id: task”. "
        + CODES.format(fine="there are none", something="there are some")
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--hours", type=positive_number, required=True, metavar="N")

    def find(self, hours: float) -> QuerySet[Job]:
        return stale_jobs(hours)

    def run(self, options: dict[str, Any]) -> int:
        found = list(self.find(options["hours"]))
        self.facts = {"found": len(found), "jobs": facts_of(found)}
        for job in found:
            self.say(f"{job.created_at.isoformat()} - {job.pk}: {job.task_name}")
        return SOMETHING if found else FINE
