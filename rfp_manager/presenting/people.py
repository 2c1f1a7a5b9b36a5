"""People at questions, for the workbench: who holds each of them, and what was said there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from accounts.roles import Role
from rfp_manager.commenting import MAX_CHARACTERS, mention_spans
from rfp_manager.forms import AssignForm
from rfp_manager.membership import Rights
from rfp_manager.models import Assignment, Question, QuestionComment
from rfp_manager.people import name_of, people_at
from rfp_manager.presenting.texts import Piece
from rfp_manager.standing import Standing

#: The newest that are shown at once; of older ones the page says how many there are.
MAX_COMMENTS = 100


@dataclass(frozen=True)
class RowPeople:
    """Who holds a question, in a row of the list; `comments` are the open ones."""

    assignee: str
    due: date | None
    is_overdue: bool
    comments: int = 0


@dataclass(frozen=True)
class CommentEntry:
    comment: QuestionComment
    author: str
    pieces: list[Piece]
    is_mine: bool
    resolved_by: str


@dataclass(frozen=True)
class PeoplePanel:
    """What _question_people.html shows. `held`: also one that was declined."""

    held: Assignment | None
    assignee: str
    by: str
    is_mine: bool
    is_declined: bool
    is_overdue: bool
    form: AssignForm | None
    comments: list[CommentEntry]
    resolved: list[CommentEntry]
    older: int
    names: list[str]
    most: int = MAX_CHARACTERS


def people_panel(question: Question, user: Any, rights: Rights) -> PeoplePanel:
    """`rights`: the person's in the RFP; who works on all of it may assign its questions."""
    held = _held(question)
    declined = held is not None and held.declined_at is not None
    comments, older = _comments(question, user)
    today = timezone.localdate()
    return PeoplePanel(
        held=held,
        assignee=name_of(held.assignee) if held else "",
        by=name_of(held.assigned_by) if held and held.assigned_by else "",
        is_mine=held is not None and not declined and held.assignee_id == user.pk,
        is_declined=declined,
        is_overdue=bool(held and held.due_date and held.due_date < today),
        form=_form(held) if rights.reach(Role.CONTRIBUTOR) else None,
        comments=[entry for entry in comments if entry.comment.resolved_at is None],
        resolved=[entry for entry in comments if entry.comment.resolved_at is not None],
        older=older,
        names=[person.get_username() for person in people_at(question) if person.pk != user.pk],
    )


def _held(question: Question) -> Assignment | None:
    rows = Assignment.objects.select_related("assignee", "assigned_by")
    return rows.filter(question=question.pk).first()


def _form(held: Assignment | None) -> AssignForm:
    if held is None or held.declined_at is not None:
        return AssignForm()
    return AssignForm(
        initial={"assignee": held.assignee_id, "due_date": held.due_date, "note": held.note}
    )


def _comments(question: Question, user: Any) -> tuple[list[CommentEntry], int]:
    """The newest, the oldest of them first; and how many there are before them."""
    found = QuestionComment.objects.filter(question=question.pk).order_by("-pk")
    related = found.select_related("author", "resolved_by").prefetch_related("mentioned")
    newest = list(related[: MAX_COMMENTS + 1])
    older = found.count() - MAX_COMMENTS if len(newest) > MAX_COMMENTS else 0
    return [_entry(comment, user) for comment in reversed(newest[:MAX_COMMENTS])], older


def _entry(comment: QuestionComment, user: Any) -> CommentEntry:
    return CommentEntry(
        comment=comment,
        author=name_of(comment.author),
        pieces=_pieces(comment),
        is_mine=comment.author_id == user.pk,
        resolved_by=name_of(comment.resolved_by),
    )


def _pieces(comment: QuestionComment) -> list[Piece]:
    """The text, with those who were told because of it marked."""
    pieces, at = list[Piece](), 0
    for start, end in mention_spans(comment.text, list(comment.mentioned.all())):
        pieces += [Piece(comment.text[at:start])] if start > at else []
        pieces.append(Piece(comment.text[start:end], "mention"))
        at = end
    return [*pieces, Piece(comment.text[at:])] if at < len(comment.text) else pieces


def row(
    standing: Standing, names: Mapping[int, str], comments: int, today: date
) -> RowPeople | None:
    """`names` of those who hold questions. None for a question with nobody and no open comment."""
    if standing.assignee_id is None:
        return RowPeople("", None, False, comments) if comments else None
    late = bool(standing.due and standing.due < today)
    return RowPeople(names.get(standing.assignee_id, "Somebody"), standing.due, late, comments)
