"""Make the database's logins for web and workers, or bring them up to date."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from spelunker.database_roles import RolesRefused, apply


class Command(BaseCommand):
    help = (
        "Gives the logins of APP_DATABASE_URL and WORKER_DATABASE_URL what they need and no more. "
        "Run as the owner, after every migrate and restore; does nothing where one login does all."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = apply()
        except RolesRefused as error:
            raise CommandError(str(error)) from error
        for line in done or ["One login does everything: nothing to separate."]:
            self.stdout.write(line)
