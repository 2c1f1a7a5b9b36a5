"""Takes approved answers of an RFP into the answer library, when a person says so."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from rfp_manager.models import (
    RFP,
    Answer,
    AnswerState,
    DeclinedAnswer,
    LibraryAnswerUse,
    UseKind,
)
from solution_library.answers.errors import AnswerConflict, AnswerRefused
from solution_library.answers.filling import start_filling
from solution_library.answers.finding import EXACT, SAME, AnswerMatch, AnswerScope, find_for_all
from solution_library.answers.freshness import Freshness, freshness_of
from solution_library.answers.merging import add_variant
from solution_library.answers.presenting import compared
from solution_library.answers.texts import Content, content_of, digest_of
from solution_library.answers.writing import Details, content_now, create_answer, edit_answer
from solution_library.comparing import Change
from solution_library.ingest import start_batch
from solution_library.models import Collection, LibraryAnswer
from solution_library.reviewing import may_review

NEW, VARIANT, REPLACE = "new", "variant", "replace"
MATCHES = 3
#: So many are looked at and taken in one go.
MOST = 500
#: Words of company names that say nothing about which company it is.
COMMON = frozenset(
    re.findall(
        r"\w+",
        """the and of for a an bank banking group holding holdings company corporation corp inc ltd
        limited plc llc llp gmbh ag se sa nv bv spa srl oy ab asa kg co international global
        services service solutions systems city county state university ministry department
        national federal european public health hospital insurance energy telecom airport""",
    )
)


@dataclass(frozen=True)
class Earlier:
    """The library's answer into which an answer was taken in other words. `changes`: what it would
    say otherwise if the answer were taken again."""

    answer: LibraryAnswer
    freshness: Freshness
    changes: list[Change]


@dataclass(frozen=True)
class Candidate:
    """An approved answer that the library does not have, or not in these words. `names`: how it
    names the customer, who must not be read about by the next one. `closed`: restricted
    collections it will be in."""

    answer: Answer
    matches: list[AnswerMatch]
    names: list[str]
    closed: list[Collection] = field(default_factory=list)
    earlier: Earlier | None = None

    @property
    def same(self) -> AnswerMatch | None:
        """The library's answer to the same question, if it has one."""
        return next((m for m in self.matches if m.exactness in (EXACT, SAME)), None)

    @property
    def is_clear(self) -> bool:
        """Nothing speaks against taking it as it is."""
        return self.same is None and self.earlier is None and not self.names


@dataclass
class Taken:
    """`refused` are sentences about those that were not taken."""

    new: int = 0
    joined: int = 0
    replaced: int = 0
    refused: list[str] = field(default_factory=list)
    document_ids: list[int] = field(default_factory=list)


def waiting(rfp: RFP) -> QuerySet[Answer]:
    """The approved answers of an RFP that nobody has taken into the library, or not in the words
    they have now, and that nobody wants to keep out of it."""
    approved = Answer.objects.filter(question__rfp=rfp, state=AnswerState.APPROVED, declined=None)
    fed = LibraryAnswerUse.objects.filter(kind=UseKind.FED, answer=OuterRef("pk"))
    as_it_is = Q(answer_version__gte=OuterRef("version")) | Q(
        library_answer__text=OuterRef("text"), library_answer__choice=OuterRef("choice")
    )
    return approved.exclude(Exists(fed.filter(as_it_is))).order_by("question__ordinal")


def candidates(rfp: RFP, answers: Iterable[Answer], user: Any) -> tuple[list[Candidate], str]:
    """Each answer with what the library has to such questions, and a warning if that could not
    be looked for in full. A constant number of queries."""
    found = list(answers)
    scope = AnswerScope(any_state=True)
    asked = [answer.question.text for answer in found]
    near = find_for_all(asked, user=user, scope=scope, limit=MATCHES)
    closed, earlier = _closed_by_answer(found), _earlier(found, user)
    made = [
        Candidate(
            answer, _others(each.matches, earlier.get(answer.pk)),
            names_in(rfp.customer, answer), closed.get(answer.pk, []), earlier.get(answer.pk),
        )
        for answer, each in zip(found, near, strict=True)
    ]  # fmt: skip
    return made, near[0].warning if near else ""


