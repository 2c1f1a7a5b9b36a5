"""Every route of the library times every kind of person. A route that is new must be added to
MATRIX, with what it answers each of them: else the first test fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.models import ItemState, JobItem, Status
from llm_manager.models import LLMApi, LLMModel
from solution_library.answers.merging import merge_answers
from solution_library.answers.texts import content_of
from solution_library.answers.writing import Details, create_answer
from solution_library.models import (
    Chunk,
    Collection,
    Document,
    DocumentationSource,
    DuplicatePair,
    EmbeddingIndex,
    LibraryAnswer,
    SourceKind,
    SyncJob,
    Tag,
)
from solution_library.urls import urlpatterns
from solution_library.wording.passages import write_words
from tests.solution_library.library import a_text, add_text, signed_in, text_of

pytestmark = pytest.mark.django_db
PEOPLE = ("owner", "member", "stranger", "staff")
#: Stands in the names and texts of all that the stranger must never learn of.
SECRET = "zanzibar"
LOGIN = 302


@dataclass(frozen=True)
class Route:
    """What a route answers `PEOPLE` to an empty request, which must change nothing. `args` names
    objects of the world; `query` is for what is named there only. POST if it cannot be read."""

    codes: tuple[int, int, int, int]
    args: tuple[str, ...] = ()
    query: str = ""
    post: bool = False
    data: dict[str, str] = field(default_factory=dict)


def shared(query: str = "", **more: Any) -> Route:
    """Open to all, but without a word of what the stranger may not see."""
    return Route((200, 200, 200, 200), query=query, **more)


def seen(*args: str, **more: Any) -> Route:
    """A page about one restricted thing."""
    return Route((200, 200, 404, 200), args, **more)


def owned(*args: str, **more: Any) -> Route:
    """Its owner and staff change it; a member may only look."""
    return Route((303, 403, 404, 303), args, post=True, **more)


def told(*args: str, **more: Any) -> Route:
    """Who sees it gets a page that says what became of it, or why nothing did."""
    return Route((303, 303, 404, 303), args, post=True, **more)


def back(**more: Any) -> Route:
    """An empty request is refused in words, whoever sends it."""
    return Route((303, 303, 303, 303), post=True, **more)


MATRIX: dict[str, Route] = {
    "documents": shared(f"?q={SECRET}"),
    "upload": Route((303, 303, 303, 303), post=True),
    "documents_bulk": back(),
    "document_row": Route((286, 286, 286, 286), query="?ids={document}"),
    "search": shared(f"?q={SECRET}"),
    "search_trial": shared(f"?q={SECRET}&expected={SECRET}"),
    "search_context": seen("chunk"),
    "indexing": shared(),
    "indexing_build": Route((403, 403, 403, 403), post=True),
    "indexing_switch": Route((403, 403, 403, 403), ("index",), post=True),
    "indexing_drop": Route((403, 403, 403, 403), ("index",), post=True),
    "sources": shared(),
    "source_new": shared(),
    "source_preview": Route((422, 422, 422, 422), post=True),
    "source": seen("source"),
    "source_sync": told("source"),
    "source_counts": Route((286, 286, 404, 286), ("source",)),
    "source_edit": Route((200, 403, 404, 200), ("source",)),
    "source_switch": owned("source", data={"on": "1"}),
    "source_remove": Route((200, 403, 404, 200), ("source",)),
    "answers": shared(f"?q={SECRET}"),
    "answer_new": shared(),
    "answer_near": shared("?question=Where+is+Zanzibar%3F"),
    "answer_pairs": shared(),
    "answer_merge": Route(
        (303, 303, 404, 303), post=True, data={"first": "{answer}", "second": "{other}"}
    ),
    "answers_bulk": back(),
    "answer_import": shared(),
    "answer_export": shared("?format=csv"),
    "answer": seen("answer"),
    "answer_edit": seen("answer"),
    "answer_state": told("answer"),
    "answer_revert": told("answer"),
    "answer_delete": told("answer"),
    "answer_unmerge": told("merge"),
    "document": seen("document"),
    "reviews": shared("?whose=all&show=pending"),
    "duplicates": shared(),
    "duplicate": seen("pair"),
    "duplicate_decide": told("pair"),
    "collections": shared(),
    "collection_new": shared(),
    "collection": Route((404, 200, 404, 200), ("collection",)),
    "collection_delete": Route((404, 303, 404, 303), ("collection",), post=True),
    "tags": shared(),
    "tag": Route((200, 403, 403, 200), ("tag",)),
    "tag_merge": Route((303, 403, 403, 303), ("tag",), post=True),
    "tag_delete": Route((303, 403, 403, 303), ("tag",), post=True),
    "document_versions": seen("document"),
    "version_restore": owned("document", "number"),
    "document_upload": owned("document"),
    "document_describe": owned("document"),
    "document_file": seen("document"),
    "document_review": owned("document"),
    "document_delete": owned("document"),
    "document_retry": told("document"),
}


@pytest.fixture(autouse=True)
def _by_hand(settings: Any) -> None:
    settings.AUTO_EMBED_DOCUMENTS = False


@pytest.fixture
def people(alice: User, bob: User, charlie: User, django_user_model: Any) -> dict[str, Any]:
    chief = django_user_model.objects.create_user("chief", password="pw", is_staff=True)
    root = django_user_model.objects.create_superuser("root", password="pw")
    return {"owner": alice, "member": bob, "stranger": charlie, "staff": chief, "root": root}


@pytest.fixture
def world(people: dict[str, Any]) -> dict[str, Any]:
    """One of everything in a restricted collection. The owner is no member of it on purpose, as
    is who gives a document away or was taken off the list."""
    owner = people["owner"]
    closed = Collection.objects.create(name="Zanzibar deal", is_restricted=True)
    closed.members.add(people["member"])
    tag = Tag.objects.create(name="Islands")
    document, twin = _document(owner, closed, tag, 1), _document(owner, closed, tag, 2)
    first, second = sorted((document.pk, twin.pk))
    pair, _ = DuplicatePair.objects.update_or_create(
        first_id=first, second_id=second, defaults={"similarity": 0.9}
    )
    answer, other, merge = _answers(owner, closed)
    return {
        "document": document.pk, "number": 1, "collection": closed.pk, "tag": tag.pk,
        "pair": pair.pk, "answer": answer.pk, "other": other.pk, "merge": merge,
        "chunk": Chunk.objects.filter(version__document=document).latest("pk").pk,
        "source": _source(owner, closed).pk, "index": _index().pk,
    }  # fmt: skip


def _document(owner: Any, closed: Collection, tag: Tag, number: int) -> Document:
    text = f"Zanzibar buys the harbour. {text_of(7)}"
    document = a_text(text, owner=owner, title=f"Zanzibar paper {number}",
                      path=f"zanzibar/{number}.md")  # fmt: skip
    document.collections.add(closed)
    document.tags.add(tag)
    version = add_text(document, f"{text} Newer.", "Zanzibar, the end.", number=2)
    write_words(list(version.chunks.order_by("ordinal")))
    return document


def _answers(owner: Any, closed: Collection) -> tuple[LibraryAnswer, LibraryAnswer, int]:
    def made(question: str) -> LibraryAnswer:
        content = content_of(question, "Zanzibar, of course.", "", ())
        details = Details(owner=owner, valid_until=date(2099, 1, 1), collections=[closed])
        return create_answer(content, user=owner, details=details, approve=True, embed=False)

    kept, other = made("Where is Zanzibar?"), made("Who buys Zanzibar?")
    merge = merge_answers(made("What is in Zanzibar?"), made("What lies in Zanzibar?"), user=owner)
    return kept, other, merge.pk


def _source(owner: Any, closed: Collection) -> DocumentationSource:
    source = DocumentationSource.objects.create(
        name="Zanzibar files", kind=SourceKind.FOLDER, location="/srv/zanzibar",
        collection=closed, created_by=owner, is_active=False,
    )  # fmt: skip
    job = SyncJob.objects.create(
        source=source, title="Sync “Zanzibar files”", status=Status.FAILED, started_by=owner,
        last_error="zanzibar.pdf: damaged", completed_at=timezone.now(),
    )  # fmt: skip
    JobItem.objects.create(job_id=job.pk, key="zanzibar.pdf", ordinal=1, state=ItemState.FAILED,
                           error="Damaged.", result={"outcome": "failed"})  # fmt: skip
    return source


def _index() -> EmbeddingIndex:
    api = LLMApi.objects.create(name="Here", kind="openai", base_url="http://127.0.0.1:9")
    model = LLMModel.objects.create(api=api, model_id="m", kind="embedding")
    return EmbeddingIndex.objects.create(model=model, dimensions=8)


def ask(client: Client, name: str, world: dict[str, Any], *, end: str = "") -> Any:
    route = MATRIX[name]
    url = reverse(f"solution_library:{name}", args=[world[one] for one in route.args])
    if route.post:
        data = {key: value.format(**world) for key, value in route.data.items()}
        return client.post(url, data)
    # As a fragment, where there is one: a page of its own leads elsewhere.
    headers = {"HX-Request": "true"} if name == "answer_near" else {}
    return client.get(url + route.query.format(**world) + end, headers=headers)


def body_of(response: Any) -> str:
    whole = b"".join(response.streaming_content) if response.streaming else response.content
    return str(whole.decode("utf-8", "replace")).lower()


def test_every_route_stands_in_the_matrix() -> None:
    assert {str(pattern.name) for pattern in urlpatterns} == set(MATRIX)


@contextmanager
def undone() -> Iterator[None]:
    """What a person changes is as it was for the next one."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_each_person_gets_what_the_matrix_says(
    name: str, world: dict[str, Any], people: dict[str, Any]
) -> None:
    answer = ask(Client(), name, world)
    assert answer.status_code == LOGIN and "/login/" in answer["Location"]
    for person, code in zip(PEOPLE, MATRIX[name].codes, strict=True):
        with undone():
            answer = ask(signed_in(people[person]), name, world)
            assert answer.status_code == code, (person, body_of(answer)[:2000])


