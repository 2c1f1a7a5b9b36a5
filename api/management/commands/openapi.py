"""Writes the description of the API."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.v1 import described

PLACE = Path("docs") / "api" / "openapi.json"


def text() -> str:
    return json.dumps(described(), indent=1, ensure_ascii=False) + "\n"


class Command(BaseCommand):
    help = f"Write the OpenAPI description to {PLACE}; --check: say whether it is current."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        place = settings.BASE_DIR / PLACE
        if options["check"]:
            if not place.exists() or place.read_text() != text():
                raise CommandError(f"{PLACE} is out of date. Run: manage.py openapi")
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text())
        self.stdout.write(f"{PLACE} is written.")
