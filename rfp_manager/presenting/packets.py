"""Sheets for experts as pages show them: the list of an RFP, and one that came back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import BooleanField, F, Func, IntegerField, QuerySet

from rfp_manager.models import RFP, ExpertPacket
from rfp_manager.packets.bringing import packets_for
from rfp_manager.packets.plan import DOING, Fate, Plan, Step, plan_of
from rfp_manager.presenting.texts import Piece, difference

PAGE_SIZE = 25
#: So many are decided upon at once; the others follow.
MOST_CONFLICTS = 50
LABELS = {
    Fate.CHANGED: "New words",
    Fate.ACCEPTED: "Draft is right",
    Fate.DECLINED: "Not mine",
    Fate.PROBLEM: "To look at",
    Fate.UNKNOWN: "Not recognised",
    Fate.KEPT: "Kept as here",
    Fate.DONE: "Done before",
    Fate.UNCHANGED: "Without a word",
}


@dataclass(frozen=True)
class PacketRow:
    packet: ExpertPacket
    questions: int
    #: A sheet came back that nobody has merged yet.
    waits: bool


@dataclass(frozen=True)
class PacketTab:
    label: str
    url: str
    active: bool
    count: int


@dataclass(frozen=True)
class Entry:
    """A row of the sheet; `changes` from what the answer says now to what the sheet says."""

    step: Step
    changes: list[Piece]
    version: int


@dataclass(frozen=True)
class ReturnShown:
    """What one returned sheet would do, or has done."""

    packet: ExpertPacket
    number: int
    filename: str
    by: str
    at: datetime
    plan: Plan
    tabs: list[PacketTab]
    entries: list[Entry]
    page: "Page[Step]"
    conflicts: list[Entry]
    more_conflicts: int
    applied: list[Mapping[str, Any]]
    returns: list[tuple[int, str]]

    @property
    def to_do(self) -> int:
        """How many rows would change something without a decision."""
        return sum(self.plan.counts[fate] for fate in DOING)

    @property
    def is_applied(self) -> bool:
        return bool(self.applied)


#: Counted by the database: what sheets hold and what came back are large.
_QUESTIONS = Func(
    F("contents"), template="(SELECT count(*) FROM jsonb_object_keys(%(expressions)s))",
    output_field=IntegerField(),
)  # fmt: skip
_WAITS = Func(
    F("outcome"),
    template="jsonb_path_exists(%(expressions)s, '$.returns[*] ? (!exists(@.applied))')",
    output_field=BooleanField(),
)


def packets_of(rfp: RFP, user: Any, page: str | None) -> "tuple[Page[Any], list[PacketRow]]":
    """One page of the sheets made of an RFP, the newest first, as far as the person may see."""
    found = packets_for(user).filter(rfp=rfp).defer("contents", "outcome")
    counted: QuerySet[Any] = found.annotate(questions=_QUESTIONS, waits=_WAITS)
    shown = Paginator(counted, PAGE_SIZE).get_page(page)
    return shown, [PacketRow(one, one.questions, bool(one.waits)) for one in shown]


def return_shown(packet: ExpertPacket, user: Any, query: Mapping[str, str]) -> ReturnShown | None:
    """What came back of a packet: the sheet asked for, else the newest. None if none did."""
    returns = packet.outcome.get("returns", [])
    if not returns:
        return None
    number = _chosen(query.get("return"), len(returns))
    back, plan = returns[number], plan_of(packet, number, user)
    show = _show(plan, query.get("show"))
    page = Paginator(plan.of(show), PAGE_SIZE).get_page(query.get("page"))
    conflicts = plan.of(Fate.CONFLICT)
    return ReturnShown(
        packet=packet,
        number=number,
        filename=back["filename"],
        by=back["by_name"],
        at=datetime.fromisoformat(back["at"]),
        plan=plan,
        tabs=_tabs(plan, show, number),
        entries=[_entry(step) for step in page],
        page=page,
        conflicts=[_entry(step) for step in conflicts[:MOST_CONFLICTS]],
        more_conflicts=max(len(conflicts) - MOST_CONFLICTS, 0),
        applied=[_applied(one) for one in back.get("applied", [])],
        returns=[(n, one["filename"]) for n, one in enumerate(returns)] if len(returns) > 1 else [],
    )


def _chosen(given: str | None, count: int) -> int:
    text = given or ""
    known = text.isascii() and text.isdecimal() and len(text) < 4
    return min(int(text), count - 1) if known else count - 1


def _show(plan: Plan, given: str | None) -> Fate:
    counts = plan.counts
    there = [fate for fate in LABELS if counts[fate]]
    return next((fate for fate in there if fate == given), next(iter(there), Fate.UNCHANGED))


def _tabs(plan: Plan, show: Fate, number: int) -> list[PacketTab]:
    return [
        PacketTab(
            label, f"?{urlencode({'return': number, 'show': fate.value})}", fate == show, count
        )
        for fate, label in LABELS.items()
        if (count := plan.counts[fate])
    ]


def _entry(step: Step) -> Entry:
    now = step.answer.text if step.answer else ""
    differs = step.fate in (Fate.CHANGED, Fate.KEPT)
    changes = difference(now, step.text) if differs else []
    return Entry(step, changes, step.answer.version if step.answer else 0)


def _applied(one: Mapping[str, Any]) -> dict[str, Any]:
    fates = [row[2] for row in one["rows"]]
    return {
        "at": datetime.fromisoformat(one["at"]),
        "by": one["by_name"],
        "answered": sum(fate in (Fate.CHANGED, Fate.ACCEPTED) for fate in fates),
        "declined": fates.count(Fate.DECLINED),
        "kept": fates.count(Fate.KEPT),
    }