#: Where a member reads of it: what keeps silent there for a stranger does so for a reason.
TELLING = (
    "documents",
    "document_row",
    "search",
    "search_trial",
    "search_context",
    "sources",
    "source",
    "answers",
    "answer_near",
    "answer_export",
    "answer",
    "document",
    "document_file",
    "document_versions",
    "reviews",
    "duplicates",
    "duplicate",
    "collections",
    "collection",
)


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_no_route_tells_a_stranger_a_word_of_what_is_restricted(
    name: str, world: dict[str, Any], people: dict[str, Any]
) -> None:
    if name in TELLING:
        assert SECRET in untyped(ask(signed_in(people["member"]), name, world))
    client = signed_in(people["stranger"])
    answer = ask(client, name, world)
    text = untyped(answer) + str(dict(answer.headers)).lower()
    place = text.find(SECRET)
    assert place < 0, text[max(0, place - 300) : place + 100]
    if answer.status_code == 303:  # nor what a message says afterwards
        assert SECRET not in body_of(client.get(reverse("solution_library:documents")))


def untyped(response: Any) -> str:
    """A page without what its reader has typed, which stands in inputs, links and sentences."""
    text = body_of(response)
    for own in (f'value="{SECRET}"', f">{SECRET}<", f">\n{SECRET}<", f"“{SECRET}”", f"q={SECRET}",
                f"question={SECRET}", f"expected={SECRET}", f"<title>{SECRET} "):  # fmt: skip
        text = text.replace(own, "")
    return text


