"""The questions that one person holds, over all RFPs: the next due first, with all it takes to
answer them in place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet
from django.utils import timezone

from rfp_manager.autosave import token_of
from rfp_manager.due_assignments import held_by, waiting_for
from rfp_manager.forms import AnswerForm, answer_form
from rfp_manager.models import RFP, Answer, Assignment, Citation, Question, UnsavedEdit
from rfp_manager.people import name_of
from rfp_manager.presenting.badges import Badge, outcome_badge, state_badge
from rfp_manager.presenting.texts import unsupported_words

PAGE_SIZE = 10
MOST_RFPS = 15
WAITING, DONE = "waiting", "done"


@dataclass(frozen=True)
class MineEntry:
    """A question with its draft, its evidence and the form. `conflict`: what somebody else has
    made of the answer meanwhile."""

    held: Assignment
    question: Question
    answer: Answer | None
    outcome: Badge
    state: Badge | None
    by: str
    is_overdue: bool
    is_today: bool
    citations: Sequence[Citation]
    unsupported: Sequence[str]
    form: AnswerForm
    token: str
    is_unsaved: bool
    conflict: Any = None


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    active: bool
    count: int


@dataclass(frozen=True)
class Mine:
    entries: list[MineEntry]
    page: "Page[Assignment]"
    tabs: list[Tab]
    show: str
    rfps: list[RFP]


def mine(user: Any, show: str | None = None, page: str | None = None) -> Mine:
    """One page of them. In a constant number of queries."""
    show = DONE if show == DONE else WAITING
    waiting, every = waiting_for(user), held_by(user)
    counts = {WAITING: waiting.count()}
    counts[DONE] = every.count() - counts[WAITING]
    chosen = waiting if show == WAITING else every.exclude(pk__in=waiting.values("pk"))
    found = Paginator(_ordered(chosen), PAGE_SIZE).get_page(page)
    return Mine(
        entries=entries_of(list(found), user),
        page=found,
        tabs=[
            Tab("To answer", "?", show == WAITING, counts[WAITING]),
            Tab("Done", f"?show={DONE}", show == DONE, counts[DONE]),
        ],
        show=show,
        rfps=_rfps_of(waiting) if show == WAITING else [],
    )


def _rfps_of(rows: QuerySet[Assignment]) -> list[RFP]:
    found = RFP.objects.filter(pk__in=rows.order_by().values("question__rfp"))
    return list(found.only("name").order_by("name")[:MOST_RFPS])


def _ordered(rows: QuerySet[Assignment]) -> QuerySet[Assignment]:
    related = rows.select_related(
        "question__rfp", "question__section", "question__parent", "question__answer",
        "assigned_by", "assignee",
    )  # fmt: skip
    by_day = F("due_date").asc(nulls_last=True)
    return related.order_by(by_day, "question__rfp_id", "question__ordinal")


def entry_of(question: Question, user: Any) -> MineEntry | None:
    """The entry of one question that this person holds."""
    rows = list(_ordered(held_by(user).filter(question=question.pk)))
    return entries_of(rows, user)[0] if rows else None


def entries_of(rows: Sequence[Assignment], user: Any) -> list[MineEntry]:
    questions = [row.question_id for row in rows]
    cited = _citations(questions)
    unsaved = {
        edit.question_id: edit
        for edit in UnsavedEdit.objects.filter(user=user, question__in=questions)
    }
    today = timezone.localdate()
    return [_entry(row, cited, unsaved.get(row.question_id), today) for row in rows]


def _entry(
    held: Assignment, cited: Mapping[int, list[Citation]], unsaved: UnsavedEdit | None, today: date
) -> MineEntry:
    question = held.question
    answer: Answer | None = getattr(question, "answer", None)
    form = answer_form(question, answer, unsaved=unsaved)
    return MineEntry(
        held=held,
        question=question,
        answer=answer,
        outcome=outcome_badge(answer),
        state=state_badge(answer) if answer else None,
        by=name_of(held.assigned_by) if held.assigned_by else "",
        is_overdue=bool(held.due_date and held.due_date < today),
        is_today=held.due_date == today,
        citations=cited.get(question.pk, []),
        unsupported=_unsupported(answer),
        form=with_own_ids(form, question),
        token=token_of(unsaved),
        is_unsaved=unsaved is not None,
    )


def with_own_ids(form: AnswerForm, question: Question) -> AnswerForm:
    """There are many of them on the page."""
    form.auto_id = f"q{question.pk}-%s"
    return form


def _unsupported(answer: Answer | None) -> list[str]:
    found = unsupported_words(answer.unsupported) if answer else []
    return list(dict.fromkeys(entry.words for entry in found))


def _citations(questions: Iterable[int]) -> dict[int, list[Citation]]:
    rows = Citation.objects.filter(answer__question__in=list(questions))
    found: dict[int, list[Citation]] = {}
    related = rows.select_related("answer", "chunk__version__document").defer("chunk__lexemes")
    for citation in related.order_by("answer", "ordinal"):
        found.setdefault(citation.answer.question_id, []).append(citation)
    return found
