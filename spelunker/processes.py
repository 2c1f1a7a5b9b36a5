"""What a process of Spelunker calls itself towards the database."""

from collections.abc import Sequence
from pathlib import PurePath

RELAY = "spelunker relay"
WEB = "spelunker web"
CELERY_COMMANDS = ("worker", "beat", "flower")
POSTGRES_BYTES = 63  # PostgreSQL cuts application_name there


def process_name(argv: Sequence[str]) -> str:
    """A name such as "spelunker relay", from the command line that started the process.

    It stands in pg_stat_activity, where health checks look for the relay and people for who
    holds a lock.
    """
    program = PurePath(argv[0] if argv else "")
    name = program.parent.name if program.stem == "__main__" else program.stem
    words = [word for word in argv[1:] if not word.startswith("-")]
    if name == "manage" and words:
        name = words[0]
    elif name == "celery":
        name = next((word for word in words if word in CELERY_COMMANDS), name)
    elif name == "gunicorn":
        name = "web"
    return f"spelunker {name}".strip().encode()[:POSTGRES_BYTES].decode(errors="ignore")
