"""Warns when an answer promises again what is over: a certificate that has expired, a date that
has passed, a commitment that somebody has ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils import timezone

from accounts.formats import DAY_MONTH_YEAR, date_text
from rfp_manager.commitments.ledger import is_over
from rfp_manager.commitments.promises import Promise, promises_in
from rfp_manager.models import Commitment, CommitmentKind, CommitmentState

#: Kinds with a subject that says which promise is meant; of the others the value does, too.
BY_SUBJECT = (CommitmentKind.CERTIFICATE,)


@dataclass(frozen=True)
class Over:
    """A promise of an answer that is over, and the sentence that says so."""

    promise: Promise
    sentence: str


def over_in(texts: Sequence[str], today: date | None = None) -> list[list[Over]]:
    """For each text what it promises though it is over. One query for all of them."""
    day = today or timezone.localdate()
    found = [promises_in(text) for text in texts]
    ended = _ended([promise for promises in found for promise in promises], day)
    return [
        [over for promise in promises if (over := _over(promise, ended, day))] for promises in found
    ]


def warnings_for(text: str, today: date | None = None) -> list[str]:
    """What to know before this text is approved, in sentences."""
    return [over.sentence for over in over_in([text], today)[0]]


Key = tuple[str, str, str]


def _key(kind: str, subject: str, value: str) -> Key:
    return kind, subject.casefold(), "" if kind in BY_SUBJECT else value.casefold()


def _ended(promises: Sequence[Promise], today: date) -> dict[Key, Commitment]:
    """What of these is over in the ledger, whoever it was promised to, unless the same was
    promised anew with a later end, or without one."""
    wanted = {_key(p.kind, p.subject, p.value) for p in promises if p.expires_on is None}
    if not wanted:
        return {}
    of_subject = [Q(kind=kind, subject__iexact=subject) for kind, subject, _ in wanted]
    rows = Commitment.objects.exclude(state=CommitmentState.DISMISSED)
    known = rows.filter(reduce(or_, of_subject)).order_by("pk")
    over = {_key(c.kind, c.subject, c.value): c for c in known.filter(is_over(today))}
    still = known.exclude(is_over(today)).filter(
        Q(expires_on__gte=today) | Q(state=CommitmentState.CONFIRMED)
    )
    renewed = {_key(c.kind, c.subject, c.value): c for c in still}
    return {
        key: c for key, c in over.items() if key in wanted and not _is_later(renewed.get(key), c)
    }


def _is_later(other: Commitment | None, ended: Commitment) -> bool:
    return other is not None and other.pk > ended.pk


def _over(promise: Promise, ended: dict[Key, Commitment], today: date) -> Over | None:
    if promise.expires_on is not None:
        if promise.expires_on >= today:
            return None
        when = date_text(promise.expires_on, DAY_MONTH_YEAR)
        return Over(promise, f"“{_short(promise.words)}” names {when}, which is past.")
    commitment = ended.get(_key(promise.kind, promise.subject, promise.value))
    if commitment is None:
        return None
    what = promise.subject if promise.kind in BY_SUBJECT else f"“{_short(promise.words)}”"
    return Over(promise, f"{what}: {_ending(commitment)}. Check that it still holds.")


def _ending(commitment: Commitment) -> str:
    if commitment.state == CommitmentState.ENDED:
        return "the ledger of commitments says that this has ended"
    assert commitment.expires_on is not None
    until = date_text(commitment.expires_on, DAY_MONTH_YEAR)
    return f"an answer given earlier says until {until}, which is past"


def _short(words: str, most: int = 90) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= most else f"{plain[: most - 1].rstrip()}…"
