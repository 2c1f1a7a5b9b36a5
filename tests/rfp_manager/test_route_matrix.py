"""Every route of an RFP times every kind of person. A route that is new must be added to MATRIX,
with what it answers each of them: else the first test fails."""

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

from llm_manager.models import LLMApi, LLMModel
from rfp_manager.models import (
    RFP,
    Answer,
    Assignment,
    Commitment,
    Contradiction,
    Evaluation,
    ExpertPacket,
    ExportedAnswer,
    ExportJob,
    InformationDocument,
    InformationFinding,
    QuestionComment,
    QuestionSet,
    UnsavedEdit,
)
from rfp_manager.urls import urlpatterns
from solution_library.models import Document
from tests.rfp_manager.view_world import cite, make_answer, make_passage, make_rfp, question

pytestmark = pytest.mark.django_db
PEOPLE = ("owner", "member", "stranger", "staff")
#: Stands in all that the stranger must never learn of.
SECRET = "zanzibar"
LOGIN = 302


@dataclass(frozen=True)
class Route:
    """What a route answers `PEOPLE` to an empty request. `args` names objects of the world. POST
    if it cannot be read."""

    codes: tuple[int, int, int, int]
    args: tuple[str, ...] = ()
    post: bool = False
    data: dict[str, str] = field(default_factory=dict)


def shared(*args: str) -> Route:
    """Open to all, but without a word of what the stranger may not see."""
    return Route((200, 200, 200, 200), args)


def of_rfp(*args: str, code: int = 200, **more: Any) -> Route:
    """For those who work on the RFP, and for nobody else."""
    return Route((code, code, 404, code), ("rfp", *args), **more)


def of_question(*args: str, **more: Any) -> Route:
    return of_rfp("question", *args, **more)


def managed(*args: str, **more: Any) -> Route:
    """For those who look after the models; none of these people does."""
    return Route((403, 403, 403, 403), args, **more)


MATRIX: dict[str, Route] = {
    "list": shared(),
    "new": shared(),
    "detail": of_rfp(),
    "edit": Route((200, 403, 404, 200), ("rfp",)),
    "original": of_rfp(),
    "questions": of_rfp(code=302),
    "question": of_question(),
    "answer_edit": of_question(code=422, post=True),
    "answer_state": of_question(code=409, post=True),
    # The owner has other unsaved words there, which nothing overwrites.
    "unsaved": Route((409, 200, 404, 200), ("rfp", "question"), post=True),
    "unsaved_discard": of_question(code=303, post=True),
    "mine": shared(),
    # Only for who holds the question: EXPERT.
    "mine_answer": Route((404, 404, 404, 404), ("question",), post=True),
    "assign": of_question(code=422, post=True),
    "comment": of_question(code=422, post=True),
    "comment_change": of_question("comment", code=422, post=True),
    "versions": of_question(),
    "version_restore": of_question("number", code=303, post=True),
    "suggestion": of_question(code=409, post=True),
    "contradictions": of_rfp(),
    "contradiction": of_rfp("contradiction", code=303, post=True),
    "reviewer_test": of_rfp(),
    "coverage": of_rfp(),
    "bulk": of_rfp(code=303, post=True),
    "start_responder": of_rfp(code=303, post=True),
    "start_reviewer": of_rfp(code=303, post=True),
    "draft_estimate": of_rfp(),
    "review_estimate": of_rfp(),
    "export": of_rfp(code=303, post=True),
    "exports": of_rfp(),
    "export_detail": of_rfp("export"),
    "submitted": of_rfp(code=303, post=True, data={"do": "take_back"}),
    "changes": shared(),
    "changed_document": Route((200, 200, 404, 200), ("document",)),
    "change_check": Route((303, 303, 404, 303), ("question",), post=True),
    "commitments": shared(),
    "commitments_csv": shared(),
    "commitment_decide": Route((303, 303, 404, 303), ("commitment",), post=True),
    "information": of_rfp(),
    "information_upload": of_rfp(code=303, post=True),
    "information_summarise": of_rfp("information", code=303, post=True),
    "information_replace": of_rfp("information", code=303, post=True),
    "information_remove": of_rfp("information", code=303, post=True),
    "information_due": Route((303, 403, 404, 303), ("rfp", "finding"), post=True),
    "packets": of_rfp(),
    "packet": Route((200, 200, 404, 200), ("packet",)),
    "packet_file": Route((200, 200, 404, 200), ("packet",)),
    "packet_bring": shared(),
    "feed": of_rfp(),
    "imported": of_rfp(),
    "mapping": of_rfp(),
    "edition": of_rfp(),
    "edition_choose": Route((303, 403, 404, 303), ("rfp",), post=True),
    "edition_take": of_rfp(code=303, post=True),
    "evaluations": shared(),
    "evaluation_new": shared(),
    "evaluation_estimate": shared(),
    "evaluation": Route((200, 200, 404, 200), ("evaluation",)),
    "decide": managed("evaluation", post=True),
    "question_sets": shared(),
    "question_set_new": shared(),
    "question_set": Route((200, 200, 404, 200), ("set",)),
    "set_remove": Route((303, 303, 404, 303), ("set",), post=True),
    "prompts": shared(),
    "prompt_new": managed(),
    "prompt_default": managed("builtin", post=True),
    "default_changes": shared(),
    "confidence": shared(),
}


