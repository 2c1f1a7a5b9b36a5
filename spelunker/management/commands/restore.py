from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs.management.commanding import CODES, FINE, SOMETHING, JobsCommand
from spelunker.backups.errors import BackupError
from spelunker.backups.recording import put_restore_on_record, record_verified
from spelunker.backups.restoring import Restored, force_sentence, restore, verify
from spelunker.embedded.stack import install_pgmq
from spelunker.management.bars import Steps


class Command(JobsCommand):
    help = (
        "Restores a backup (the newest one in FOLDER) into an empty installation, compares every "
        "table and file with what was backed up, and lets unfinished jobs go on. With --verify "
        "only into a temporary database, and nothing of the live one is touched. "
    ) + CODES.format(fine="all is as it was backed up", something="refused, or it is not")
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument("--verify", action="store_true", help="only try it")
        parser.add_argument(
            "--force-sentence", default="", metavar="SENTENCE",
            help="replace an installation that is in use; a refusal tells the sentence",
        )  # fmt: skip

        parser.add_argument(
            "--without-keys", action="store_true",
            help="also when FIELD_KEYS are others, so that stored keys must be entered again",
        )  # fmt: skip

    def run(self, options: dict[str, Any]) -> int:
        said = options["force_sentence"]
        if said and said != force_sentence():
            raise CommandError(f'The sentence is not "{force_sentence()}".', returncode=SOMETHING)
        try:
            with Steps() as steps:
                found = self._found(options, steps)
        except BackupError as error:
            raise CommandError(str(error), returncode=SOMETHING) from error
        self._verified(found) if options["verify"] else self._restored(found)
        return FINE

    def _found(self, options: dict[str, Any], steps: Steps) -> Restored:
        folder, without_keys = options["folder"], options["without_keys"]
        if options["verify"]:
            return verify(folder, steps.tell, without_keys=without_keys)
        return restore(
            folder, sentence=options["force_sentence"], without_keys=without_keys, tell=steps.tell
        )

    def _verified(self, found: Restored) -> None:
        record_verified(found.backup)
        self._facts(found)
        self.say(
            f"{found.backup} can be restored: {found.manifest.rows:,} rows of "
            f"{len(found.manifest.tables)} tables and {found.manifest.files:,} files are as they "
            "were. The live database was not touched."
        )

    def _restored(self, found: Restored) -> None:
        install_pgmq()
        put_restore_on_record(found)
        self._facts(found)
        again = found.recovered
        self.say(
            f"Restored {found.backup}: {found.manifest.rows:,} rows and {found.manifest.files:,} "
            "files, each as it was."
        )
        self.say(
            f"{again.released + again.sent_again} unfinished jobs go on once relay and workers run."
        )
        self.say("Everybody signs in again.")
        for warning in found.warnings:
            self.say(f"Note: {warning}")

    def _facts(self, found: Restored) -> None:
        self.facts |= {
            "backup": str(found.backup), "made_at": found.manifest.made_at,
            "rows": found.manifest.rows, "files": found.manifest.files,
            "jobs_released": found.recovered.released,
            "jobs_sent_again": found.recovered.sent_again, "warnings": found.warnings,
        }  # fmt: skip
