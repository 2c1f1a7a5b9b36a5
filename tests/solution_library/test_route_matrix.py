"""Every route of the library times every kind of person, of each role. A route that is new must be
added to MATRIX, with what it answers each of them: else a test fails."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
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
from solution_library.wording.passages import write_words
from tests.people import STRANGERS, People, make_person
from tests.route_matrix import (
    POST,
    Row,
    answered,
    ask,
    body_of,
    changes_for,
    expected,
    undone,
    unnamed_methods,
)
from tests.solution_library.library import a_text, add_text, text_of

pytestmark = pytest.mark.django_db
NAMESPACE = "solution_library"
#: Members of the restricted collection with an account of each lesser role.
MEMBERS = ("reading_member", "member", "reviewing_member")
UNKNOWN = ("reader", "contributor", "reviewer")
EVERYWHERE = ("manager", "admin")
PEOPLE = ("owner", *MEMBERS, *STRANGERS)
#: Stands in the names and texts of all that a stranger must never learn of.
SECRET = "zanzibar"


def codes(code: int, **others: int) -> dict[str, int]:
    """The same for everybody with an account, but for some."""
    return dict.fromkeys(["owner", *MEMBERS, *UNKNOWN, *EVERYWHERE], code) | others


def shared(query: str = "", *args: str, **more: Any) -> Row:
    """Open to all, but without a word of what a stranger may not see."""
    return Row(codes(200), args, query=query, **more)


def makes(code: int = 200, **more: Any) -> Row:
    """For everybody but readers."""
    return Row(codes(code, reader=403, reading_member=403), **more)


def seen(*args: str, code: int = 200, **more: Any) -> Row:
    """A page about one restricted thing."""
    return Row(codes(code) | dict.fromkeys(UNKNOWN, 404), args, **more)


def told(*args: str, code: int = 303, post: bool = True, **more: Any) -> Row:
    """Who sees it gets a page that says what became of it, or why nothing did; readers do not."""
    found = seen(*args, code=code).codes
    return Row({**found, "reading_member": 403}, args, post=post, **more)


def owned(*args: str, code: int = 303, post: bool = True, **more: Any) -> Row:
    """Its owner and managers change it; a member may only look."""
    found = seen(*args, code=code).codes
    return Row({**found, **dict.fromkeys(MEMBERS, 403)}, args, post=post, **more)


def judged(*args: str, **more: Any) -> Row:
    """Reviewers too say what it is good for."""
    return Row({**owned(*args).codes, "reviewing_member": 303}, args, post=True, **more)


def of_collection(code: int, reading: int = 403, **more: Any) -> Row:
    """The owner of the documents in it is no member: the collection itself is closed to them."""
    found = {**seen(code=code).codes, "owner": 404, "reading_member": reading}
    return Row(found, ("collection",), **more)


def of_tag(code: int, **more: Any) -> Row:
    """Everybody knows the tags; who bears them alone changes them."""
    return Row(codes(403, owner=code, manager=code, admin=code), ("tag",), **more)


def administered(code: int = 303, *args: str) -> Row:
    return Row(codes(403, admin=code), args, post=True)


MATRIX: dict[str, Row] = {
    "documents": shared(f"?q={SECRET}"),
    "upload": makes(303, post=True),
    "documents_bulk": makes(303, post=True),
    "document_row": Row(codes(286), query="?ids={document}"),
    "search": shared(f"?q={SECRET}"),
    "search_trial": shared(f"?q={SECRET}&expected={SECRET}"),
    "search_context": seen("chunk"),
    "indexing": shared(),
    "indexing_build": administered(),
    "indexing_switch": administered(303, "index"),
    "indexing_drop": administered(303, "index"),
    "sources": shared(),
    "source_new": makes(),
    "source_new POST": makes(),
    "source_preview": makes(422, post=True),
    "source": seen("source"),
    "source_sync": told("source"),
    "source_counts": seen("source", code=286),
    "source_edit": owned("source", code=200, post=False),
    "source_edit POST": owned("source", code=200),
    "source_switch": owned("source", data={"on": "1"}),
    "source_remove": owned("source", code=200, post=False),
    "source_remove POST": owned("source", code=200),
    "answers": shared(f"?q={SECRET}"),
    "answer_new": makes(),
    "answer_new POST": makes(422),
    # As a fragment, where there is one: a page of its own leads elsewhere.
    "answer_near": Row(
        codes(200, anonymous=286, suspended=286),
        query="?question=Where+is+Zanzibar%3F",
        headers={"HX-Request": "true"},
    ),  # fmt: skip
    "answer_pairs": shared(),
    "answer_merge": told(data={"first": "{answer}", "second": "{other}"}),
    "answers_bulk": makes(303, post=True),
    "answer_import": makes(),
    "answer_import POST": makes(422),
    "answer_export": shared("?format=csv"),
    "answer": seen("answer"),
    "answer_edit": told("answer", code=200, post=False),
    "answer_edit POST": told("answer", code=422),
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
    "collection_new": makes(),
    "collection_new POST": makes(200),
    "collection": of_collection(200, reading=200),
    "collection POST": of_collection(200),
    "collection_delete": of_collection(303, post=True),
    "tags": shared(),
    "tags POST": makes(200),
    "tag": of_tag(200),
    "tag POST": of_tag(200),
    "tag_merge": of_tag(303, post=True),
    "tag_delete": of_tag(303, post=True),
    "document_versions": seen("document"),
    "version_restore": owned("document", "number"),
    "document_upload": owned("document"),
    "document_describe": owned("document", code=409),
    "document_file": seen("document"),
    "document_review": judged("document"),
    "document_delete": owned("document"),
    "document_retry": told("document"),
}


@pytest.fixture(autouse=True)
def _by_hand(settings: Any) -> None:
    settings.AUTO_EMBED_DOCUMENTS = False


@pytest.fixture
def people() -> People:
    found = People()
    for name, role in (("reading_member", Role.READER), ("reviewing_member", Role.REVIEWER)):
        found.known[name] = make_person(name, role)
    return found


@pytest.fixture
def world(people: People) -> dict[str, Any]:
    """One of everything in a restricted collection. The owner is no member of it on purpose, as
    is who gives a document away or was taken off the list."""
    owner = people["owner"]
    closed = Collection.objects.create(name="Zanzibar deal", is_restricted=True)
    closed.members.set([people[name] for name in MEMBERS])
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


@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_gets_what_the_matrix_says(
    person: str, world: dict[str, Any], people: People
) -> None:
    assert answered(MATRIX, NAMESPACE, person, people, world) == expected(MATRIX, person)


def test_every_way_to_ask_a_route_has_its_row(world: dict[str, Any], people: People) -> None:
    assert unnamed_methods(MATRIX, NAMESPACE, people.client("root"), world) == []


@pytest.mark.parametrize("person", ["reader", "reading_member"])
def test_readers_change_nothing(person: str) -> None:
    assert changes_for(MATRIX, person) == []


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


@pytest.mark.parametrize("person", UNKNOWN)
def test_no_route_tells_a_stranger_a_word_of_what_is_restricted(
    person: str, world: dict[str, Any], people: People
) -> None:
    member, stranger = people.client("member"), people.client(person)
    for name, asked in MATRIX.items():
        if name in TELLING:
            assert SECRET in untyped(ask(member, NAMESPACE, name, asked, world)), name
        answer = ask(stranger, NAMESPACE, name, asked, world)
        text = untyped(answer) + str(dict(answer.headers)).lower()
        place = text.find(SECRET)
        assert place < 0, (name, text[max(0, place - 300) : place + 100])
    # Nor what messages say afterwards.
    assert SECRET not in body_of(stranger.get(reverse("solution_library:documents")))


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


@pytest.mark.parametrize("hostile", HOSTILE_QUERIES)
def test_no_page_breaks_over_what_stands_in_its_address(
    hostile: str, world: dict[str, Any], people: People
) -> None:
    client = people.client("root")
    for name, row in MATRIX.items():
        if row.post or name.endswith(POST):
            continue
        for query in ("&".join(f"{one}={hostile}" for one in QUERIED), f"version={hostile}"):
            url = reverse(f"{NAMESPACE}:{name}", args=[world[n] for n in row.args])
            answer = client.get(f"{url}?{query}", headers=row.headers)
            assert answer.status_code in FINE, name
            assert "'\"><script>" not in body_of(answer), name


@pytest.mark.parametrize("hostile", HOSTILE_TEXTS)
def test_no_form_breaks_over_what_is_sent(
    hostile: str, world: dict[str, Any], people: People
) -> None:
    client = people.client("root")
    # As bytes: a browser that is none may send what is no text.
    sent = "&".join(f"{one}={_quoted(hostile)}" for one in SENT)
    for name, row in MATRIX.items():
        if not (row.post or name.endswith(POST)):
            continue
        place = f"{NAMESPACE}:{name.removesuffix(POST)}"
        url = reverse(place, args=[world[one] for one in row.args])
        with undone():
            answer = client.post(url, sent, content_type="application/x-www-form-urlencoded")
            assert answer.status_code in FINE, name


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))
