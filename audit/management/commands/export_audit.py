"""Writes the audit log as JSON Lines, for keeping elsewhere and for `verify_audit --file`."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from audit.chain import lines


class Command(BaseCommand):
    help = "Write the audit log to standard output, one JSON object a line, in order of the chain."

    def handle(self, *args: Any, **options: Any) -> None:
        for line in lines():
            self.stdout.write(json.dumps(line, ensure_ascii=False))
