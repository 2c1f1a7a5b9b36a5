"""Takes old entries out of the audit log."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from audit.retention import prune

LEAST_DAYS = 90


class Command(BaseCommand):
    help = (
        "Delete entries of the audit log that are older than --days. Run it as the owner of the "
        "tables (the role that migrates), after export_audit. That it was run is itself an entry."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, required=True, help=f"at least {LEAST_DAYS}")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["days"] < LEAST_DAYS:
            raise CommandError(f"Entries are kept for {LEAST_DAYS} days at least.")
        try:
            gone = prune(timezone.now() - timedelta(days=options["days"]))
        except DatabaseError as error:
            raise CommandError(
                f"The database refused: {error} Connect as the owner of the tables."
            ) from error
        self.stdout.write(f"{gone} entries were deleted.")
