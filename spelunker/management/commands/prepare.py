"""Make the database ready for the processes that follow: what the service `migrate` does."""

from typing import Any

from django.conf import settings
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
        deploy = not settings.DEBUG  # which production refuses: this is somebody developing
        call_command("check", deploy=deploy, fail_level="ERROR")
        call_command("migrate", interactive=False)
        call_command("check", deploy=deploy, databases=["default"], fail_level="ERROR")
        call_command("database_roles")
