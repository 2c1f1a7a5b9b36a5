import sys
import time
from dataclasses import asdict, replace
from typing import Any

from django.core.management.base import CommandParser

from jobs.management.commanding import CODES, FINE, SOMETHING, JobsCommand, positive_number
from jobs.purging import CHUNK, Purge, Purged, Retention, would_purge

WORDS = {
    "completed": "completed jobs",
    "failed": "failed jobs",
    "cancelled": "cancelled jobs",
    "canaries": "canaries",
    "notifications": "notifications that were read",
    "expired_files": "expired files",
    "forgotten_files": "files that no job knows",
}
LINE_SECONDS = 1.0


class Command(JobsCommand):
    help = (
        "Deletes old finished jobs with their items, logs, notifications and result files. "
        "Unfinished jobs, what they depend on, and files on offer are never deleted. It may be "
        "stopped at any moment. "
    ) + CODES.format(
        fine="done, or nothing to do",
        something="a file could not be deleted, or with --dry-run something would be",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        for name, days in asdict(Retention.configured()).items():
            parser.add_argument(
                f"--{name}", type=positive_number, metavar="DAYS",
                help=f"keep {WORDS[name]} so long (default {days:g})",
            )  # fmt: skip
        parser.add_argument("--chunk", type=positive_number, default=CHUNK, metavar="N")
        parser.add_argument("--dry-run", action="store_true", help="only count them")

    def run(self, options: dict[str, Any]) -> int:
        keep = Retention.configured()
        given = {name: options[name] for name in asdict(keep) if options[name] is not None}
        keep, self._next = replace(keep, **given), time.monotonic() + LINE_SECONDS
        if options["dry_run"]:
            found = would_purge(keep)
            self.tell(found, "would be deleted", dry_run=True)
            return SOMETHING if found.total else FINE
        done = Purge(keep, self.progress, max(1, int(options["chunk"]))).run()
        self.tell(done, "deleted", dry_run=False)
        return SOMETHING if done.troubled else FINE

    def tell(self, counted: Purged, verb: str, *, dry_run: bool) -> None:
        counts = counted.counts()
        self.facts = {"dry_run": dry_run, **counts, "troubled": counted.troubled}
        for name, words in WORDS.items():
            if counts[name]:
                self.say(f"{counts[name]} {words} {verb}")
        if not counted.total:
            self.say(f"Nothing {'would be ' if dry_run else ''}deleted.")
        for trouble in counted.troubled:
            self.stderr.write(f"could not be deleted: {trouble}")

    def progress(self, done: int, total: int, doing: str) -> None:
        """A line that renews itself on a terminal, and now and then a line in a log."""
        if time.monotonic() < self._next:
            return
        live = sys.stderr.isatty()
        line, ending = f"{doing}: {done}/{total}", "   \r" if live else "\n"
        self.stderr.write(line, style_func=str, ending=ending)
        self.stderr.flush()
        self._next = time.monotonic() + (0.2 if live else 5 * LINE_SECONDS)