HOSTILE_QUERIES = ("%00", "9" * 30, "-1", "9223372036854775808", "%F0%9F%92%A3", "%C2%B2",
                   "'%22%3E%3Cscript%3E", "%ED%A0%80", "x" * 3000)  # fmt: skip
QUERIED = ("q", "question", "answer", "page", "ids", "chunk", "start", "end", "version", "versions",
           "before", "after", "order", "show", "whose", "collection", "tag", "kind", "source",
           "owner", "due", "limit", "expected", "status", "review", "format", "model")  # fmt: skip
HOSTILE_TEXTS = ("\0", "9" * 30, "-1", "9223372036854775808", "\ud800", "²", "[]", "x" * 70_000)
SENT = ("ids", "all", "query", "owner", "due", "collection", "collections", "tags", "tag",
        "comment", "review_status", "again", "review_due", "first", "second", "keep", "do",
        "version", "number", "choice", "into", "name", "kind", "location", "model", "reason",
        "new_collection", "paths", "valid_until", "on", "fate", "next", "action")  # fmt: skip
FINE = (200, 202, 286, 302, 303, 304, 400, 404, 409, 422)


@pytest.mark.parametrize("name", sorted(n for n, r in MATRIX.items() if not r.post))
def test_no_page_breaks_over_what_stands_in_its_address(
    name: str, world: dict[str, Any], people: dict[str, Any]
) -> None:
    client = signed_in(people["root"])
    for hostile in HOSTILE_QUERIES:
        for asked in ("&".join(f"{one}={hostile}" for one in QUERIED), f"version={hostile}"):
            url = reverse(f"solution_library:{name}", args=[world[n] for n in MATRIX[name].args])
            headers = {"HX-Request": "true"} if name == "answer_near" else {}
            answer = client.get(f"{url}?{asked}", headers=headers)
            assert answer.status_code in FINE, hostile
            assert "'\"><script>" not in body_of(answer)


@pytest.mark.parametrize("name", sorted(n for n, r in MATRIX.items() if r.post))
def test_no_form_breaks_over_what_is_sent(
    name: str, world: dict[str, Any], people: dict[str, Any]
) -> None:
    client = signed_in(people["root"])
    url = reverse(f"solution_library:{name}", args=[world[one] for one in MATRIX[name].args])
    for hostile in HOSTILE_TEXTS:
        # As bytes: a browser that is none may send what is no text.
        sent = "&".join(f"{one}={_quoted(hostile)}" for one in SENT)
        answer = client.post(url, sent, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in FINE, hostile


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))
