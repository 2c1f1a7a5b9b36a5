"""One document: its text as it is searched and cited, and what is known and decided about it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet, Sum, Value
from django.db.models.functions import Length, Replace
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from jobs.downloads import attachment
from jobs.errors import AlreadyRunning
from jobs.models import Job
from jobs.responses import SeeOther, accepted, already_running
from jobs.watching import watched
from solution_library.access import (
    MAX_ID,
    document_of,
    judged_document_of,
    own_document_of,
    version_of,
)
from solution_library.describing import DocumentChanged, describe
from solution_library.document_forms import DescribeForm, ReviewForm, format_of
from solution_library.duplicates import pairs_of, visible_pairs
from solution_library.ingest import read_again
from solution_library.models import Chunk, Document, DocumentKind, DocumentVersion
from solution_library.offering import Offered
from solution_library.presenting import Alike, Cited, alike_of, badge_of, in_parts
from solution_library.removal import RemovalRefused, remove
from solution_library.reviewing import (
    ReviewRefused,
    decide,
    due_of,
    may_approve,
    may_review,
    settled,
)
from solution_library.usage import answers_by_version, uses_of

CHUNKS_PER_PAGE = 100
VERSIONS_SHOWN = 20
REVIEWS_SHOWN = 20
#: On average, in signs; German stays far below.
LONGEST_WORD = 20
CHANGED = (
    "Somebody has saved these details since you opened them. Yours are still here; saving now "
    "replaces theirs."
)


@require_safe
def document(request: HttpRequest, document_id: int) -> HttpResponse:
    return _shown(request, document_of(request, document_id))


def _shown(
    request: HttpRequest, shown: Document, form: DescribeForm | None = None, status: int = 200
) -> HttpResponse:
    """The page; `form` with what was typed and could not be saved."""
    passages = _passages(request, shown)
    # What belongs to an approved answer is changed on the answer's page.
    may_decide = shown.kind == DocumentKind.FILE and may_review(request.user, shown)
    context = {
        "document": shown,
        "badge": badge_of(shown),
        "due": due_of(shown),
        "crumbs": [("Library", reverse("solution_library:documents"))],
        "job": _job(request, shown),
        "collections": list(shown.collections.for_user(request.user)),
        "tags": list(shown.tags.all()),
        "may_review": may_decide,
        "alike": _alike(request, shown),
        "uses": uses_of(shown, request.user),
        "facts": _facts(shown, passages["version"]),
        "reviews": _reviews(shown),
        **passages,
        **_versions(shown),
        **(_forms(request, shown, form) if may_decide else {}),
        **_decision(request, shown),
    }
    return render(request, "solution_library/document.html", context, status=status)


def _passages(request: HttpRequest, document: Document) -> dict[str, Any]:
    """The version that is asked for, or that of the passage that is, with a page of its text."""
    cited = _cited(request, document)
    version = cited.chunk.version if cited else version_of(document, request.GET.get("version"))
    chunks = Chunk.objects.filter(version=version).defer("lexemes").order_by("ordinal")
    page = _page(request, chunks, cited)
    return {
        "version": version,
        "is_current": version is not None and version.pk == document.current_version_id,
        "page": page,
        "parts": in_parts(list(page), cited, document.title),
        "cited": cited,
        "beside": _beside(cited, chunks),
        "lost_passage": bool(request.GET.get("chunk")) and cited is None,
    }


def _job(request: HttpRequest, document: Document) -> Job | None:
    """The last job that read it; an active one with all that its progress shows, in one query."""
    found = document.embedding_jobs.for_user(request.user).order_by("-id").first()
    if found is None or not found.is_active:
        return found
    return next(iter(watched([found.pk])), found)


def _page(request: HttpRequest, chunks: "QuerySet[Chunk]", cited: Cited | None) -> "Page[Chunk]":
    pages = Paginator(chunks, CHUNKS_PER_PAGE)
    return pages.get_page(_page_of(cited, chunks) if cited else request.GET.get("page"))


def _cited(request: HttpRequest, document: Document) -> Cited | None:
    """The passage in the link's query, if this document still has it."""
    chunk_id = _number(request, "chunk")
    chunks = Chunk.objects.filter(version__document=document).select_related("version")
    chunk = chunks.defer("lexemes").filter(pk=chunk_id).first() if chunk_id else None
    if chunk is None:
        return None
    return Cited(chunk, _number(request, "start"), _number(request, "end"))


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    usable = text.isascii() and text.isdecimal() and len(text) < 19
    return min(int(text), MAX_ID) if usable else 0


def _page_of(cited: Cited, chunks: "QuerySet[Chunk]") -> int:
    before = chunks.filter(ordinal__lt=cited.chunk.ordinal).count()
    return before // CHUNKS_PER_PAGE + 1


def _beside(cited: Cited | None, chunks: "QuerySet[Chunk]") -> dict[str, Chunk | None]:
    """The passages before and after the one that is pointed at."""
    if cited is None:
        return {}
    place = cited.chunk.ordinal
    found = {chunk.ordinal: chunk for chunk in chunks.filter(ordinal__in=(place - 1, place + 1))}
    return {"before": found.get(place - 1), "after": found.get(place + 1)}


