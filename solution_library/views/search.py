"""Search through the passages of the library."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from solution_library.forms import SearchForm
from solution_library.highlighting import Piece, excerpt_pieces
from solution_library.models import Document, EmbeddingStatus
from solution_library.search import Hit, Hits
from solution_library.search import search as find

LIMITS = (10, 25, 50)


@dataclass(frozen=True)
class Found:
    """A passage as the page shows it."""

    hit: Hit
    pieces: list[Piece]
    url: str

    @property
    def why(self) -> str:
        """Which of the two ways of searching found it, and how high."""
        words = f"words: no. {self.hit.keyword_rank}" if self.hit.keyword_rank else ""
        sense = f"meaning: no. {self.hit.dense_rank}" if self.hit.dense_rank else ""
        return ", ".join(part for part in (words, sense) if part)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.GET or None)
    query = form.cleaned_data["q"].strip() if form.is_bound and form.is_valid() else ""
    limit = _limit(request.GET.get("limit", ""))
    context: dict[str, object] = {"form": form, "query": query}
    if query:
        hits = _find(request, form, query, limit)
        found = [Found(hit, excerpt_pieces(hit.text, query), passage_url(hit)) for hit in hits]
        context |= {"found": found, "warning": hits.warning,
                    "more_limit": _next_limit(limit) if len(found) == limit else None}  # fmt: skip
    if not context.get("found"):
        ready = Document.objects.answering().filter(embedding_status=EmbeddingStatus.READY)
        context["searchable"] = ready.count()
    return render(request, "solution_library/search.html", context)


def _find(request: HttpRequest, form: SearchForm, query: str, limit: int) -> Hits:
    collection = form.cleaned_data.get("collection")
    chosen = [collection.pk] if collection else None
    return find(query, user=request.user, collections=chosen, limit=limit)


def passage_url(hit: Hit) -> str:
    document = reverse("solution_library:document", args=[hit.document_id])
    return f"{document}?chunk={hit.chunk_id}#chunk-{hit.chunk_id}"


def _limit(text: str) -> int:
    return int(text) if text in map(str, LIMITS) else LIMITS[0]


def _next_limit(limit: int) -> int | None:
    return next((larger for larger in LIMITS if larger > limit), None)
