"""Search through the passages of the library, and a look at how a search works."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from jobs.responses import is_fragment
from solution_library.answers.freshness import Freshness, freshness_of
from solution_library.explaining import Trial, try_out
from solution_library.highlighting import Piece, excerpt_pieces
from solution_library.hits import Hit
from solution_library.loading import matched_words
from solution_library.models import Document, EmbeddingStatus, LibraryAnswer
from solution_library.neighbours import neighbours
from solution_library.search import search as find
from solution_library.search_form import SearchForm, TrialForm

LIMITS = (10, 25, 50)
TABS = (("Search", "solution_library:search"), ("Test retrieval", "solution_library:search_trial"))


@dataclass(frozen=True)
class Found:
    """A passage as the page shows it. `answer` is what to say of an approved answer."""

    hit: Hit
    pieces: list[Piece]
    url: str
    matched: list[str]
    answer: Freshness | None = None

    @property
    def why(self) -> str:
        """Which of the two ways of searching found it, and how high."""
        return self.hit.why

    @property
    def words_percent(self) -> int:
        """How much of its score comes from its words, in per cent."""
        both = self.hit.keyword_part + self.hit.dense_part
        return round(100 * self.hit.keyword_part / both) if both else 0

    @property
    def meaning_percent(self) -> int:
        return 100 - self.words_percent

    @property
    def copies(self) -> list[tuple[str, str]]:
        """The documents that hold the same passage, with their pages."""
        return [
            (copy.document, _page_of(copy.document_id, copy.chunk_id)) for copy in self.hit.copies
        ]


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.GET or None, user=request.user)
    query, limit = form.query, _limit(request.GET.get("limit", ""))
    context: dict[str, object] = {"form": form, "query": query, "tabs": _tabs(request)}
    if query:
        hits = find(query, user=request.user, limit=limit, rerank=True, **form.limits())
        found = presented(hits, query)
        context |= {"found": found, "hits": hits,
                    "more_limit": _next_limit(limit) if len(found) == limit else None}  # fmt: skip
    if not context.get("found"):
        context["searchable"] = _searchable(request)
    return render(request, "solution_library/search.html", context)


def presented(hits: Iterable[Hit], query: str) -> list[Found]:
    """Passages with the places marked that the query asks for."""
    hits = list(hits)
    matched = matched_words(query, hits)
    answers = _answers({hit.document_id for hit in hits})
    return [
        Found(hit, excerpt_pieces(hit.text, query), passage_url(hit), matched[hit.chunk_id],
              answers.get(hit.document_id))
        for hit in hits
    ]  # fmt: skip


def _answers(document_ids: set[int]) -> dict[int, Freshness]:
    """How fresh the approved answers among the documents are, by document id."""
    found = LibraryAnswer.objects.filter(document__in=document_ids).select_related("document")
    return {answer.document_id: freshness_of(answer) for answer in found}


def _searchable(request: HttpRequest) -> int:
    documents = Document.objects.for_user(request.user).of_library().answering()
    return documents.filter(embedding_status=EmbeddingStatus.READY).count()


def passage_url(hit: Hit) -> str:
    return _page_of(hit.document_id, hit.chunk_id)


def _page_of(document_id: int, chunk_id: int) -> str:
    document = reverse("solution_library:document", args=[document_id])
    return f"{document}?chunk={chunk_id}#chunk-{chunk_id}"


@require_safe
def search_context(request: HttpRequest, chunk_id: int) -> HttpResponse:
    """What stands before and after a passage."""
    context = neighbours([chunk_id], user=request.user).get(chunk_id)
    if context is None:
        raise Http404("No such passage.")
    template = "_context.html" if is_fragment(request) else "context.html"
    return render(request, f"solution_library/{template}", {"context": context})


@require_safe
def search_trial(request: HttpRequest) -> HttpResponse:
    """What a question finds by words, by meaning and by both, and where an expected document
    stands."""
    form = TrialForm(request.GET or None, user=request.user)
    query = form.query
    context: dict[str, object] = {"form": form, "query": query, "tabs": _tabs(request)}
    if query:
        expected = form.expected_document
        trial = try_out(query, request.user, form.limits(), expected)
        context |= {"trial": trial, "lists": _lists(trial, query),
                    "unknown": form.expected_name if expected is None else ""}  # fmt: skip
    return render(request, "solution_library/search_trial.html", context)


def _lists(trial: Trial, query: str) -> list[dict[str, object]]:
    """The three lists in the order of the page, each passage with its place in the others."""
    return [
        {"title": "Both together", "lede": "The order in which answers are drafted from them.",
         "found": presented(trial.both, query), "is_both": True},
        {"title": "By words", "lede": "BM25 over the words, their inflections and codes.",
         "found": presented(trial.words, query)},
        {"title": "By meaning", "lede": "Nearness of the embedding model's vectors.",
         "found": presented(trial.meaning, query)},
    ]  # fmt: skip


def _tabs(request: HttpRequest) -> list[dict[str, object]]:
    asked = request.GET.urlencode()
    here = request.resolver_match.view_name if request.resolver_match else ""
    return [
        {"label": label, "url": f"{reverse(name)}?{asked}" if asked else reverse(name),
         "active": name == here}
        for label, name in TABS
    ]  # fmt: skip


def _limit(text: str) -> int:
    return int(text) if text in map(str, LIMITS) else LIMITS[0]


def _next_limit(limit: int) -> int | None:
    return next((larger for larger in LIMITS if larger > limit), None)
