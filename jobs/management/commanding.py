"""What the commands that look after jobs share: --json, and exit codes that a script can use."""

import json
from argparse import ArgumentTypeError
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs.database import AWAY
from jobs.models import Job

#: Nothing to report, or all is done.
FINE = 0
#: A look found something, or a deed could not be done wholly.
SOMETHING = 1
#: argparse's own, for a command line that makes no sense.
USAGE = 2
CODES = "Exit code 0: {fine}; 1: {something}, or the database is away; 2: wrong usage."


def positive_number(text: str) -> float:
    """A number above 0, for the command line."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise ArgumentTypeError(f"“{text}” is not a number above 0")
    return value


class JobsCommand(BaseCommand):
    """A command whose `run` prints words or fills in `facts`, and returns its exit code."""

    facts: dict[str, Any]
    as_json: bool

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead")

    def handle(self, *args: Any, **options: Any) -> None:
        self.facts, self.as_json = {}, options["json"]
        try:
            code = self.run(options)
        except AWAY as error:
            raise CommandError(f"The database is away: {error}", returncode=SOMETHING) from error
        if self.as_json:
            self.stdout.write(json.dumps(self.facts, ensure_ascii=False))
        if code:
            raise SystemExit(code)

    def run(self, options: dict[str, Any]) -> int:
        raise NotImplementedError

    def say(self, line: str) -> None:
        """A line for people."""
        if not self.as_json:
            self.stdout.write(line)


def facts_of(jobs: Iterable[Job]) -> list[dict[str, Any]]:
    """Jobs for programs."""
    return [
        {
            "id": job.pk, "task": job.task_name, "title": job.title, "status": job.status,
            "queue": job.queue, "created_at": job.created_at.isoformat(),
            "run_after": job.run_after.isoformat() if job.run_after else None,
        }
        for job in jobs
    ]  # fmt: skip