def _others(matches: list[AnswerMatch], earlier: Earlier | None) -> list[AnswerMatch]:
    return [m for m in matches if earlier is None or m.answer.pk != earlier.answer.pk]


def _earlier(answers: Sequence[Answer], user: Any) -> dict[int, Earlier]:
    """Into what each was taken, the last time; only what this person may read."""
    seen = LibraryAnswer.objects.for_user(user).current()
    uses = LibraryAnswerUse.objects.filter(
        kind=UseKind.FED, answer__in=answers, library_answer__in=seen
    ).select_related("library_answer__document__owner")
    last = {use.answer_id: use.library_answer for use in uses.order_by("pk")}
    return {
        answer.pk: Earlier(
            into, freshness_of(into), compared(into, into.question, answer.text, answer.choice)
        )
        for answer in answers
        if (into := last.get(answer.pk))
    }


def names_in(customer: str, answer: Answer) -> list[str]:
    """The customer's name, or what is special about it, as it stands in the question or the
    answer."""
    text = f"{answer.question.text}\n{answer.text}\n{answer.choice}"
    words = re.findall(r"[^\W\d_][\w'’&-]*", customer)
    special = [w for w in words if w.casefold() not in COMMON and (len(w) > 3 or w.isupper())]
    found = []
    for name in dict.fromkeys([customer.strip(), *special]):
        flags = re.IGNORECASE if len(name) > 3 else re.NOFLAG
        if len(name) > 1 and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, flags):
            found.append(name)
    return found


def _closed_by_answer(answers: Sequence[Answer]) -> dict[int, list[Collection]]:
    """The restricted collections that an answer has to be in, because of what it rests on."""
    rows = Answer.objects.filter(
        pk__in=[a.pk for a in answers],
        citations__chunk__version__document__collections__is_restricted=True,
    ).values_list(
        "pk", "citations__chunk__version__document",
        "citations__chunk__version__document__collections",
    )  # fmt: skip
    groups = Collection.objects.filter(is_restricted=True).in_bulk()
    by_answer: dict[int, dict[int, set[int]]] = {}
    for answer, document, group in rows:
        if group in groups:
            by_answer.setdefault(answer, {}).setdefault(document, set()).add(group)
    return {
        answer: [groups[pk] for pk in sorted(set.intersection(*documents.values()))]
        for answer, documents in by_answer.items()
    }


# -- taking ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Choice:
    """What a person decided about one answer, whose `version` they have read; to replace the words
    of the library's, `target_version` of that. None: whatever it says by now."""

    answer_id: int
    version: int
    how: str = NEW
    target_id: int = 0
    target_version: int | None = None


def take_clear(rfp: RFP, user: Any) -> Taken:
    """Take all that nothing speaks against: neither a customer's name nor the same question."""
    answers = waiting(rfp).select_related("question")[:MOST]
    clear = [c.answer for c in candidates(rfp, answers, user)[0] if c.is_clear]
    return take(rfp, [Choice(answer.pk, answer.version) for answer in clear], user)


def take(rfp: RFP, choices: Sequence[Choice], user: Any) -> Taken:
    """Take the chosen answers, each for itself: one that cannot be taken stops no other."""
    taken = Taken()
    for choice in choices[:MOST]:
        try:
            with transaction.atomic():
                _take(rfp, choice, user, taken)
        except AnswerRefused as refusal:
            taken.refused.append(str(refusal))
        except AnswerConflict as conflict:
            taken.refused.append(f"“{conflict.current.question[:80]}”: {conflict} Try again.")
    if taken.document_ids:
        count = len(taken.document_ids)
        title = f"Read {count} answer{'' if count == 1 else 's'} of “{rfp.name}”"[:200]
        start_batch(taken.document_ids, user, title=title)
        start_filling()
    return taken


