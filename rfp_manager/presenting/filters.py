"""Which questions of an RFP are shown: what people can choose, alone or together, and how many
questions each choice leaves. All of it stands in the address."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from rfp_manager.models import AnswerOutcome, AnswerState, Question, Verdict
from rfp_manager.standing import Standing, standings_of

MAX_TEXT = 200
MAX_ID = 2**63 - 1
SOON = timedelta(days=7)
ME, NOBODY = "me", "nobody"
#: The one mark that is only counted while it is chosen: it takes long to find out.
OUTDATED = "outdated"
Test = Callable[[Standing], bool]


def _is(name: str, value: object) -> Test:
    return lambda s: getattr(s, name) == value


def _needs_attention(s: Standing) -> bool:
    """Not yet approved, with unsupported words or a reviewer's doubt about this version."""
    return bool(s.version) and s.is_open and (s.has_unsupported or s.is_doubted)


def conditions() -> dict[str, tuple[str, Test]]:
    """The tabs by their names in the address, with their labels; "all" is the first."""
    return {
        "all": ("All", lambda s: True),
        "unanswered": ("Unanswered", lambda s: not s.version),
        "answered": ("Answered", _is("outcome", AnswerOutcome.ANSWERED)),
        "partly": ("Partly", _is("outcome", AnswerOutcome.PARTLY)),
        "no_evidence": ("No evidence", _is("outcome", AnswerOutcome.NO_EVIDENCE)),
        "attention": ("Needs attention", _needs_attention),
        "reviewed": ("Reviewed", lambda s: bool(s.verdict)),
        "approved": ("Approved", _is("state", AnswerState.APPROVED)),
    }


_STATES: dict[str, tuple[str, Test]] = {
    state.value: (str(state.label), _is("state", state.value)) for state in AnswerState
}
_VERDICTS: dict[str, tuple[str, Test]] = {
    **{v.value: (str(v.label), _is("verdict", v.value)) for v in Verdict},
    "none": ("Not reviewed", lambda s: bool(s.version) and not s.verdict),
}
#: What a question or its answer may have; several may be asked for at once.
MARKS: dict[str, tuple[str, Test]] = {
    "unsupported": ("Unsupported words", lambda s: s.has_unsupported),
    "contradiction": ("Contradictions", lambda s: s.is_contradicted),
    "reused": ("Reused from the library", lambda s: s.is_reused),
    "edited": ("Changed by people", lambda s: s.is_edited),
    "long": ("Longer than asked", lambda s: s.is_too_long),
    OUTDATED: ("Rests on what has changed", lambda s: s.is_outdated),
    "reworded": ("Reworded since the last edition", lambda s: s.is_reworded),
}


def _dues(today: date) -> dict[str, tuple[str, Test]]:
    return {
        "overdue": ("Overdue", lambda s: bool(s.due and s.due < today and s.is_open)),
        "soon": (
            "Due within 7 days",
            lambda s: bool(s.due and today <= s.due <= today + SOON and s.is_open),
        ),
        "none": ("No due date", lambda s: s.due is None),
    }