@pytest.fixture
def people(alice: User, bob: User, charlie: User, django_user_model: Any) -> dict[str, Any]:
    chief = django_user_model.objects.create_user("chief", password="pw", is_staff=True)
    root = django_user_model.objects.create_superuser("root", password="pw")
    expert = django_user_model.objects.create_user("expert", password="pw")
    return {"owner": alice, "member": bob, "stranger": charlie, "staff": chief, "root": root,
            "expert": expert}  # fmt: skip


@pytest.fixture
def world(people: dict[str, Any]) -> dict[str, Any]:
    """One of everything in an RFP that only its owner, a member and staff may see."""
    owner, member = people["owner"], people["member"]
    rfp = make_rfp(owner, name="Zanzibar harbour")
    rfp.members.add(member)
    rfp.questions.update(text="What does Zanzibar cost?")
    asked = question(rfp, 1)
    answer = make_answer(asked, "Zanzibar is not for sale.")
    other = make_answer(question(rfp, 2), "Zanzibar is for sale.")
    conflict = Contradiction.objects.create(
        rfp=rfp, answer=other, other=answer, answer_version=1, other_version=1, topic="Zanzibar",
        words=other.text, other_words=answer.text,
    )  # fmt: skip
    Assignment.objects.create(question=asked, assignee=people["expert"], note="Zanzibar!")
    said = QuestionComment.objects.create(question=asked, author=owner, text="Ask Zanzibar.")
    UnsavedEdit.objects.create(question=asked, user=owner, text="Zanzibar may", base_version=1)
    sheet = packet_of(answer, people["expert"])
    document, commitment = submitted_answer(answer)
    information, finding = came_with(rfp)
    saved = QuestionSet.objects.create(name="Zanzibar set", owner=owner, rfp=rfp)
    api = LLMApi.objects.create(name="Here", kind="openai", base_url="http://127.0.0.1:9")
    model = LLMModel.objects.create(api=api, model_id="m", kind="chat")
    evaluation = Evaluation.objects.create(
        question_set=saved, kind="prompt", created_by=owner, baseline_chat=model,
        candidate_chat=model,
    )  # fmt: skip
    return {"rfp": rfp.pk, "question": asked.pk, "number": 1, "set": saved.pk, "builtin": 0,
            "evaluation": evaluation.pk, "contradiction": conflict.pk, "document": document.pk,
            "export": commitment.exported_answer.export_id, "commitment": commitment.pk,
            "comment": said.pk, "information": information.pk, "finding": finding.pk, "packet": sheet.pk}  # fmt: skip


def packet_of(answer: Answer, expert: User) -> ExpertPacket:
    """A sheet that came back, with an answer that is not merged yet."""
    row = {"at": "Questions!2", "key": "", "number": "", "question": "What does Zanzibar cost?",
           "right": "", "choice": "", "answer": "Zanzibar is dear.", "declined": ""}  # fmt: skip
    came = {"digest": "0" * 64, "filename": "zanzibar.xlsx", "by": expert.pk,
            "by_name": "Zanzibar", "at": timezone.now().isoformat(), "rows": [row]}  # fmt: skip
    asked = {"version": 1, "asked": answer.question.text, "number": "", "text": answer.text,
             "choice": ""}  # fmt: skip
    return ExpertPacket.objects.create(
        rfp=answer.question.rfp, token="0" * 32, expert=expert, expert_name="Zanzibar",
        contents={str(answer.question_id): asked}, outcome={"returns": [came]},
    )  # fmt: skip


def came_with(rfp: RFP) -> tuple[InformationDocument, InformationFinding]:
    """A document of the buyer's, summarised, with a date that it names."""
    chunk = make_passage("Zanzibar terms")
    document = chunk.version.document
    Document.objects.filter(pk=document.pk).update(kind="rfp")
    cited = [{"chunk": chunk.pk, "quote": chunk.text[:20]}]
    information = InformationDocument.objects.create(
        rfp=rfp, document=document, title="Zanzibar terms", summary="About Zanzibar.",
        summary_citations=cited, summarized_at=timezone.now(),
    )  # fmt: skip
    finding = InformationFinding.objects.create(
        information_document=information, ordinal=0, kind="date", chunk=chunk,
        text="Submission · 12 March 2027, Zanzibar", day=date(2027, 3, 12), quote=chunk.text,
    )  # fmt: skip
    return information, finding


