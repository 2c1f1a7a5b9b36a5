import sys
import time
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs.management.commanding import CODES, FINE, SOMETHING, JobsCommand
from llm_manager.fields import KeyUnreadable
from llm_manager.rotation import Rotation, rotate


class Command(JobsCommand):
    help = (
        "Re-encrypts every stored secret (keys of LLM APIs, tokens of sources) under the first "
        "key of FIELD_KEYS. It may be stopped at any moment and run again. "
    ) + CODES.format(
        fine="all are under the first key",
        something="some cannot be read with any key, or with --dry-run some would be re-encrypted",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="only count them")

    def run(self, options: dict[str, Any]) -> int:
        self._next = 0.0
        try:
            done = rotate(dry_run=options["dry_run"], progress=self.progress)
        except KeyUnreadable as error:
            raise CommandError(str(error), returncode=SOMETHING) from error
        if self._next and sys.stderr.isatty():
            self.stderr.write("")
        self.tell(done, dry_run=options["dry_run"])
        pending = done.rotated if options["dry_run"] else 0
        return SOMETHING if done.unreadable or done.left or pending else FINE

    def tell(self, done: Rotation, *, dry_run: bool) -> None:
        self.facts = {"dry_run": dry_run, **asdict(done)}
        verb = "would be re-encrypted" if dry_run else "re-encrypted"
        counted = "1 secret" if done.secrets == 1 else f"{done.secrets} secrets"
        self.say(f"{counted}: {done.rotated} {verb}, {done.current} under the first key before.")
        for place in done.unreadable:
            self.stderr.write(f"cannot be read with any of the keys: {place}. Enter it again.")
        for place in done.left:
            self.stderr.write(f"was being written by others: {place}. Run this once more.")

    def progress(self, done: int, total: int, doing: str) -> None:
        """A line that renews itself on a terminal, and now and then a line in a log."""
        now, live = time.monotonic(), sys.stderr.isatty()
        if now < self._next and not (live and done == total):
            return
        bar = "█" * (20 * done // max(1, total))
        line = f"{bar:░<20} {done}/{total} {doing}" if live else f"{doing}: {done}/{total}"
        self.stderr.write(line, style_func=str, ending="   \r" if live else "\n")
        self.stderr.flush()
        self._next = now + (0.1 if live else 5.0)
