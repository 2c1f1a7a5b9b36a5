"""Questions of an RFP, and their answers."""

from typing import Any, Literal

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, QueryDict
from ninja import Field, Query, Router

from accounts.scopes import Scope
from api.endpoints import examples
from api.operations import operation
from api.paging import PageQuery, page, slice_of
from api.problems import NOT_FOUND, conflict, not_usable
from api.schemas.common import Id, Text
from api.schemas.rfps import AnswerEdit, AnswerOut, QuestionOut, QuestionPage, StateChange
from rfp_manager.access import question_of, rfp_of
from rfp_manager.editing import ApprovalRefused, EditConflict, EditRefused, set_state
from rfp_manager.forms import AnswerForm, answer_form
from rfp_manager.models import Answer, AnswerState, Citation, Question, Verdict
from rfp_manager.presenting.filters import QuestionFilter, selected
from rfp_manager.presenting.question import answer_of
from rfp_manager.views.answers import save_form

router = Router(tags=["Questions and answers"])
Show = Literal[
    "all", "unanswered", "answered", "partly", "no_evidence", "attention", "reviewed", "approved"
]


class QuestionQuery(PageQuery):
    q: Text = Field("", max_length=200, description="words of the question, number or answer")
    show: Show = Field("all", description="the tabs of the workbench")
    section: Id | None = None
    state: AnswerState | None = None
    verdict: Verdict | None = Field(None, description="the reviewer's word on the answer")
    who: str = Field(
        "", pattern=r"^(me|nobody|[0-9]{1,18}|)$", description="`me`, `nobody` or a user's id"
    )

    def chosen(self, user: Any) -> QuestionFilter:
        given = {**self.dict(exclude={"limit", "cursor"}, exclude_none=True)}
        query = QueryDict(mutable=True)
        query.update({name: str(getattr(v, "value", v)) for name, v in given.items()})
        return QuestionFilter.from_query(query, user)


@operation(
    router, "GET", "/{int:rfp_id}/questions", scope=Scope.RFPS_READ, summary="List questions",
    answer=QuestionPage, faults=(404, 422),
    example={"items": [examples.QUESTION], "next_cursor": None},
)  # fmt: skip
def list_questions(
    request: HttpRequest, rfp_id: int, query: Query[QuestionQuery]
) -> dict[str, Any]:
    """In the order of the buyer's file, with their answers; narrowed as on the workbench."""
    rfp = rfp_of(request, rfp_id)
    ids = [standing.pk for standing in selected(rfp.pk, query.chosen(request.user))]
    left = Question.objects.filter(rfp=rfp, pk__in=ids).order_by("ordinal")
    places, following = slice_of(list(left.values_list("ordinal", flat=True)), query)
    shown = _with_answers(Question.objects.filter(rfp=rfp, ordinal__in=places))
    return page([QuestionOut.of(question) for question in shown], following)


def _with_answers(questions: "QuerySet[Question]") -> "QuerySet[Question]":
    cited = Citation.objects.select_related("chunk__version__document").defer("chunk__lexemes")
    related = questions.select_related(
        "section", "answer", "answer__edited_by", "answer__approved_by"
    )
    return related.prefetch_related(Prefetch("answer__citations", cited)).order_by("ordinal")


@operation(
    router, "GET", "/{int:rfp_id}/questions/{int:question_id}", scope=Scope.RFPS_READ,
    summary="Get a question with its answer", answer=QuestionOut, faults=(404,),
    example=examples.QUESTION,
)  # fmt: skip
def get_question(request: HttpRequest, rfp_id: int, question_id: int) -> QuestionOut:
    found = question_of(request, rfp_id, question_id)
    return QuestionOut.of(_with_answers(Question.objects.filter(pk=found.pk)).get())


@operation(
    router, "GET", "/{int:rfp_id}/questions/{int:question_id}/answer", scope=Scope.RFPS_READ,
    summary="Get an answer", answer=AnswerOut, faults=(404,), example=examples.ANSWER,
)  # fmt: skip
def get_answer(request: HttpRequest, rfp_id: int, question_id: int) -> AnswerOut:
    """404 also while there is none."""
    return _answer_out(_answer(question_of(request, rfp_id, question_id)))


def _answer(question: Question) -> Answer:
    answer = answer_of(question)
    if answer is None:
        raise Http404(NOT_FOUND)
    return answer


def _answer_out(answer: Answer) -> AnswerOut:
    found = _with_answers(Question.objects.filter(pk=answer.question_id)).get()
    return AnswerOut.of(found.answer)


@operation(
    router, "PUT", "/{int:rfp_id}/questions/{int:question_id}/answer", scope=Scope.ANSWERS_WRITE,
    summary="Write an answer", answer=AnswerOut, faults=(404, 409, 422), example=examples.ANSWER,
    body_example={"version": 3, "text": "Yes, with AES-256, at rest and in transit."},
)  # fmt: skip
def edit_answer(
    request: HttpRequest, rfp_id: int, question_id: int, given: AnswerEdit
) -> AnswerOut:
    """Over the `version` that you have read: if somebody has changed the answer since, nothing is
    written (409, with `current_version`). What you write is a draft again."""
    question = question_of(request, rfp_id, question_id)
    form = _form(question, given)
    if not form.is_valid():
        said = " ".join(str(error) for errors in form.errors.values() for error in errors)
        raise not_usable(said, kind="edit-refused")
    try:
        save_form(question, form, request.user)
    except EditConflict as clash:
        raise conflict(str(clash), kind="version-conflict",
                       current_version=clash.current.version) from clash  # fmt: skip
    except EditRefused as refusal:
        raise not_usable(str(refusal), kind="edit-refused") from refusal
    return _answer_out(_answer(question_of(request, rfp_id, question_id)))


def _form(question: Question, given: AnswerEdit) -> AnswerForm:
    """The form of the page, filled with what was sent and else with what stands there."""
    answer = answer_of(question)
    if given.choice and not question.allowed_choices:
        raise not_usable("This question offers no choices: leave `choice` out.")
    stands = {name: getattr(answer, name, "") for name in ("text", "choice", "comment")}
    sent = given.dict(exclude_none=True)
    return answer_form(question, answer, {**stands, **sent})


@operation(
    router, "POST", "/{int:rfp_id}/questions/{int:question_id}/answer/state",
    scope=Scope.ANSWERS_WRITE, summary="Approve an answer, or take it back", answer=AnswerOut,
    faults=(404, 409, 422), example={**examples.ANSWER, "state": "approved"},
    body_example={"version": 3, "state": "approved"},
)  # fmt: skip
def change_answer_state(
    request: HttpRequest, rfp_id: int, question_id: int, given: StateChange
) -> AnswerOut:
    """Of the `version` that you have read: 409 if it is another by now. Approving needs a
    reviewer of the RFP."""
    answer = _answer(question_of(request, rfp_id, question_id))
    if given.version != answer.version:
        raise conflict("The answer was changed meanwhile. Read it, then decide again.",
                       kind="version-conflict", current_version=answer.version)  # fmt: skip
    if given.state not in AnswerState.values:
        raise not_usable(f"There is no such state. Known are: {', '.join(AnswerState.values)}.")
    try:
        set_state(answer, AnswerState(given.state), request.user)
    except ApprovalRefused as refusal:
        raise not_usable(str(refusal), kind="approval-refused") from refusal
    return _answer_out(answer)
