"""How far each section of an RFP is, what is left, and who holds it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone

from rfp_manager.models import RFP, AnswerOutcome, AnswerState, Section
from rfp_manager.presenting.filters import NOBODY, QuestionFilter
from rfp_manager.standing import Standing, standings_of


@dataclass(frozen=True)
class Holder:
    """Somebody's open questions. `query`: the end of the address of the list of them."""

    name: str
    open: int
    overdue: int
    query: str


@dataclass(frozen=True)
class Part:
    """A section, or all of them. `open` are those that are not approved; `unassigned` are the
    open ones that nobody holds, `nobody` the end of the address of their list; `due` is the next
    day, from today on, on which an open one is due."""

    title: str
    query: str
    total: int
    drafted: int
    in_review: int
    approved: int
    no_evidence: int
    unassigned: int
    overdue: int
    due: date | None
    holders: list[Holder]
    nobody: str

    @property
    def open(self) -> int:
        return self.total - self.approved

    @property
    def percent(self) -> int:
        """Approved, in whole percent; 100 only when nothing is left."""
        return self.approved * 100 // self.total if self.total else 0


@dataclass(frozen=True)
class Coverage:
    whole: Part
    parts: list[Part]


def coverage(rfp: RFP, user: Any) -> Coverage:
    """In a constant number of queries. `user` is who “me” is in the links."""
    standings, plain = standings_of(rfp.pk), QuestionFilter(user_id=user.pk)
    names = names_of(standings)
    inside: dict[int, list[Standing]] = {}
    for standing in standings:
        inside.setdefault(standing.section_id, []).append(standing)
    parts = [
        part_of(str(section), inside[section.pk], names, plain.in_section(section.pk))
        for section in Section.objects.filter(rfp=rfp).order_by("ordinal")
        if section.pk in inside
    ]
    return Coverage(part_of("All sections", standings, names, plain), parts)


def names_of(standings: Iterable[Standing]) -> dict[int, str]:
    """The names of those who hold questions; one query, none where nobody holds any."""
    ids = {s.assignee_id for s in standings if s.assignee_id is not None}
    if not ids:
        return {}
    people = get_user_model().objects.filter(pk__in=ids)
    return {person.pk: person.get_full_name() or person.get_username() for person in people}


def part_of(
    title: str, standings: Sequence[Standing], names: Mapping[int, str], here: QuestionFilter
) -> Part:
    today = timezone.localdate()
    left = [s for s in standings if s.state != AnswerState.APPROVED]
    states, outcomes = (Counter(map(attrgetter(name), standings)) for name in ("state", "outcome"))
    held, late = _held(left), _held([s for s in left if s.due is not None and s.due < today])
    return Part(
        title=title,
        query=here.query,
        total=len(standings),
        drafted=len(list(filter(attrgetter("version"), standings))),
        in_review=states[AnswerState.IN_REVIEW],
        approved=states[AnswerState.APPROVED],
        no_evidence=outcomes[AnswerOutcome.NO_EVIDENCE],
        unassigned=held[None],
        overdue=late.total(),
        due=min((s.due for s in left if s.due is not None and s.due >= today), default=None),
        holders=_holders(held, late, names, here),
        nobody=replace(here, who=NOBODY).query,
    )


def _held(standings: Iterable[Standing]) -> Counter[int | None]:
    """How many each person holds; None: nobody does."""
    return Counter(map(attrgetter("assignee_id"), standings))


def _holders(
    held: Counter[int | None], late: Counter[int | None], names: Mapping[int, str],
    here: QuestionFilter,
) -> list[Holder]:  # fmt: skip
    """Who holds most comes first."""
    return [
        Holder(names.get(who, "?"), count, late[who], replace(here, who=str(who)).query)
        for who, count in held.most_common()
        if who is not None
    ]
