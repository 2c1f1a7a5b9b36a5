from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs.sweep import Swept, sweep

WORDS = {
    "lost": "had a worker that died; taken up again, or given up after three crashes",
    "cancelled": "waited although somebody had cancelled them; ended",
    "refused": "waited for a job that did not complete; ended",
    "expired": "had not started in time to be of use; ended",
    "redispatched": "were sent and not taken; sent again",
    "troubled": "could not be put right; see the log",
}


class Command(BaseCommand):
    help = (
        "Puts right what dead workers left behind, as the relay does every few seconds. "
        "Exit code 0: done; 1: some jobs could not be put right."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        found = sweep(dry_run=options["dry_run"])
        self.say(found)
        if options["dry_run"]:
            self.stdout.write("Nothing was changed.")
        if found.troubled:
            raise SystemExit(1)

    def say(self, found: Swept) -> None:
        for name, words in WORDS.items():
            ids: list[int] = getattr(found, name)
            if ids:
                self.stdout.write(f"{len(ids)} {words}: {', '.join(map(str, ids))}")
        if not any(getattr(found, name) for name in WORDS):
            self.stdout.write("No job needs anything.")