def _facts(document: Document, version: DocumentVersion | None) -> dict[str, Any]:
    """How much text there is, by its language; counted in the database."""
    chunks = Chunk.objects.filter(version=version, is_hidden=False).order_by()
    words = Length("text") - Length(Replace("text", Value(" "))) + 1
    sums = {"signs": Sum(Length("text")), "words": Sum(words)}
    rows: list[Any] = list(chunks.values("language").annotate(**sums))
    rows.sort(key=lambda row: -row["signs"])
    known = [row["language"] for row in rows if row["language"] != "simple"]
    found = {key: sum(row[key] for row in rows) for key in sums}
    # Some scripts put no spaces between their words.
    has_words = found["words"] * LONGEST_WORD > found["signs"]
    counted = {"words": found["words"]} if has_words else {"signs": found["signs"]}
    return {**counted, "languages": known[:3], "format": format_of(document)}


def _alike(request: HttpRequest, document: Document) -> list[Alike]:
    pairs = visible_pairs(request.user) & pairs_of(document.pk)
    related = pairs.select_related("first__owner", "second__owner", "decided_by")
    return [alike_of(pair, document) for pair in related.order_by("state", "-similarity")]


def _versions(document: Document) -> dict[str, Any]:
    listed = document.versions.select_related("created_by").defer("signature")
    answers = answers_by_version(document)
    versions = list(listed[: VERSIONS_SHOWN + 1])
    rows = [(version, answers.get(version.pk, 0)) for version in versions[:VERSIONS_SHOWN]]
    return {"versions": rows, "more_versions": len(versions) > VERSIONS_SHOWN}


def _reviews(document: Document) -> Any:
    return list(document.reviews.select_related("reviewer", "version")[:REVIEWS_SHOWN])


def _forms(request: HttpRequest, document: Document, form: DescribeForm | None) -> dict[str, Any]:
    describing = form or DescribeForm(user=request.user, document=document)
    offered = Offered(request.user)
    offered.for_description(describing)
    return {"describe_form": describing, "offered": offered}


def _decision(request: HttpRequest, document: Document) -> dict[str, Any]:
    """The form for what it is good for, which reviewers have too."""
    if document.kind != DocumentKind.FILE or not may_approve(request.user, document):
        return {}
    return {"review_form": ReviewForm(initial={"review_status": settled(document.review_status)})}


@require_safe
def document_file(request: HttpRequest, document_id: int) -> HttpResponseBase:
    """The file as it was received, always to be saved, never to be shown."""
    shown = document_of(request, document_id)
    version: DocumentVersion | None = version_of(shown, request.GET.get("version"))
    try:
        if version is None:
            raise FileNotFoundError
        return attachment(version.file, version.filename)
    except FileNotFoundError:
        return render(request, "jobs/file_gone.html", {"name": shown.title}, status=410)


@require_POST
def document_retry(request: HttpRequest, document_id: int) -> HttpResponse:
    shown = document_of(request, document_id)
    try:
        job = read_again(shown, request.user)
    except AlreadyRunning as error:
        return already_running(request, error)
    return accepted(request, job, url=shown.get_absolute_url())


@require_POST
def document_review(request: HttpRequest, document_id: int) -> HttpResponse:
    """Say whether the document may feed answers."""
    shown = judged_document_of(request, document_id)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _back_with_errors(request, shown, form)
    given = form.cleaned_data
    try:
        decide(shown, given["review_status"], user=request.user, comment=given["comment"],
               due=form.due())  # fmt: skip
    except ReviewRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"“{shown.title}” is now: {shown.get_review_status_display()}.")
    return SeeOther(shown.get_absolute_url())


@require_POST
def document_describe(request: HttpRequest, document_id: int) -> HttpResponse:
    """Its owner, its review date, its collections and tags."""
    shown = own_document_of(request, document_id)
    form = DescribeForm(request.POST, user=request.user, document=shown)
    if not form.is_valid():
        return _shown(request, shown, form, status=422)
    try:
        describe(shown, user=request.user, **form.cleaned_data)
    except DocumentChanged:
        return _shown(request, shown, _again(request, shown), status=409)
    messages.success(request, "Saved.")
    return SeeOther(shown.get_absolute_url())


def _again(request: HttpRequest, document: Document) -> DescribeForm:
    """What was typed, upon the state that the document is in by now."""
    data = request.POST.copy()
    form = DescribeForm(data, user=request.user, document=document)
    data["seen"] = form.initial["seen"]
    form.add_error(None, CHANGED)
    return form


def _back_with_errors(request: HttpRequest, document: Document, form: Any) -> HttpResponse:
    for errors in form.errors.values():
        for error in errors:
            messages.error(request, str(error))
    return SeeOther(document.get_absolute_url())


@require_POST
def document_delete(request: HttpRequest, document_id: int) -> HttpResponse:
    shown = own_document_of(request, document_id)
    try:
        remove(shown)
    except RemovalRefused as refusal:
        messages.error(request, str(refusal))
        return SeeOther(shown.get_absolute_url())
    messages.success(request, f"“{shown.title}” was removed from the library.")
    return SeeOther(reverse("solution_library:documents"))
