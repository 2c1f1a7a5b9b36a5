from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs.management.commanding import CODES, FINE, SOMETHING, JobsCommand
from spelunker.backups.copying import in_words
from spelunker.backups.errors import BackupError
from spelunker.backups.making import Made, make_backup
from spelunker.backups.recording import put_on_record
from spelunker.management.bars import Steps


class Command(JobsCommand):
    help = (
        "Backs up the database and the stored files into a new folder in FOLDER, while everything "
        "goes on. Keys (FIELD_KEYS, SECRET_KEY) are never inside: keep them apart. "
    ) + CODES.format(
        fine="the backup is whole",
        something="no backup was made, or it is whole and files were missing before it",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument(
            "--keep", type=int, default=0, metavar="N", help="keep the newest N backups in FOLDER"
        )

    def run(self, options: dict[str, Any]) -> int:
        if options["keep"] < 0:
            raise CommandError("--keep must be 1 or more; 0 keeps all.", returncode=2)
        try:
            with Steps() as steps:
                made = make_backup(options["folder"], keep=options["keep"], tell=steps.tell)
        except BackupError as error:
            raise CommandError(str(error), returncode=SOMETHING) from error
        put_on_record(made)
        self._report(made)
        return SOMETHING if made.manifest.missing_files else FINE

    def _report(self, made: Made) -> None:
        found = made.manifest
        self.facts |= {
            "folder": str(made.folder), "rows": found.rows, "tables": len(found.tables),
            "files": found.files, "bytes": found.bytes, "seconds": found.seconds,
            "unfinished_jobs": found.unfinished_jobs, "missing_files": found.missing_files,
            "removed": made.removed,
        }  # fmt: skip
        self.say(
            f"{made.folder}: {found.rows:,} rows of {len(found.tables)} tables and {found.files:,} "
            f"files, {in_words(found.bytes)}, in {found.seconds:.0f} s."
        )
        if found.unfinished_jobs:
            self.say(f"{found.unfinished_jobs} jobs were unfinished; after a restore they go on.")
        for name in made.removed:
            self.say(f"Removed the old backup {name}.")
        if found.missing_files:
            self.say(
                f"{len(found.missing_files)} files that the database names are not there, such as "
                f"{found.missing_files[0]}. The manifest lists them all."
            )
        self.say("Keep FIELD_KEYS and SECRET_KEY somewhere else: they are not in it.")
