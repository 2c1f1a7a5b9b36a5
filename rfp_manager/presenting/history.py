"""What an answer said before: its versions, each with what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from rfp_manager.models import Answer, AnswerOutcome, AnswerVersion
from rfp_manager.presenting.texts import Piece, difference

#: So many stand below a question; the page of versions has them all.
NEWEST = 5
PAGE_SIZE = 20


@dataclass(frozen=True)
class HistoryEntry:
    number: int
    at: datetime
    by: str
    outcome: str
    choice: str
    comment: str
    citations: int
    unsupported: int
    restored_from: int | None
    is_present: bool
    changes: list[Piece]


@dataclass(frozen=True)
class History:
    entries: list[HistoryEntry]
    total: int

    @property
    def older(self) -> int:
        return self.total - len(self.entries)


@dataclass(frozen=True)
class VersionsPage:
    """`with_present`: each is compared with what the answer says now, not with its forerunner."""

    answer: Answer
    entries: list[HistoryEntry]
    page: "Page[AnswerVersion]"
    with_present: bool


def newest_versions(answer: Answer | None) -> History:
    if answer is None:
        return History([], 0)
    versions = list(_versions(answer)[: NEWEST + 1])
    total = answer.versions.count() if len(versions) > NEWEST else len(versions)
    return History(_entries(answer, versions)[:NEWEST], total)


def all_versions(answer: Answer, page: str | None, *, with_present: bool) -> VersionsPage:
    found = Paginator(_versions(answer), PAGE_SIZE).get_page(page)
    shown = list(found.object_list)
    following = found.end_index()
    before = list(_versions(answer)[following : following + 1])
    if with_present:
        entries = [_entry(answer, version, _present(answer)) for version in shown]
    else:
        entries = _entries(answer, [*shown, *before])[: len(shown)]
    return VersionsPage(answer, entries, found, with_present)


def _versions(answer: Answer) -> QuerySet[AnswerVersion]:
    return answer.versions.select_related("made_by", "job__model").order_by("-number")


def _present(answer: Answer) -> AnswerVersion:
    return AnswerVersion(text=answer.text)


def _entries(answer: Answer, versions: Sequence[AnswerVersion]) -> list[HistoryEntry]:
    """The newest first, each compared with the one before it."""
    before = [*versions[1:], None]
    return [_entry(answer, new, old) for new, old in zip(versions, before, strict=False)]


def _entry(answer: Answer, version: AnswerVersion, other: AnswerVersion | None) -> HistoryEntry:
    return HistoryEntry(
        number=version.number,
        at=version.created_at,
        by=_made_by(version),
        outcome=str(AnswerOutcome(version.outcome).label),
        choice=version.choice,
        comment=version.comment,
        citations=len(version.citations),
        unsupported=len(version.unsupported),
        restored_from=version.restored_from,
        is_present=version.number == answer.version,
        changes=difference(other.text if other else "", version.text),
    )


def _made_by(version: AnswerVersion) -> str:
    if version.made_by is not None:
        return version.made_by.get_username()
    if version.job is not None:
        return f"drafted by {version.job.model or 'the responder'}"
    return "imported"