@dataclass(frozen=True)
class QuestionFilter:
    """What a person chose to see; made from untrusted text, so it never raises. `user_id` says
    who “me” is; `who` is "me", "nobody" or a person's number."""

    show: str = "all"
    text: str = ""
    section: int | None = None
    state: str = ""
    verdict: str = ""
    who: str = ""
    due: str = ""
    has: frozenset[str] = frozenset()
    user_id: int | None = field(default=None, compare=False)

    @classmethod
    def from_query(cls, query: Mapping[str, str], user: Any = None) -> "QuestionFilter":
        return cls(
            show=_known(query.get("show"), conditions()) or "all",
            text=(query.get("q") or "").replace("\x00", "").strip()[:MAX_TEXT],
            section=_number(query.get("section")),
            state=_known(query.get("state"), _STATES),
            verdict=_known(query.get("verdict"), _VERDICTS),
            who=_whose(query.get("who")),
            due=_known(query.get("due"), _dues(date.min)),
            has=frozenset(_all(query, "has")) & MARKS.keys(),
            user_id=getattr(user, "pk", None),
        )

    @property
    def is_narrow(self) -> bool:
        return self != QuestionFilter()

    @property
    def further(self) -> int:
        """How many choices there are beside tab, section and text."""
        return sum(map(bool, (self.state, self.verdict, self.who, self.due))) + len(self.has)

    @property
    def query(self) -> str:
        """As the end of an address: "" or "?show=…"."""
        chosen: list[tuple[str, object]] = [
            ("show", self.show if self.show != "all" else ""), ("q", self.text),
            ("section", "" if self.section is None else self.section), ("state", self.state),
            ("verdict", self.verdict), ("who", self.who), ("due", self.due),
            *(("has", name) for name in sorted(self.has)),
        ]  # fmt: skip
        said = [(name, value) for name, value in chosen if value != ""]
        return f"?{urlencode(said)}" if said else ""

    def showing(self, show: str) -> "QuestionFilter":
        return replace(self, show=show)

    def in_section(self, section: int | None) -> "QuestionFilter":
        return replace(self, section=section)

    def tests(self) -> dict[str, Test]:
        """What has been chosen, by the name of the choice."""
        found = {
            "show": conditions()[self.show][1] if self.show != "all" else None,
            "section": _is("section_id", self.section) if self.section is not None else None,
            "state": _STATES[self.state][1] if self.state else None,
            "verdict": _VERDICTS[self.verdict][1] if self.verdict else None,
            "who": self._whose(self.who) if self.who else None,
            "due": _dues(timezone.localdate())[self.due][1] if self.due else None,
            **{f"has={name}": MARKS[name][1] for name in self.has},
        }
        return {name: test for name, test in found.items() if test}

    def _whose(self, who: str) -> Test:
        wanted = None if who == NOBODY else self.user_id if who == ME else int(who)
        return lambda s: s.assignee_id == wanted

    def options(self, people: Iterable[int] = ()) -> dict[str, dict[str, Test]]:
        """Everything that could be chosen, by the name of the choice."""
        return {
            "show": {name: test for name, (_, test) in conditions().items()},
            "state": {name: test for name, (_, test) in _STATES.items()},
            "verdict": {name: test for name, (_, test) in _VERDICTS.items()},
            "who": {who: self._whose(who) for who in (ME, NOBODY, *map(str, people))},
            "due": {name: test for name, (_, test) in _dues(timezone.localdate()).items()},
            **{f"has={name}": {name: test} for name, (_, test) in MARKS.items()},
        }


def labels() -> dict[str, dict[str, str]]:
    """What the choices of a filter are called."""
    known = {"state": _STATES, "verdict": _VERDICTS, "due": _dues(date.min), "has": MARKS}
    return {name: {key: label for key, (label, _) in of.items()} for name, of in known.items()}


def _known(given: str | None, known: Mapping[str, object]) -> str:
    return given if given and given in known else ""


def _number(given: str | None) -> int | None:
    short = given if given and given.isascii() and given.isdigit() and len(given) < 20 else ""
    return min(int(short), MAX_ID) if short else None


def _whose(given: str | None) -> str:
    if given in (ME, NOBODY):
        return given
    number = _number(given)
    return "" if number is None else str(number)


def _all(query: Mapping[str, str], name: str) -> list[str]:
    if isinstance(query, QueryDict):
        return [value for value in query.getlist(name) if isinstance(value, str)]
    return [query[name]] if name in query else []


@dataclass(frozen=True)
class Selection:
    """The questions that are left, in the order of the file, and how many each further choice
    would leave: `counts["state"]["draft"]`."""

    chosen: QuestionFilter
    everything: list[Standing]
    found: list[Standing]
    counts: dict[str, Counter[str]]

    @property
    def ids(self) -> list[int]:
        return [standing.pk for standing in self.found]


