"""The relay, with stamps on what it publishes."""

import django


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from benchmarks.jobs_parts import stamps

    stamps.watch()
    call_command("relay")


if __name__ == "__main__":
    main()
