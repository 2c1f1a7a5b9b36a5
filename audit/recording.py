"""Writes into the audit log. The entry is part of the caller's transaction: what is rolled back
leaves no entry, and what is committed has one."""

import re
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from audit.models import AuditEntry
from audit.redaction import plain, redact, redact_text
from audit.request_ids import CURRENT, Context, client_ip

ACTION = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*)+")
#: Of what nobody at a browser has done.
SYSTEM = "Spelunker"


def record(
    action: str,
    *,
    actor: Any,
    target: Any = None,
    details: dict[str, Any] | None = None,
    request: HttpRequest | None = None,
) -> None:
    """Write down that `actor` (a user, a name, or None) did `action` to `target` (an object of
    ours, a name, or None). Without an actor it is who is signed in, else Spelunker itself.

    `details` are redacted and cut to size. Raises ValueError for an action that is not written
    like "thing.happened".
    """
    if len(action) > 60 or not ACTION.fullmatch(action):
        raise ValueError(f"An action is written like “thing.happened”, not “{action}”.")
    context = _context(request)
    actor_id, actor_name = _actor(actor, context)
    kind, target_id, target_name = _target(target)
    AuditEntry.objects.create(
        at=timezone.now(), action=action, actor_id=actor_id, actor_name=actor_name,
        ip=context.ip if context else "", request_id=context.id if context else "",
        target_kind=kind, target_id=target_id, target_name=target_name,
        details=redact(details or {}),
    )  # fmt: skip


def _context(request: HttpRequest | None) -> Context | None:
    if request is None:
        return CURRENT.get()
    return Context(getattr(request, "id", ""), client_ip(request), request)


def _actor(actor: Any, context: Context | None) -> tuple[int | None, str]:
    if isinstance(actor, str):
        return None, plain(redact_text(actor), 200)
    if actor is None and context is not None:
        actor = context.user
    if actor is None or not getattr(actor, "pk", None):
        return None, "" if context else SYSTEM
    return actor.pk, plain(actor.get_username(), 200)


def _target(target: Any) -> tuple[str, str, str]:
    if target is None:
        return "", "", ""
    if isinstance(target, str):
        return "", "", plain(redact_text(target), 300)
    meta = getattr(target, "_meta", None)
    kind = str(meta.verbose_name) if meta else type(target).__name__
    key = getattr(target, "pk", None)
    name = plain(redact_text(str(target)), 300)
    return plain(kind, 60), plain(str(key), 64) if key is not None else "", name
