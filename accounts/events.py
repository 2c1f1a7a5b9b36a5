"""Account events as audit entries."""

from typing import Any

from audit.recording import record as write


def record(action: str, *, actor: Any, target: Any = None, **details: Any) -> None:
    """Write one account event to the audit log, in the caller's transaction. Where the request
    came from the log knows by itself."""
    write(action, actor=actor, target=target, details=details)
