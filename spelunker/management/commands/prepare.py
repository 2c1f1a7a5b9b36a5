"""Make the database ready for the processes that follow: what the service `migrate` does."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = (
        "Checks the settings, migrates, checks the database and sets the logins of web and "
        "workers, in one process. Stops at the first error; may be run again."
    )
    # Its own first step, with --deploy.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("check", deploy=True, fail_level="ERROR")
        call_command("migrate", interactive=False)
        call_command("check", deploy=True, databases=["default"], fail_level="ERROR")
        call_command("database_roles")
