from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from jobs.models import Notification


def notifications(request: HttpRequest) -> dict[str, Any]:
    """The bell's count, on every page of somebody signed in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    unread = Notification.objects.for_user(user).unread()
    return {"unread_notifications": SimpleLazyObject(unread.count)}
