from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.roles import Role, has_role
from jobs.models import Notification


def notifications(request: HttpRequest) -> dict[str, Any]:
    """The bell's count, on every page of somebody signed in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    unread = Notification.objects.for_user(user).unread()
    return {"unread_notifications": SimpleLazyObject(unread.count)}


def roles(request: HttpRequest) -> dict[str, Any]:
    """What somebody may do everywhere, so that no page shows what would only be refused."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {
        "is_contributor": SimpleLazyObject(lambda: has_role(user, Role.CONTRIBUTOR)),
        "is_manager": SimpleLazyObject(lambda: has_role(user, Role.MANAGER)),
        "is_admin": SimpleLazyObject(lambda: has_role(user, Role.ADMIN)),
    }
