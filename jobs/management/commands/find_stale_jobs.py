from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import QuerySet

from jobs.finding import stale_jobs
from jobs.models import Job


def positive_number(text: str) -> float:
    """A number above 0, for the command line."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise ArgumentTypeError(f"“{text}” is not a number above 0")
    return value


class Command(BaseCommand):
    help = (
        "Lists unfinished jobs without progress for N hours, as “created - id: task”. "
        "Exit code 0: there are none; 1: there are some."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hours", type=positive_number, required=True, metavar="N")

    def find(self, hours: float) -> QuerySet[Job]:
        return stale_jobs(hours)

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for job in self.find(options["hours"]).iterator():
            self.stdout.write(f"{job.created_at.isoformat()} - {job.pk}: {job.task_name}")
            found += 1
        if found:
            raise SystemExit(1)