def _take(rfp: RFP, choice: Choice, user: Any, taken: Taken) -> None:
    rows = Answer.objects.select_for_update(of=("self",)).select_related("question")
    answer = rows.filter(pk=choice.answer_id, question__rfp=rfp).first()
    if answer is None:
        raise AnswerRefused("One of the answers is not there any more.")
    if answer.version != choice.version or answer.state != AnswerState.APPROVED:
        raise AnswerRefused(f"{_name(answer)} was changed meanwhile. Read it, then take it.")
    fed = answer.library_uses.filter(kind=UseKind.FED)
    if fed.filter(answer_version__gte=answer.version).exists():
        return  # a second click, or a colleague
    content = content_of(answer.question.text, answer.text, answer.choice)
    target = _target(choice, content, user)
    if target is None:
        target = _create(rfp, answer, content, user)
        taken.document_ids.append(target.document_id)
        taken.new += 1
    elif choice.how == REPLACE:
        _replace(target, content, user, choice.target_version)
        taken.replaced += 1
    else:
        add_variant(target, content.question, user=user)
        taken.joined += 1
    LibraryAnswerUse.objects.update_or_create(
        library_answer=target, answer=answer, kind=UseKind.FED,
        defaults={"answer_version": answer.version},
    )  # fmt: skip
    DeclinedAnswer.objects.filter(answer=answer).delete()


def _name(answer: Answer) -> str:
    return f"The answer to “{answer.question.text[:80]}”"


def _target(choice: Choice, content: Content, user: Any) -> LibraryAnswer | None:
    """The library's answer that this one joins; None for a new one. One that says just the same
    is joined in any case, so that nothing is there twice."""
    seen = LibraryAnswer.objects.for_user(user).current().select_related("document__owner")
    if choice.how == NEW:
        equal = seen.filter(
            digest=digest_of(content.question), text=content.text, choice=content.choice,
            document__review_status="approved",
        )  # fmt: skip
        return equal.first()
    target = seen.filter(pk=choice.target_id).first()
    if target is None:
        raise AnswerRefused("The answer of the library that was chosen is not there any more.")
    return target


def _create(rfp: RFP, answer: Answer, content: Content, user: Any) -> LibraryAnswer:
    # The RFP's name stays out of it: whoever may see the RFP sees it among the answer's uses.
    details = Details(owner=user, collections=_collections(rfp, answer, user), tags=rfp.tags.all())
    return create_answer(content, user=user, details=details, approve=True, embed=False)


def _collections(rfp: RFP, answer: Answer, user: Any) -> list[Collection]:
    """The RFP's; but what rests on restricted documents stays with those who may read all of
    them."""
    chosen = Collection.objects.for_user(user).filter(rfps=rfp)
    closed = _closed_by_answer([answer]).get(answer.pk)
    if closed is None:
        return list(chosen)
    if not closed:
        raise AnswerRefused(
            f"{_name(answer)} rests on documents of different restricted collections. Write an "
            "answer for the library that does without one of them."
        )
    return [*chosen.filter(is_restricted=False), *closed]


def _replace(target: LibraryAnswer, content: Content, user: Any, version: int | None) -> None:
    if not may_review(user, target.document):
        raise AnswerRefused(
            f"“{target.question[:80]}” belongs to somebody else. Ask its owner to change it."
        )
    now = content_now(target)
    words = content_of(
        now.question, content.text, content.choice, (*now.variants, content.question)
    )
    read = target.version if version is None else version
    edit_answer(target, words, user=user, version=read, reason="Taken from an RFP")


# -- not for the library -----------------------------------------------------------------------
def declined(rfp: RFP) -> QuerySet[Answer]:
    """Those that somebody does not want in the library, the last first."""
    found = Answer.objects.filter(question__rfp=rfp).exclude(declined=None)
    return found.select_related("question", "declined__declined_by").order_by("-declined__pk")


def decline(rfp: RFP, answer_ids: Sequence[int], user: Any) -> int:
    """Do not offer these any more. Returns how many were offered until now."""
    offered = waiting(rfp).filter(pk__in=answer_ids[:MOST]).values_list("pk", flat=True)
    rows = [DeclinedAnswer(answer_id=pk, declined_by=user) for pk in offered]
    DeclinedAnswer.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def offer_again(rfp: RFP, answer_ids: Sequence[int]) -> int:
    """Take back what `decline` did. Returns how many it was done for."""
    rows = DeclinedAnswer.objects.filter(answer__in=answer_ids[:MOST], answer__question__rfp=rfp)
    return rows.delete()[0]
