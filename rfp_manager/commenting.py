"""What people say to each other about a question: comments with mentions, until they are
resolved."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.formats import number_text
from jobs.models import Event
from rfp_manager.models import Assignment, Question, QuestionComment
from rfp_manager.people import name_of, people_at, tell

MAX_CHARACTERS = 10_000
#: As Django allows in usernames; a full stop at the end belongs to the sentence.
_MENTION = re.compile(r"(?<![\w@.])@([\w.@+-]{1,150})")


class CommentRefused(Exception):
    """Nothing was changed; the message says why."""


def add_comment(question: Question, text: str, *, user: Any) -> QuestionComment:
    """Say something about a question, and tell those it concerns: whoever is mentioned, holds the
    question or has commented on it. The same words twice in a row are one comment. Raises
    CommentRefused."""
    text = _checked(text)
    with transaction.atomic():
        # Two clicks at once come one after the other, so that the second sees the first.
        Question.objects.select_for_update(no_key=True).get(pk=question.pk)
        newest = QuestionComment.objects.filter(question=question).last()
        if newest and (newest.author_id, newest.text, newest.resolved_at) == (user.pk, text, None):
            return newest
        comment = QuestionComment.objects.create(question=question, author=user, text=text)
        mentioned = mentions(text, people_at(question))
        comment.mentioned.set(mentioned)
        _tell(comment, mentioned)
    return comment


def edit_comment(comment: QuestionComment, text: str, *, user: Any) -> QuestionComment:
    """Change one's own comment; only who is newly mentioned is told. Raises CommentRefused."""
    text = _checked(text)
    if comment.author_id != user.pk:
        raise CommentRefused("Only its author changes a comment. Write one of your own.")
    if text == comment.text:
        return comment
    with transaction.atomic():
        before = set(comment.mentioned.values_list("pk", flat=True))
        comment.text, comment.edited_at = text, timezone.now()
        comment.save(update_fields=["text", "edited_at"])
        mentioned = mentions(text, people_at(comment.question))
        comment.mentioned.set(mentioned)
        for person in mentioned:
            if person.pk not in before | {user.pk}:
                _tell_one(comment, person, Event.MENTIONED)
    return comment


def resolve_comment(comment: QuestionComment, *, user: Any) -> None:
    """Mark as settled, whoever does it first."""
    open_ones = QuestionComment.objects.filter(pk=comment.pk, resolved_at=None)
    open_ones.update(resolved_at=timezone.now(), resolved_by=user)


def reopen_comment(comment: QuestionComment) -> None:
    QuestionComment.objects.filter(pk=comment.pk).update(resolved_at=None, resolved_by=None)


def mentions(text: str, people: Iterable[Any]) -> list[Any]:
    """Those of these people whose @username stands in the text, in whatever case."""
    named = {name for _, name in _named(text)}
    if not named:
        return []
    return [person for person in people if named & {person.get_username().lower()}]


def mention_spans(text: str, people: Iterable[Any]) -> list[tuple[int, int]]:
    """Where these people are mentioned, in characters."""
    known = {person.get_username().lower() for person in people}
    spans = {start: start + 1 + len(name) for start, name in _named(text) if name in known}
    return sorted(spans.items())


def _named(text: str) -> Iterator[tuple[int, str]]:
    """What stands after each @, in lower case: first without what may be the punctuation after
    it, then as it stands."""
    for match in _MENTION.finditer(text):
        name = match[1].lower()
        yield match.start(), name.rstrip(".+-@")
        yield match.start(), name


def _checked(text: str) -> str:
    text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        raise CommentRefused("Write something first.")
    if len(text) > MAX_CHARACTERS:
        raise CommentRefused(
            f"The comment has {number_text(len(text))} characters; at most "
            f"{number_text(MAX_CHARACTERS)} are kept. Shorten it, or write two."
        )
    return text


def _tell(comment: QuestionComment, mentioned: list[Any]) -> None:
    """Each once, for the nearest reason, and never the author or who may not see the question."""
    told = {comment.author_id}
    for person in mentioned:
        if person.pk not in told:
            _tell_one(comment, person, Event.MENTIONED)
            told.add(person.pk)
    concerned = _concerned(comment)
    if not concerned - told:
        return
    for person in people_at(comment.question).filter(pk__in=concerned - told):
        _tell_one(comment, person, Event.COMMENTED)


def _concerned(comment: QuestionComment) -> set[int]:
    earlier = QuestionComment.objects.filter(question=comment.question_id, author__isnull=False)
    held = Assignment.objects.filter(question=comment.question_id, declined_at=None)
    authors = set(earlier.order_by().values_list("author_id", flat=True).distinct())
    return authors | set(held.values_list("assignee_id", flat=True))


def _tell_one(comment: QuestionComment, person: Any, event: Event) -> None:
    question = comment.question
    place = question.number or f"question {question.ordinal}"
    what = "mentioned you" if event == Event.MENTIONED else "commented"
    text = f"{name_of(comment.author)} {what} on {place[:40]}: {' '.join(comment.text.split())}"
    url = f"{question.get_absolute_url()}#comment-{comment.pk}"
    tell(person, text, url, event=event, about=f"comment:{comment.pk}")