def select(rfp_id: int, chosen: QuestionFilter) -> Selection:
    """Apply a filter to an RFP, in a constant number of queries."""
    everything = standings_of(rfp_id, with_changes=OUTDATED in chosen.has)
    people = sorted({s.assignee_id for s in everything if s.assignee_id is not None})
    left = _with_words(rfp_id, chosen, everything)
    found, counts = _narrow(left, chosen.tests(), chosen.options(people))
    return Selection(chosen, everything, found, counts)


def selected(rfp_id: int, chosen: QuestionFilter) -> list[Standing]:
    """The questions that are left, without the counts."""
    tests = tuple(chosen.tests().values())
    standings = standings_of(rfp_id, with_changes=OUTDATED in chosen.has)
    left = _with_words(rfp_id, chosen, standings)
    return [s for s in left if all(test(s) for test in tests)]


def _with_words(rfp_id: int, chosen: QuestionFilter, standings: list[Standing]) -> list[Standing]:
    if not chosen.text:
        return standings
    held = with_text(rfp_id, chosen.text)
    return [s for s in standings if s.pk in held]


Counts = dict[str, Counter[str]]


def _narrow(
    standings: Sequence[Standing],
    tests: Mapping[str, Test],
    options: Mapping[str, Mapping[str, Test]],
) -> tuple[list[Standing], Counts]:
    """A choice is counted as if nothing else were chosen under the same name: so its
    alternatives stay in sight."""
    found = _passing(standings, tests.values())
    kinds = {name: _kinds(found, name) for name in _TOLD_BY}
    counts: Counts = {}
    for name, choices in options.items():
        alike = kinds[_about(name)]
        if name in tests:
            others = [test for other, test in tests.items() if other != name]
            alike = _kinds(_passing(standings, others), _about(name))
        counts[name] = _fitting(alike, choices)
    return found, counts


def _passing(standings: Sequence[Standing], tests: Iterable[Test]) -> list[Standing]:
    tests = tuple(tests)
    if not tests:
        return list(standings)
    return [s for s in standings if all(test(s) for test in tests)]


#: All that the choices under a name are told by. Of a thousand questions most are alike in that:
#: each kind is tested once.
_TOLD_BY: dict[str, Callable[[Standing], object]] = {
    "show": attrgetter("version", "state", "outcome", "verdict", "has_unsupported"),
    "state": attrgetter("state"),
    "verdict": attrgetter("version", "verdict"),
    "who": attrgetter("assignee_id"),
    "due": attrgetter("due", "state"),
    "has": attrgetter("has_unsupported", "is_contradicted", "is_reused", "is_edited",
                      "is_too_long", "is_reworded", "is_outdated"),
}  # fmt: skip


def counted(standings: Sequence[Standing], name: str, choices: Mapping[str, Test]) -> Counter[str]:
    """How many questions each choice under a name fits."""
    return _fitting(_kinds(standings, _about(name)), choices)


def _about(name: str) -> str:
    return name.partition("=")[0]


def _kinds(standings: Sequence[Standing], about: str) -> list[tuple[Standing, int]]:
    """An example of each kind, and how many are of it."""
    kinds = list(map(_TOLD_BY[about], standings))
    examples = dict(zip(kinds, standings, strict=True))
    return [(examples[kind], number) for kind, number in Counter(kinds).items()]


def _fitting(kinds: Sequence[tuple[Standing, int]], choices: Mapping[str, Test]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for example, number in kinds:
        for choice, test in choices.items():
            if test(example):
                counts[choice] += number
    return counts


def with_text(rfp_id: int, text: str) -> set[int]:
    """The questions that hold these words, in the question, its number or its answer."""
    held = (
        Q(text__icontains=text)
        | Q(number__istartswith=text)
        | Q(answer__text__icontains=text)
        | Q(answer__choice__icontains=text)
        | Q(answer__comment__icontains=text)
    )
    return set(Question.objects.filter(held, rfp=rfp_id).values_list("pk", flat=True))
