"""Breaks the glass: takes a person's second factor away, for when no admin can sign in."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import mfa


class Command(BaseCommand):
    help = (
        "Removes all second factors of a person and ends their sessions, so that they can sign in "
        "with their password and set up a new one. It is written into the audit log."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="the user name")

    def handle(self, *args: Any, user: str, **options: Any) -> None:
        person = get_user_model()._default_manager.filter(username=user).first()
        if person is None:
            raise CommandError(f"There is nobody called “{user}”.")
        count = mfa.drop(person, by="manage.py reset_mfa")
        self.stdout.write(f"{count} removed. {user} can sign in with the password alone.")
