"""Every route of an RFP times every kind of person, of each role everywhere and in the RFP. A route
that is new must be added to MATRIX, with what it answers each of them: else a test fails."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from llm_manager.models import LLMApi, LLMModel
from rfp_manager.models import (
    MEMBER_ROLES,
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
    RFPMember,
    UnsavedEdit,
)
from solution_library.models import Document
from tests.people import STRANGERS, People
from tests.rfp_manager.view_world import cite, make_answer, make_passage, make_rfp, question
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

pytestmark = pytest.mark.django_db
NAMESPACE = "rfp_manager"
#: Contributors everywhere, with a role in the RFP of the world; of its expert see EXPERT.
SHARED = ("as_reader", "as_contributor", "as_reviewer", "as_manager", "owner")
#: Strangers to the RFP who see every one.
EVERYWHERE = ("manager", "admin")
UNKNOWN = ("reader", "contributor", "reviewer")
PEOPLE = (*SHARED, "expert", *STRANGERS)
#: Stands in all that strangers must never learn of.
SECRET = "zanzibar"


def codes(code: int, **others: int) -> dict[str, int]:
    """The same for everybody with an account, but for some."""
    return dict.fromkeys([*SHARED, "expert", *EVERYWHERE, *UNKNOWN], code) | others


def row(code: int, *args: str, refused: int = 0, others: int = 404, **more: Any) -> Row:
    """`refused`: how many of the roles in the RFP, from the least on, may not do this."""
    found = codes(code, expert=others) | dict.fromkeys(UNKNOWN, others)
    return Row(found | dict.fromkeys(SHARED[:refused], 403), args, **more)


def public(code: int = 200, *args: str, **more: Any) -> Row:
    """Open to all, but without a word of what a stranger may not see."""
    return Row(codes(code), args, **more)


def makes(code: int = 200, **more: Any) -> Row:
    """Something new of one's own; not for readers."""
    return Row(codes(code, reader=403), **more)


def of_rfp(*args: str, code: int = 200, **more: Any) -> Row:
    """To be read by those who see the RFP."""
    return row(code, "rfp", *args, **more)


def written(*args: str, code: int = 303, **more: Any) -> Row:
    """Changed by its contributors."""
    return row(code, "rfp", *args, refused=1, post=True, **more)


def judged(*args: str, code: int = 303, **more: Any) -> Row:
    """Decided by its reviewers."""
    return row(code, *args, refused=2, post=True, **more)


def managed(*args: str, code: int = 303, post: bool = True, **more: Any) -> Row:
    """Changed by its managers."""
    return row(code, "rfp", *args, refused=3, post=post, **more)


def of_question(**more: Any) -> Row:
    """The expert holds just this one."""
    found = of_rfp("question", **more)
    return Row({**found.codes, "expert": found.codes["owner"]}, found.args)


def at_question(*args: str, **more: Any) -> Row:
    found = written("question", *args, **more)
    return Row({**found.codes, "expert": found.codes["owner"]}, found.args, post=True)


def administered(code: int, *args: str, **more: Any) -> Row:
    """For those who look after the models."""
    return Row(codes(403, admin=code), args, **more)


def with_codes(found: Row, **others: int) -> Row:
    return Row({**found.codes, **others}, found.args, post=found.post, data=found.data)


MATRIX: dict[str, Row] = {
    "list": public(),
    "new": makes(),
    "new POST": makes(422),
    "detail": of_rfp(),
    "edit": managed(code=200, post=False),
    "edit POST": managed(code=422),
    "original": of_rfp(),
    "questions": of_rfp(code=302),
    "members": of_rfp(),
    "member_add": managed(code=422),
    "member_change": managed("member"),
    "question": of_question(),
    # A form is opened by being sent; without one the page itself is meant.
    "answer_edit": of_question(code=303),
    "answer_edit POST": at_question(code=422),
    "answer_state": at_question(code=409),
    # The owner has other unsaved words there, which nothing overwrites.
    "unsaved": with_codes(at_question(code=200), owner=409),
    "unsaved_discard": at_question(),
    "mine": public(),
    # Only for who holds the question.
    "mine_answer": Row(codes(404, expert=422), ("question",), post=True),
    "assign": at_question(code=422),
    "comment": at_question(code=422),
    "comment_change": at_question("comment", code=422),
    "versions": of_question(),
    "version_restore": at_question("number"),
    "suggestion": at_question(code=409),
    "contradictions": of_rfp(),
    "contradiction": written("contradiction"),
    "reviewer_test": of_rfp(),
    "reviewer_test POST": written(code=422),
    "coverage": of_rfp(),
    "bulk": written(),
    "start_responder": written(),
    "start_reviewer": written(),
    "draft_estimate": row(200, "rfp", refused=1),
    "review_estimate": row(200, "rfp", refused=1),
    "export": written(),
    "exports": of_rfp(),
    "export_detail": of_rfp("export"),
    "submitted": judged("rfp", data={"do": "take_back"}),
    "changes": public(),
    "changed_document": row(200, "document"),
    "change_check": judged("question"),
    "commitments": public(),
    "commitments_csv": public(),
    "commitment_decide": judged("commitment"),
    "information": of_rfp(),
    "information_upload": written(),
    "information_summarise": written("information"),
    "information_replace": written("information"),
    "information_remove": written("information"),
    "information_due": managed("finding"),
    "packets": with_codes(of_rfp(), expert=200),
    "packets POST": with_codes(written(code=422), expert=303),
    "packet": with_codes(row(200, "packet"), expert=200),
    "packet POST": with_codes(row(303, "packet", refused=1), expert=303),
    "packet_file": with_codes(row(200, "packet"), expert=200),
    "packet_bring": public(),
    "packet_bring POST": public(422),
    "feed": of_rfp(),
    "feed POST": judged("rfp"),
    "imported": of_rfp(),
    "mapping": of_rfp(),
    "mapping POST": managed(code=200),
    "edition": of_rfp(),
    "edition_choose": managed(),
    "edition_take": written(),
    "evaluations": public(),
    "evaluation_new": makes(),
    "evaluation_new POST": makes(422),
    "evaluation_estimate": makes(),
    "evaluation": row(200, "evaluation"),
    "decide": administered(303, "evaluation", post=True),
    "question_sets": public(),
    "question_set_new": makes(),
    "question_set_new POST": makes(422),
    "question_set": row(200, "set"),
    "set_remove": row(303, "set", post=True),
    "prompts": public(),
    "prompt_new": administered(200),
    "prompt_new POST": administered(422),
    "prompt_default": administered(200, "builtin"),
    "prompt_default POST": administered(303, "builtin"),
    "default_changes": public(),
    "confidence": public(),
}


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def world(people: People) -> dict[str, Any]:
    """One of everything in an RFP that is shared with somebody of each role."""
    owner = people["owner"]
    rfp = make_rfp(owner, name="Zanzibar harbour")
    for role in MEMBER_ROLES:
        member = RFPMember.objects.create(rfp=rfp, user=people[f"as_{role.value}"], role=role)
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
            "comment": said.pk, "information": information.pk, "finding": finding.pk, "packet": sheet.pk,
            "member": member.pk}  # fmt: skip


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


