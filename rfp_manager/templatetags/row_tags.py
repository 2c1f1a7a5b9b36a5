"""What a row of the question list shows in badges and signs. A page has forty rows of them, so they
are written here: as templates they took a fifth of the time of the whole page."""

from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.formats import DAY_MONTH, date_text
from jobs.templatetags.look_tags import badge, clip, confidence, icon
from rfp_manager.models import Answer, AnswerOutcome, AnswerState

register = template.Library()

NOTHING = SafeString("")


@register.simple_tag
def signs(row: Any) -> SafeString:
    """How the question of a `presenting.workbench.Row` stands."""
    outcome = _badge(row.outcome)
    return outcome if row.answer is None else outcome + _of_answer(row, row.answer)


def _of_answer(row: Any, answer: Answer) -> SafeString:
    parts = (
        _badge(row.state) if answer.state != AnswerState.DRAFT else NOTHING,
        _badge(row.review) if row.review else NOTHING,
        _unsupported(len(answer.unsupported)) if answer.unsupported else NOTHING,
        _pill("error", "scale", "Contradicted") if row.standing.is_contradicted else NOTHING,
        _pill("warning", "alert", "Too long") if row.standing.is_too_long else NOTHING,
        _confidence(answer),
        _citations(row.citations) if row.citations else NOTHING,
        _muted("document-check", "Reused") if row.standing.is_reused else NOTHING,
    )
    return SafeString("".join(parts))


def _badge(shown: Any) -> SafeString:
    return badge(shown.status, shown.text, clip(shown.title, 200))


def _confidence(answer: Answer) -> SafeString:
    """Nothing is measured where nothing was found."""
    if answer.outcome == AnswerOutcome.NO_EVIDENCE or answer.confidence is None:
        return NOTHING
    return confidence(answer.confidence)


def _unsupported(count: int) -> SafeString:
    title = "Words that the cited passages do not hold"
    return _pill("warning", "alert", f"{count} unsupported", title)


def _citations(count: int) -> SafeString:
    return _muted("quote", f"{count} citation{'' if count == 1 else 's'}")


@lru_cache(maxsize=256)
def _pill(tone: str, icon_name: str, words: str, title: str = "") -> SafeString:
    explained = format_html(' title="{}"', title) if title else ""
    pill = '<span class="pill tone-{}"{}>{}{}</span>'
    return format_html(pill, tone, explained, icon(icon_name), words)


@lru_cache(maxsize=256)
def _muted(icon_name: str, words: str) -> SafeString:
    return format_html('<span class="muted">{} {}</span>', icon(icon_name), words)


@register.simple_tag
def people_at_row(people: Any) -> SafeString:
    """Who holds the question of a row, until when, and how many comments it has: a
    `presenting.people.RowPeople`, or None."""
    if people is None:
        return NOTHING
    said = _holder(people) if people.assignee else NOTHING
    return said + _comments(people.comments) if people.comments else said


def _holder(people: Any) -> SafeString:
    return format_html(
        '<span class="inline-flex items-center gap-1 min-w-0">{}<span class="break-words">{}</span>'
        "{}</span>",
        icon("user"), clip(people.assignee, 40), _due(people) if people.due else "",
    )  # fmt: skip


def _due(people: Any) -> SafeString:
    tone = "tone-error tone-text" if people.is_overdue else ""
    return format_html('<span class="{}">{}</span>', tone, date_text(people.due, DAY_MONTH))


def _comments(count: int) -> SafeString:
    signs = '<span class="inline-flex items-center gap-1">{}{}</span>'
    return format_html(signs, icon("chat"), count)
