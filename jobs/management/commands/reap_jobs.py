from typing import Any

from django.core.management.base import CommandParser

from jobs.management.commanding import CODES, FINE, SOMETHING, JobsCommand
from jobs.sweep import Swept, sweep

WORDS = {
    "lost": "had a worker that died; taken up again, or given up after three crashes",
    "cancelled": "waited although somebody had cancelled them; ended",
    "refused": "waited for a job that did not complete; ended",
    "expired": "had not started in time to be of use; ended",
    "redispatched": "were sent and not taken; sent again",
    "troubled": "could not be put right; see the log",
}


class Command(JobsCommand):
    help = (
        "Puts right what dead workers left behind, as the relay does every few seconds. "
    ) + CODES.format(
        fine="done, or nothing to do",
        something="some jobs could not be put right, or with --dry-run there is something to do",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def run(self, options: dict[str, Any]) -> int:
        only_look = options["dry_run"]
        found = sweep(dry_run=only_look)
        self.facts = {"dry_run": only_look} | {name: getattr(found, name) for name in WORDS}
        something = self.tell(found)
        if only_look:
            self.say("Nothing was changed.")
        return SOMETHING if found.troubled or (only_look and something) else FINE

    def tell(self, found: Swept) -> bool:
        for name, words in WORDS.items():
            if ids := getattr(found, name):
                self.say(f"{len(ids)} {words}: {', '.join(map(str, ids))}")
        something = any(getattr(found, name) for name in WORDS)
        if not something:
            self.say("No job needs anything.")
        return something
