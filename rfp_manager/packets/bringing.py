"""Takes a sheet back that an expert has filled in: read, kept as it came, and, once somebody has
seen what it would do, merged into the answers."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from jobs.models import Event
from rfp_manager.assigning import decline
from rfp_manager.editing import answer_for, edit_answer, set_state
from rfp_manager.membership import may_in
from rfp_manager.models import RFP, AnswerState, ExpertPacket, Question
from rfp_manager.packets.columns import parse_key
from rfp_manager.packets.making import PacketRefused
from rfp_manager.packets.matching import Row, match
from rfp_manager.packets.plan import DOING, Fate, Plan, Step, plan_of, rows_of
from rfp_manager.people import count_of, name_of, tell
from rfp_manager.reading import local_copy
from rfp_manager.standing import lock_answers
from solution_library.ingest import UploadRefused, clean_name, digest_of
from solution_library.parsing.errors import ChildError
from solution_library.parsing.sandbox import run_in_child

READER = "rfp_manager.packets.returned:read"
#: A packet keeps every sheet that came back of it.
MOST_RETURNS = 50
#: A merge takes rows for so long, but never fewer than so many, and leaves the others: a request
#: must end soon.
SECONDS, AT_LEAST = 0.7, 50
#: Without its keys a sheet is looked for among so many of the newest packets.
CANDIDATES = 50
MAX_REASON = 500
TICKS = frozenset({"x", "1", "true", "yes", "y", "✓", "✔"})


@dataclass(frozen=True)
class Back:
    """A sheet that came back: the packet it belongs to, and its place among those that did."""

    packet: ExpertPacket
    number: int
    was_known: bool


def packets_for(user: Any) -> QuerySet[ExpertPacket]:
    """The packets of the RFPs that the person may see, and those made for them."""
    rfps = RFP.objects.for_user(user).values("pk")
    return ExpertPacket.objects.filter(Q(rfp__in=rfps) | Q(expert=user))


def bring_back(stream: IO[bytes], *, filename: str, user: Any) -> Back:
    """Read a filled-in sheet and keep what it says; no answer is changed by that. The same file
    is kept once. Raises PacketRefused."""
    filename = clean_name(filename)
    try:
        digest = digest_of(stream, filename)
        stream.seek(0)
        with local_copy(stream, filename) as path:
            rows = run_in_child(READER, path=path, arguments={})["rows"]
    except UploadRefused as error:
        raise PacketRefused(str(error)) from error
    except ChildError as error:
        raise PacketRefused(error.reason) from error
    packet = _packet_of(rows, user)
    if packet.expert_id != user.pk and not may_in(user, packet.rfp_id, Role.CONTRIBUTOR):
        raise PacketRefused(
            "You are a reader of the RFP that this sheet was made for, and may not change anything "
            "in it. Send the sheet back to whoever sent it to you."
        )
    return _keep(packet, rows, digest=digest, filename=filename, user=user)


def _packet_of(rows: Sequence[Row], user: Any) -> ExpertPacket:
    tokens = Counter(key[0] for row in rows if (key := parse_key(row["key"])))
    if not tokens:
        return _likeliest(rows, user)
    found = {p.token: p for p in packets_for(user).filter(token__in=list(tokens))}
    token = next((token for token, _ in tokens.most_common() if token in found), None)
    if token is None:
        raise PacketRefused(
            "This sheet was made for an RFP that you may not see, or that is gone. Send it back "
            "to whoever sent it to you."
        )
    return found[token]


def _likeliest(rows: Sequence[Row], user: Any) -> ExpertPacket:
    """The packet whose questions the sheet holds, by their words; of equal ones the newest."""
    best, most = None, 0
    for packet in packets_for(user).select_related("rfp")[:CANDIDATES]:
        found = match(rows, packet.contents, packet.token)
        known = sum(one.question is not None for one in found)
        if known > most:
            best, most = packet, known
    if best is None:
        raise PacketRefused(
            "No question of this sheet is one that you may see. Bring back the file that was "
            "downloaded here, with its hidden last column."
        )
    return best


def _keep(
    packet: ExpertPacket, rows: Sequence[Row], *, digest: str, filename: str, user: Any
) -> Back:
    with transaction.atomic():
        packet = _locked(packet)
        returns = packet.outcome.setdefault("returns", [])
        known = next((n for n, back in enumerate(returns) if back["digest"] == digest), None)
        if known is not None:
            return Back(packet, known, was_known=True)
        if len(returns) >= MOST_RETURNS:
            raise PacketRefused(
                f"This sheet came back {MOST_RETURNS} times already. Make a new one for what is "
                "still open."
            )
        returns.append({
            "digest": digest, "filename": filename, "by": user.pk, "by_name": name_of(user),
            "at": timezone.now().isoformat(), "rows": list(rows),
        })  # fmt: skip
        packet.save(update_fields=["outcome"])
    return Back(packet, len(returns) - 1, was_known=False)


def _locked(packet: ExpertPacket) -> ExpertPacket:
    locked = ExpertPacket.objects.select_for_update(of=("self",)).select_related("rfp")
    return locked.get(pk=packet.pk)


@dataclass(frozen=True)
class Decision:
    """What a person chose where the answer has changed meanwhile: `take` the sheet's words, or
    keep those of `version`, which were shown beside them."""

    take: bool
    version: int


def apply(
    packet: ExpertPacket, number: int, decisions: Mapping[int, Decision], *, user: Any
) -> Plan:
    """Merge return `number` into the answers, as many rows as there is time for, these all or
    nothing; what changed since it was shown is left as a conflict. What was answered goes to
    review. Returns what became of each row: those with a fate of DOING are left for another
    time."""
    with transaction.atomic():
        # The order in which others lock: the RFP, then its answers.
        RFP.objects.select_for_update(no_key=True).get(pk=packet.rfp_id)
        packet = _locked(packet)
        lock_answers(int(pk) for pk in packet.contents)
        before = plan_of(packet, number, user, to_write=True)
        if not _Merging(packet, number, user).merge(before, decisions):
            return before
        packet.returned_at, packet.returned_by = timezone.now(), user
        packet.save(update_fields=["outcome", "returned_at", "returned_by"])
        after = plan_of(packet, number, user)
        _tell(packet, number, after, user)
    return after


class _Merging:
    """Writes what a plan says, and into the packet's outcome that it was done."""

    def __init__(self, packet: ExpertPacket, number: int, user: Any) -> None:
        self._packet, self._user = packet, user
        self._back = packet.outcome["returns"][number]
        self._settled = packet.outcome.setdefault("settled", {})
        self._kept = self._back.setdefault("kept", {})

    def merge(self, plan: Plan, decisions: Mapping[int, Decision]) -> bool:
        """False for a second click, which finds nothing left to do and leaves no trace."""
        taken = dict(self._in_time(plan.steps, decisions))
        done = [taken[place] for place in sorted(taken)]
        applied = self._back.setdefault("applied", [])
        if applied and not any(step.fate in (*DOING, Fate.KEPT) for step in done):
            return False
        applied.append({
            "at": timezone.now().isoformat(), "by": self._user.pk, "by_name": name_of(self._user),
            "rows": rows_of(done),
        })  # fmt: skip
        return True

    def _in_time(
        self, steps: Sequence[Step], decisions: Mapping[int, Decision]
    ) -> Iterator[tuple[int, Step]]:
        """The steps as they were taken, by their places; first those that a person has decided
        upon, who would have to decide again."""
        give_up, written = time.monotonic() + SECONDS, 0
        for place, step in sorted(enumerate(steps), key=lambda one: one[1].fate != Fate.CONFLICT):
            yield place, self._take(step, decisions)
            written += step.fate in DOING
            if written >= AT_LEAST and time.monotonic() > give_up:
                return

    def _take(self, step: Step, decisions: Mapping[int, Decision]) -> Step:
        """The step as it was taken in the end."""
        question = step.question
        if question is None or step.fate not in (*DOING, Fate.CONFLICT):
            return step
        if step.fate == Fate.CONFLICT:
            return self._decide(step, question, decisions.get(question.pk))
        if step.fate == Fate.DECLINED:
            self._decline(step, question)
        else:
            self._answer(step, question)
        return step

    def _decide(self, step: Step, question: Question, decision: Decision | None) -> Step:
        version = step.answer.version if step.answer else 0
        if decision is None or decision.version != version:
            return step  # not decided, or about words that are gone
        if decision.take:
            self._answer(step, question)
            return Step(Fate.CHANGED, step.row, question, step.answer, step.text, step.choice)
        self._kept[str(question.pk)] = version
        return Step(Fate.KEPT, step.row, question, step.answer, step.text, step.choice)

    def _answer(self, step: Step, question: Question) -> None:
        answer = step.answer or answer_for(question, self._user)
        # The state and the checks of an edit look at the question.
        answer.question = question
        if step.fate != Fate.ACCEPTED:
            answer = edit_answer(
                answer, text=step.text, choice=step.choice, comment=answer.comment,
                user=self._user, version=answer.version,
            )  # fmt: skip
        if answer.state == AnswerState.DRAFT:
            set_state(answer, AnswerState.IN_REVIEW, self._user)
        self._settle(question, step, answer.version)

    def _decline(self, step: Step, question: Question) -> None:
        said = step.row["declined"]
        reason = "not mine" if said.casefold() in TICKS else said[:MAX_REASON]
        decline(question, user=self._packet.expert, reason=reason)
        version = step.answer.version if step.answer else 0
        self._settle(question, step, version, declined=True)

    def _settle(
        self, question: Question, step: Step, version: int, *, declined: bool = False
    ) -> None:
        self._settled[str(question.pk)] = {
            "text": step.text, "choice": step.choice, "version": version, "declined": declined,
        }  # fmt: skip


def _tell(packet: ExpertPacket, number: int, after: Plan, user: Any) -> None:
    """Whoever made the sheet learns that it came back."""
    maker = packet.made_by
    rows = packet.outcome["returns"][number]["applied"][-1]["rows"]
    answered = sum(row[2] in (Fate.ACCEPTED, Fate.CHANGED) for row in rows)
    if maker is None or maker.pk == user.pk:
        return
    left = after.counts[Fate.CONFLICT]
    further = f", {count_of(left, 'conflict')} to decide" if left else ""
    text = (
        f"{name_of(user)} brought back the sheet of “{packet.rfp.name[:120]}”: "
        f"{count_of(answered, 'answer')} in review{further}."
    )
    url = reverse("rfp_manager:packet", args=[packet.pk])
    tell(maker, text, url, event=Event.RETURNED, about=f"packet:{packet.pk}")
