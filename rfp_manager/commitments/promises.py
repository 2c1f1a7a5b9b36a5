"""Finds promises in an answer: what they say, word for word, and until when it holds.

By patterns in English, German, French and Spanish, sentence by sentence: a promise has a value (a
share, a time, a certificate, a place) and words beside it that make it one. A person decides what
of it is a commitment, so a doubtful case is found rather than missed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from llm_manager.sentences import split_sentences
from rfp_manager.commitments.days import Named, days_in
from rfp_manager.commitments.places import PLACES
from rfp_manager.commitments.wording import (
    ALWAYS,
    ASKED,
    AVAILABLE,
    CERTIFICATE,
    CERTIFIED,
    DENIED,
    DURATION,
    KEEP,
    NOTIFY,
    ONLY_LIKE,
    ONLY_WISHED,
    ORDINAL_END,
    OUTSIDE,
    PAST,
    PLANNED,
    RESPOND,
    SHARE,
    STORE,
    UNTIL,
    VALID,
)
from rfp_manager.models import CommitmentKind as Kind

LONGEST = 200


@dataclass(frozen=True)
class Promise:
    """`text[start:end]` of the answer promises `value` for `subject`. `expires_on`: the last day
    that it names."""

    kind: str
    start: int
    end: int
    words: str
    subject: str
    value: str
    expires_on: date | None = None


def promises_in(text: str) -> list[Promise]:
    """Every promise of an answer, in the order of their places."""
    found: list[Promise] = []
    for start, end in _sentences(text):
        found += _in_sentence(text[start:end], start)
    return sorted(found, key=lambda promise: (promise.start, promise.end, promise.kind))


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Those of the text; "im 3. Quartal" is not the end of one."""
    held: tuple[int, int] | None = None
    for start, end in split_sentences(text):
        if held is not None and _goes_on(text, held[1], start):
            held = (held[0], end)
            continue
        if held is not None:
            yield held
        held = (start, end)
    if held is not None:
        yield held


def _goes_on(text: str, end: int, start: int) -> bool:
    return bool(ORDINAL_END.search(text[max(0, end - 4) : end])) and text[end:start] == " "


def _in_sentence(sentence: str, offset: int) -> Iterator[Promise]:
    if ASKED.search(sentence) or ONLY_WISHED.search(sentence):
        return
    days = days_in(sentence)
    matches = [*_levels(sentence), *_times(sentence), *_certificates(sentence, days)]
    matches += _places(sentence)
    matches += _dates(sentence, days, matches)
    by_kind: dict[str, list[Match]] = {}
    for match in matches:
        by_kind.setdefault(match.kind, []).append(match)
    for several in by_kind.values():
        yield from (_promise(match, sentence, offset, len(several) == 1) for match in several)


@dataclass(frozen=True)
class Match:
    """The value of a promise at its place in a sentence."""

    kind: str
    start: int
    end: int
    subject: str
    value: str
    expires_on: date | None = None


def _promise(match: Match, sentence: str, offset: int, alone: bool) -> Promise:
    """With the whole sentence for its words, unless that makes several promises of a kind."""
    start, end = (0, len(sentence)) if alone else (match.start, match.end)
    return Promise(
        match.kind, offset + start, offset + end, sentence[start:end], match.subject[:LONGEST],
        match.value[:LONGEST], match.expires_on,
    )  # fmt: skip


def _denied(sentence: str, place: int) -> bool:
    """Something before the place says that it is not so; what a comma parts off says nothing."""
    before = sentence[:place]
    clause = max(before.rfind(mark) for mark in (";", ":", ", but", ", aber", ", mais", ", pero"))
    return bool(DENIED.search(before[clause + 1 :]))


def _levels(sentence: str) -> Iterator[Match]:
    if AVAILABLE.search(sentence):
        for share in SHARE.finditer(sentence):
            if not _denied(sentence, share.start()):
                yield _match(Kind.SERVICE_LEVEL, share, "availability")
    if re.search(r"support|hotline|helpdesk|monitor|soporte|assistance|bereitschaft", sentence,
                 re.IGNORECASE):  # fmt: skip
        for hours in ALWAYS.finditer(sentence):
            if not _denied(sentence, hours.start()):
                yield _match(Kind.SERVICE_LEVEL, hours, "support hours")


def _times(sentence: str) -> Iterator[Match]:
    """Times within which something is done: who is told, what is kept, who reacts."""
    kinds = (
        (NOTIFY, Kind.NOTICE, "notice to the customer"),
        (KEEP, Kind.RETENTION, "retention and deletion"),
        (RESPOND, Kind.SERVICE_LEVEL, "response time"),
    )
    for duration in DURATION.finditer(sentence):
        near = [
            (_distance(words, sentence, duration), kind, subject)
            for words, kind, subject in kinds
            if words.search(sentence)
        ]
        if near and not _denied(sentence, duration.start()):
            _, kind, subject = min(near, key=lambda each: each[0])
            yield _match(kind, duration, subject)


