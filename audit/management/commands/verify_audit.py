"""Checks that the audit log is as it was written."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.chain import NotAnExport, Verdict, lines, lines_of, verify


class Command(BaseCommand):
    help = (
        "Check the chain of hashes of the audit log, or of a file written by export_audit. "
        "Note the hash it prints where the server cannot reach it, and give it as --head next "
        "time: only so can entries that were cut off the end be noticed. Exit code 1: not whole."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, help="check this export instead of the database")
        parser.add_argument("--head", default="", help="a hash noted earlier that must be there")

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = self._verdict(options["file"], options["head"].strip().lower())
        if not verdict.is_whole:
            raise CommandError("The audit log is not whole. " + " ".join(verdict.faults))
        if not verdict.entries:
            self.stdout.write("The audit log is empty.")
            return
        self.stdout.write(
            f"The audit log is whole: {verdict.entries} entries, {verdict.first} to "
            f"{verdict.position}, hash of the last {verdict.head}."
        )

    def _verdict(self, path: Path | None, head: str) -> Verdict:
        if path is None:
            return verify(lines(), known_head=head)
        try:
            with path.open(encoding="utf-8") as file:
                return verify(lines_of(file), known_head=head)
        except (NotAnExport, OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path}: {error}") from error