def submitted_answer(answer: Answer) -> tuple[Document, Commitment]:
    """An answer that the buyer was given, its promise, and its document, which is out of use."""
    chunk, rfp = make_passage("Zanzibar policy"), answer.question.rfp
    cite(answer, chunk)
    Document.objects.filter(pk=chunk.version.document_id).update(review_status="archived")
    export = ExportJob.objects.create(rfp=rfp, status="completed", completed_at=timezone.now())
    given = ExportedAnswer.objects.create(
        export=export, question=answer.question, answer_version=1, text=answer.text,
        outcome="answered", state="draft",
    )  # fmt: skip
    RFP.objects.filter(pk=rfp.pk).update(submitted_export=export, submitted_at=timezone.now())
    promise = Commitment.objects.create(
        rfp=rfp, exported_answer=given, customer="Zanzibar", kind="date", words=answer.text,
        start=0, end=9, value="Zanzibar",
    )  # fmt: skip
    return chunk.version.document, promise


def ask(client: Client, name: str, world: dict[str, Any]) -> Any:
    route = MATRIX[name]
    url = reverse(f"rfp_manager:{name}", args=[world[one] for one in route.args])
    return client.post(url, route.data) if route.post else client.get(url)


def body_of(response: Any) -> str:
    whole = b"".join(response.streaming_content) if response.streaming else response.content
    return str(whole.decode("utf-8", "replace")).lower()


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@contextmanager
def undone() -> Iterator[None]:
    """What a person changes is as it was for the next one."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_every_route_stands_in_the_matrix() -> None:
    assert {str(pattern.name) for pattern in urlpatterns} == set(MATRIX)


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_each_person_gets_what_the_matrix_says(
    name: str, world: dict[str, Any], people: dict[str, Any]
) -> None:
    with undone():
        answer = ask(Client(), name, world)
    assert answer.status_code == LOGIN and "/login/" in answer["Location"]
    found = {}
    for person in PEOPLE:
        with undone():
            found[person] = ask(signed_in(people[person]), name, world).status_code
    assert found == dict(zip(PEOPLE, MATRIX[name].codes, strict=True))


#: What an expert, who holds one question of the RFP, is answered where it is not as a stranger.
EXPERT = {name: route.codes[1] for name, route in MATRIX.items() if "question" in route.args}
EXPERT |= {"mine_answer": 422, "change_check": 404}
EXPERT |= {"packets": 200, "packet": 200, "packet_file": 200}


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_an_expert_gets_their_question_and_nothing_else_of_the_rfp(
    name: str, world: dict[str, Any], people: dict[str, Any]
) -> None:
    with undone():
        code = ask(signed_in(people["expert"]), name, world).status_code
    assert code == EXPERT.get(name, MATRIX[name].codes[2])


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_no_route_tells_a_stranger_a_word_of_a_foreign_rfp(
    name: str, world: dict[str, Any], people: dict[str, Any]
) -> None:
    client = signed_in(people["stranger"])
    answer = ask(client, name, world)
    text = body_of(answer) + str(dict(answer.headers)).lower()
    assert SECRET not in text
    assert not Answer.objects.exclude(state="draft", version=1).exists()


HOSTILE = ("%00", "9" * 30, "-1", "9223372036854775808", "%F0%9F%92%A3", "%C2%B2",
           "'%22%3E%3Cscript%3E", "%ED%A0%80", "x" * 3000)  # fmt: skip
QUERIED = ("q", "show", "section", "state", "verdict", "who", "due", "has", "page", "with", "sheet",
           "row", "model", "report", "rfp", "as", "version", "everything",
           "return")  # fmt: skip
SENT = (*QUERIED, "ids", "all", "seen", "action", "assignee", "due_date", "note", "text", "choice",
        "comment", "kept", "then", "answers", "output", "take", "columns", "estimate", "next")  # fmt: skip
FINE = (200, 202, 286, 302, 303, 304, 400, 403, 404, 409, 410, 422)


@pytest.mark.parametrize("name", sorted(n for n, r in MATRIX.items() if not r.post))
def test_no_page_breaks_over_what_stands_in_its_address(
    name: str, world: dict[str, Any], people: dict[str, Any]
) -> None:
    client = signed_in(people["root"])
    url = reverse(f"rfp_manager:{name}", args=[world[n] for n in MATRIX[name].args])
    for hostile in HOSTILE:
        answer = client.get(f"{url}?{'&'.join(f'{one}={hostile}' for one in QUERIED)}")
        assert answer.status_code in FINE, hostile
        assert "'\"><script>" not in body_of(answer)


@pytest.mark.parametrize("name", sorted(n for n, r in MATRIX.items() if r.post))
def test_no_form_breaks_over_what_is_sent(
    name: str, world: dict[str, Any], people: dict[str, Any]
) -> None:
    client = signed_in(people["root"])
    url = reverse(f"rfp_manager:{name}", args=[world[one] for one in MATRIX[name].args])
    for hostile in HOSTILE:
        with undone():
            sent = "&".join(f"{one}={hostile}" for one in SENT)
            answer = client.post(url, sent, content_type="application/x-www-form-urlencoded")
            assert answer.status_code in FINE, hostile
