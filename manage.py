#!/usr/bin/env python
"""Command line of Spelunker."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spelunker.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit(
            "Django is not installed for this Python. Run `make setup` once, then use "
            ".venv/bin/python manage.py …"
        )
    from spelunker.embedded.bootstrap import prepare_environment

    prepare_environment(sys.argv)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
