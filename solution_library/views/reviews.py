"""Which documents somebody should look at: overdue, due soon, or never reviewed."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.roles import Role, has_role
from solution_library.models import Document, DocumentReview, ReviewStatus
from solution_library.models.documents import DocumentQuerySet
from solution_library.reviewing import OUT_OF_USE, SOON, due_of
from solution_library.views.tabs import library_tabs

PAGE_SIZE = 50
SHOWS = (
    ("overdue", "Overdue"),
    ("soon", "Due in 30 days"),
    ("pending", "Never reviewed"),
)


@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """What this person is to review; `whose=all` for everybody's, `show` for which."""
    everybody = request.GET.get("whose") == "all"
    show = request.GET.get("show")
    show = show if show in dict(SHOWS) else "overdue"
    documents = _documents(request, everybody)
    found = _narrowed(documents, show).select_related("owner", "current_version")
    page = Paginator(found.defer("current_version__signature"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "rows": [(document, due_of(document)) for document in page],
        "show": show,
        "everybody": everybody,
        "shows": [_tab(request, documents, key, label, show) for key, label in SHOWS],
        "decided": _decided(request),
        "tabs": library_tabs(request, "reviews"),
        "nav_view": "solution_library:documents",
    }
    return render(request, "solution_library/reviews.html", context)


def _documents(request: HttpRequest, everybody: bool) -> DocumentQuerySet:
    seen = Document.objects.for_user(request.user).of_library()
    seen = seen.exclude(review_status__in=OUT_OF_USE)
    if everybody:
        return seen
    mine = Q(owner=request.user.pk)
    return seen.filter(mine | Q(owner=None) if has_role(request.user, Role.MANAGER) else mine)


def _narrowed(documents: DocumentQuerySet, show: str) -> DocumentQuerySet:
    today = timezone.localdate()
    if show == "overdue":
        return documents.filter(review_due__lt=today).order_by("review_due", "title", "pk")
    if show == "soon":
        soon = documents.filter(review_due__range=(today, today + SOON))
        return soon.order_by("review_due", "title", "pk")
    waiting = (ReviewStatus.PENDING, ReviewStatus.PROCESSING)
    return documents.files().filter(review_status__in=waiting).order_by("-created_at", "-pk")


def _tab(
    request: HttpRequest, documents: DocumentQuerySet, key: str, label: str, show: str
) -> dict[str, Any]:
    whose = "&whose=all" if request.GET.get("whose") == "all" else ""
    url = f"{reverse('solution_library:reviews')}?show={key}{whose}"
    return {"label": label, "url": url, "active": key == show,
            "count": _narrowed(documents, key).count()}  # fmt: skip


def _decided(request: HttpRequest) -> list[DocumentReview]:
    """The last decisions about documents that this person may see."""
    seen = Document.objects.for_user(request.user).values("pk")
    decided = DocumentReview.objects.filter(document__in=seen)
    return list(decided.select_related("document", "reviewer")[:10])
