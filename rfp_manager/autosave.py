"""Keeps what a person is typing into an answer, until they save or discard it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from rfp_manager.editing import MAX_CHARACTERS
from rfp_manager.models import Answer, Question, UnsavedEdit

#: Who has typed within this time is said to be typing.
TYPING = timedelta(minutes=10)
MAX_CHOICE = 300
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class NotKept(Exception):
    """What was typed is not kept; the message says why, and what to do."""


@dataclass(frozen=True)
class Typed:
    """A person's unsaved words. `base_version`: of the answer they are written upon, 0 for
    none."""

    text: str
    choice: str
    comment: str
    base_version: int


@dataclass(frozen=True)
class Other:
    """Somebody else with unsaved words in the same answer."""

    name: str
    at: datetime

    @property
    def is_typing(self) -> bool:
        return timezone.now() - self.at < TYPING

    @property
    def since(self) -> str:
        """When they typed last, in words."""
        minutes = (timezone.now() - self.at) // timedelta(minutes=1)
        return f"typed {minutes} min ago" if minutes > 0 else "typed just now"


def keep(
    question: Question, answer: Answer | None, typed: Typed, *, user: Any, token: str = ""
) -> UnsavedEdit | None:
    """Keep what `user` has typed so far, in place of what the same page has kept before; `token`
    says which that was (token_of). None, and nothing kept, if the answer says just that.

    Raises NotKept: other words of theirs, from another window, are never overwritten.
    """
    typed = _cleaned(typed)
    if _says(answer, typed):
        forget(question, user, token=token)
        return None
    values = {"text": typed.text, "choice": typed.choice, "comment": typed.comment,
              "base_version": typed.base_version}  # fmt: skip
    mine = UnsavedEdit.objects.filter(question=question, user=user)
    if token:
        changed = mine.filter(saved_at=_moment(token)).update(**values, saved_at=timezone.now())
        if changed:
            return mine.get()
    return _first(question, user, values, typed)


def _first(question: Question, user: Any, values: dict[str, Any], typed: Typed) -> UnsavedEdit:
    """Whatever is there already was typed elsewhere, unless it is the same."""
    try:
        with transaction.atomic():
            return UnsavedEdit.objects.create(question=question, user=user, **values)
    except IntegrityError:
        there = UnsavedEdit.objects.filter(question=question, user=user).first()
    if there is None or _as_typed(there) == typed:
        return there or _first(question, user, values, typed)
    at = timezone.localtime(there.saved_at)
    raise NotKept(
        f"You have other unsaved text here, from {at:%H:%M} and another window. It is not "
        "overwritten, so this text is not kept as you type: save it, or load the page again to "
        "see the other."
    )


def forget(question: Question, user: Any, *, token: str | None = None) -> bool:
    """Drop a person's unsaved words, with a `token` only those that it stands for."""
    mine = UnsavedEdit.objects.filter(question=question, user=user)
    if token is not None:
        mine = mine.filter(saved_at=_moment(token))
    return bool(mine.delete()[0])


def unsaved_of(question: Question, user: Any) -> UnsavedEdit | None:
    return UnsavedEdit.objects.filter(question=question, user=user).first()


def others_at(question: Question, user: Any) -> Sequence[Other]:
    """Who else has unsaved words here, the last first."""
    found = UnsavedEdit.objects.filter(question=question).exclude(user=user)
    rows = found.select_related("user").order_by("-saved_at")
    return [Other(row.user.get_username(), row.saved_at) for row in rows]


def token_of(edit: UnsavedEdit | None) -> str:
    """Stands for just this state of somebody's unsaved words; empty for none."""
    return edit.saved_at.isoformat() if edit else ""


def _moment(token: str) -> datetime:
    """A moment at which nothing was kept, for what is no token."""
    try:
        found = datetime.fromisoformat(token)
    except ValueError:
        return _NEVER
    return found if timezone.is_aware(found) and found.year > 1 else _NEVER


def _cleaned(typed: Typed) -> Typed:
    if max(len(typed.text), len(typed.comment)) > MAX_CHARACTERS:
        raise NotKept(f"This is longer than {MAX_CHARACTERS:,} characters. Shorten it.")
    text, choice, comment = (
        part.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
        for part in (typed.text, typed.choice, typed.comment)
    )
    return Typed(text, choice[:MAX_CHOICE], comment, typed.base_version)


def _as_typed(edit: UnsavedEdit) -> Typed:
    return Typed(edit.text, edit.choice, edit.comment, edit.base_version)


def _says(answer: Answer | None, typed: Typed) -> bool:
    """The answer already says what was typed."""
    present = (answer.text, answer.choice, answer.comment) if answer else ("", "", "")
    return (typed.text.strip(), typed.choice, typed.comment.strip()) == present
