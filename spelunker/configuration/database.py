"""The database's logins, and how long it lets a session of a web process take."""

import sys

import environ

from spelunker.processes import WEB, process_name

_env = environ.FileAwareEnv()

#: The logins that `manage.py database_roles` makes for web and workers; see
#: docs/decisions/0018-database-roles.md. Known to the step that migrates, and to nobody else.
APP_DATABASE_URL = _env.str("APP_DATABASE_URL", default="")
WORKER_DATABASE_URL = _env.str("WORKER_DATABASE_URL", default="")

#: In seconds, 0: no limit. A page that takes longer has been given up by whoever asked for it.
WEB_STATEMENT_SECONDS = _env.int("WEB_STATEMENT_SECONDS", default=30)
WEB_LOCK_SECONDS = _env.int("WEB_LOCK_SECONDS", default=10)
WEB_IDLE_IN_TRANSACTION_SECONDS = _env.int("WEB_IDLE_IN_TRANSACTION_SECONDS", default=60)


def session_limits(process: str) -> dict[str, str]:
    """Options for the connections of a process of this name (spelunker/processes.py)."""
    if process != WEB:
        return {}
    limits = {
        "statement_timeout": WEB_STATEMENT_SECONDS,
        "lock_timeout": WEB_LOCK_SECONDS,
        "idle_in_transaction_session_timeout": WEB_IDLE_IN_TRANSACTION_SECONDS,
    }
    words = " ".join(f"-c {name}={seconds}s" for name, seconds in limits.items() if seconds > 0)
    return {"options": words} if words else {}


DATABASE_SESSION_OPTIONS = session_limits(process_name(sys.argv))
