"""What Django itself tells of: sign-in and out, and changes in its admin."""

from typing import Any

from django.contrib.admin.models import ADDITION, DELETION, LogEntry, LogEntryManager
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest

from audit.recording import record
from audit.tracking import Tracked, track

VERBS = {ADDITION: "admin.added", DELETION: "admin.deleted"}
UNKNOWN = "somebody unknown"


@receiver(user_logged_in)
def signed_in(user: Any, request: HttpRequest | None = None, **_: Any) -> None:
    record("session.began", actor=user, target=user, request=request)


@receiver(user_logged_out)
def signed_out(user: Any, request: HttpRequest | None = None, **_: Any) -> None:
    if user is not None:
        record("session.ended", actor=user, target=user, request=request)


@receiver(user_login_failed)
def not_signed_in(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    """The name is kept only if it is somebody's: people type passwords into the wrong field."""
    given = credentials.get("username") or credentials.get("email") or ""
    model = get_user_model()
    known = model.objects.filter(**{model.USERNAME_FIELD: str(given)[:150].replace("\x00", "")})
    record("session.refused", actor=UNKNOWN, target=known.first() or UNKNOWN, request=request)


@receiver(post_save, sender=LogEntry)
def mirror(instance: LogEntry, **_: Any) -> None:
    kind = str(instance.content_type) if instance.content_type_id else ""
    record(
        VERBS.get(instance.action_flag, "admin.changed"),
        actor=instance.user,
        target=instance.object_repr,
        details={"kind": kind, "id": instance.object_id, "what": instance.change_message},
    )


def mirror_many() -> None:
    """Of several objects at once Django writes the log with `bulk_create`, which tells nobody."""
    original = LogEntryManager.log_actions

    def log_actions(self: Any, user_id: Any, queryset: Any, *args: Any, **more: Any) -> Any:
        done = original(self, user_id, queryset, *args, **more)
        # One alone is saved, and so is told of by its signal.
        for entry in done if isinstance(done, list) and len(done) > 1 else ():
            mirror(entry)
        return done

    LogEntryManager.log_actions = log_actions  # type: ignore[method-assign]


def connect() -> None:
    """Called once, when the apps are ready."""
    mirror_many()
    rights = {name: "user.rights_changed" for name in ("is_active", "is_staff", "is_superuser")}
    track(get_user_model(), Tracked("user", ("username", "email"), rights))