def _distance(words: re.Pattern[str], sentence: str, value: re.Match[str]) -> int:
    """Characters between a value and the nearest of the words."""
    return min(
        max(match.start() - value.end(), value.start() - match.end(), 0)
        for match in words.finditer(sentence)
    )


def _match(kind: Kind, match: re.Match[str], subject: str) -> Match:
    return Match(kind.value, match.start(), match.end(), subject, match[0])


def _certificates(sentence: str, days: list[Named]) -> Iterator[Match]:
    if not CERTIFIED.search(sentence):
        return
    found = list(CERTIFICATE.finditer(sentence))
    certified = re.search(r"certif|zertifi|attest|accredit|audited", sentence, re.IGNORECASE)
    if ONLY_LIKE.search(sentence) and not certified:
        return
    for number, match in enumerate(found):
        if _denied(sentence, match.start()) or _denied_after(sentence, match.end()):
            continue
        end = found[number + 1].start() if number + 1 < len(found) else len(sentence)
        day = _valid_until(sentence, match.end(), end if len(found) > 1 else len(sentence), days)
        if day is None and _is_planned(sentence, days):
            continue
        yield Match(
            Kind.CERTIFICATE.value, match.start(), day.end if day else match.end(),
            certificate_name(match), match[0], day.last if day else None,
        )  # fmt: skip


def _denied_after(sentence: str, place: int) -> bool:
    """ "nach ISO 27001 nicht zertifiziert": in the next few words."""
    return bool(re.match(r"\W*(?:\w+\W+){0,2}(?:nicht|not|pas)(?!\w)(?! only| nur)",
                         sentence[place:], re.IGNORECASE))  # fmt: skip


def _valid_until(sentence: str, start: int, end: int, days: list[Named]) -> Named | None:
    """The day after a certificate's name until which it is said to be valid."""
    for day in days:
        between = sentence[start : day.end]
        if start <= day.start < end and VALID.search(between):
            return day
    return None


def _is_planned(sentence: str, days: list[Named]) -> bool:
    """A certificate that there will be some day is a promise of a date."""
    future = re.search(
        r"(?<!\w)(?:will|plan|roadmap|working towards|wird|werden|geplant|prév|sera|obtien|previst"
        r"|obtendr|estará|schedul|expect)",
        sentence, re.IGNORECASE,
    )  # fmt: skip
    return bool(future) and bool(days)


def certificate_name(match: re.Match[str]) -> str:
    """One spelling for each: "ISO 27001", "SOC 2 Type II"."""
    if match["iso"]:
        return f"ISO {match['iso']}"
    if match["soc"]:
        kind = {"1": "I", "2": "II"}.get(match["type"] or "", match["type"])
        name = f"SOC {match['soc'][-1]}"
        return f"{name} Type {kind}" if kind else name
    plain = " ".join(match["name"].replace("-", " ").split()) if match["name"] else match[0]
    return "BSI C5" if plain == "C5" else plain


def _places(sentence: str) -> Iterator[Match]:
    if not STORE.search(sentence):
        return
    for place in PLACES.finditer(sentence):
        denied = _denied(sentence, place.start()) and not OUTSIDE.search(sentence)
        if not denied and _says_where(sentence[: place.start()]):
            yield _match(Kind.LOCATION, place, "data location")


def _says_where(before: str) -> bool:
    """ "in Frankfurt", "outside the EU"; not "the French authority" or "Germany's law"."""
    return before.endswith("(") or bool(
        re.search(
            r"(?<!\w)(?:in|within|inside|outside|from|at|to|leaves?|of|innerhalb|außerhalb|aus|am|"
            r"auf|à|en|au|aux|dans|hors|desde|dentro|fuera|quitten?t?|verlassen|only)"
            r"(?: (?:the|der|dem|den|des|die|de|del|la|l['’]|los|las|le|les|data ?cent\w+ in|"
            r"city of))*"
            r"[ '’]?(?:l['’])?\Z",
            before, re.IGNORECASE,
        )
    )  # fmt: skip


def _dates(sentence: str, days: list[Named], others: list[Match]) -> Iterator[Match]:
    """A day by which something is promised, unless it is the end of a certificate."""
    if not PLANNED.search(sentence):
        return
    for day in days:
        if any(other.start <= day.start < other.end for other in others):
            continue
        near = sentence[max(0, day.start - 25) : day.start]
        said = UNTIL.search(near) or UNTIL.match(sentence[day.start : day.end])
        if said and not PAST.search(sentence) and not _denied(sentence, day.start):
            value = sentence[day.start : day.end]
            yield Match(Kind.DATE.value, day.start, day.end, sentence, value, day.last)