@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_gets_what_the_matrix_says(
    person: str, world: dict[str, Any], people: People
) -> None:
    assert answered(MATRIX, NAMESPACE, person, people, world) == expected(MATRIX, person)


def test_every_way_to_ask_a_route_has_its_row(world: dict[str, Any], people: People) -> None:
    assert unnamed_methods(MATRIX, NAMESPACE, people.client("root"), world) == []


#: Open to a reader for what an expert with a reader's account does, or for what is one's own.
FOR_READERS = ("packet_bring POST",)


def test_readers_change_nothing() -> None:
    assert changes_for(MATRIX, "reader", FOR_READERS) == []
    assert changes_for(MATRIX, "as_reader", (*FOR_READERS, *OWN)) == []


#: Who is a reader of one RFP makes others, and question sets of their own.
OWN = ("new POST", "evaluation_new POST", "question_set_new POST", "set_remove")


@pytest.mark.parametrize("person", UNKNOWN)
def test_no_route_tells_a_stranger_a_word_of_a_foreign_rfp(
    person: str, world: dict[str, Any], people: People
) -> None:
    client = people.client(person)
    for name, asked in MATRIX.items():
        answer = ask(client, NAMESPACE, name, asked, world)
        text = body_of(answer) + str(dict(answer.headers)).lower()
        assert SECRET not in text, name
    assert not Answer.objects.exclude(state="draft", version=1).exists()


HOSTILE = ("%00", "9" * 30, "-1", "9223372036854775808", "%F0%9F%92%A3", "%C2%B2",
           "'%22%3E%3Cscript%3E", "%ED%A0%80", "x" * 3000)  # fmt: skip
QUERIED = ("q", "show", "section", "state", "verdict", "who", "due", "has", "page", "with", "sheet",
           "row", "model", "report", "rfp", "as", "version", "everything",
           "return")  # fmt: skip
SENT = (*QUERIED, "ids", "all", "seen", "action", "assignee", "due_date", "note", "text", "choice",
        "comment", "kept", "then", "answers", "output", "take", "columns", "estimate", "next",
        "person", "role", "do")  # fmt: skip
FINE = (200, 202, 286, 302, 303, 304, 400, 403, 404, 409, 410, 422)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_page_breaks_over_what_stands_in_its_address(
    hostile: str, world: dict[str, Any], people: People
) -> None:
    client = people.client("root")
    query = "&".join(f"{one}={hostile}" for one in QUERIED)
    for name, asked in MATRIX.items():
        if asked.post or name.endswith(POST):
            continue
        url = reverse(f"{NAMESPACE}:{name}", args=[world[n] for n in asked.args])
        answer = client.get(f"{url}?{query}")
        assert answer.status_code in FINE, name
        assert "'\"><script>" not in body_of(answer), name


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_form_breaks_over_what_is_sent(
    hostile: str, world: dict[str, Any], people: People
) -> None:
    client = people.client("root")
    sent = "&".join(f"{one}={hostile}" for one in SENT)
    for name, asked in MATRIX.items():
        if not (asked.post or name.endswith(POST)):
            continue
        place = f"{NAMESPACE}:{name.removesuffix(POST)}"
        url = reverse(place, args=[world[one] for one in asked.args])
        with undone():
            answer = client.post(url, sent, content_type="application/x-www-form-urlencoded")
            assert answer.status_code in FINE, name
