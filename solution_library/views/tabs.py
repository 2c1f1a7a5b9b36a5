"""The parts of the library's pages, as tabs above each of them."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role, has_role
from solution_library.duplicates import open_pairs
from solution_library.models import Document
from solution_library.reviewing import OUT_OF_USE

TABS = (
    ("documents", "Documents"),
    ("reviews", "Reviews"),
    ("duplicates", "Duplicates"),
    ("collections", "Collections"),
    ("tags", "Tags"),
)


def library_tabs(request: HttpRequest, active: str) -> list[dict[str, Any]]:
    counts = {"reviews": overdue_count(request), "duplicates": open_pairs(request.user).count()}
    return [
        {
            "label": label,
            "url": reverse(f"solution_library:{name}"),
            "active": name == active,
            "count": counts.get(name) or None,
        }
        for name, label in TABS
    ]


def overdue_count(request: HttpRequest) -> int:
    """Documents of this person whose review date is over, and for managers those of nobody too."""
    mine = Document.objects.filter(owner=request.user.pk)
    if has_role(request.user, Role.MANAGER):
        mine |= Document.objects.filter(owner=None)
    overdue = mine.filter(review_due__lt=timezone.localdate())
    return overdue.exclude(review_status__in=OUT_OF_USE).count()
