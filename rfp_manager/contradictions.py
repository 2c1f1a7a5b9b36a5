"""Answers that cannot both be true: of one RFP, and of what its customer was told before.

Found by code alone, in the order of what can be told for sure: yes and no to the same question,
claims of the same thing with other values, and sentences that are the same but for one fact.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from llm_manager.providers.builtin.words import guess_language, terms
from llm_manager.sentences import split_sentences
from rfp_manager.claims import Claim, claims_of, discriminators
from rfp_manager.comparing_sentences import differing, replies_of
from rfp_manager.models import (
    RFP,
    Answer,
    AnswerOutcome,
    AnswerState,
    Contradiction,
    ExportedAnswer,
)
from solution_library.answers.sameness import differences, facts_of

#: Answers looked at, of the RFP itself and of earlier ones, and findings kept; a form that
#: contradicts itself more often has another trouble.
MOST_ANSWERS, MOST_EARLIER_RFPS, MOST_FINDINGS = 3000, 20, 500
#: Of all different words of two questions, or sentences, the share that both have.
SAME_QUESTION, SAME_SENTENCE = 0.8, 0.65
FEWEST_WORDS = 3
#: A word that stands in more texts than this tells nothing of which are alike.
COMMON = 60
#: Each text is compared with so many like it: a form that says the same a hundred times is
#: compared with its first ones.
MOST_ALIKE = 12
WORDS = 500


@dataclass(frozen=True)
class Told:
    """What somebody was told: an answer as it is, or as it was exported."""

    answer_id: int
    version: int
    question_id: int
    question: str
    text: str
    choice: str
    #: Questions of one group ask the same (Question.same_as).
    group: int
    own: bool


@dataclass(frozen=True)
class Found:
    """Two that do not agree, `one` the newer; the words of each are verbatim."""

    one: Told
    other: Told
    topic: str
    words: str
    other_words: str


# -- for a job -----------------------------------------------------------------------------
def contradictions_of(rfp: RFP) -> list[Contradiction]:
    """All that is found in an RFP's answers now, not saved."""
    told = [*answers_of(rfp), *told_before(rfp)]
    return [_row(rfp, found) for found in contradicting(told)]


def keep(rfp: RFP, rows: list[Contradiction]) -> int:
    """Write down what is new; how many that were. What a person has dismissed does not come again
    while both answers stay as they are."""
    before = Contradiction.objects.filter(rfp=rfp).count()
    Contradiction.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return Contradiction.objects.filter(rfp=rfp).count() - before


def _row(rfp: RFP, found: Found) -> Contradiction:
    return Contradiction(
        rfp=rfp,
        answer_id=found.one.answer_id,
        other_id=found.other.answer_id,
        answer_version=found.one.version,
        other_version=found.other.version,
        topic=found.topic[:200],
        words=_short(found.words),
        other_words=_short(found.other_words),
    )


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= WORDS else words[: WORDS - 1] + "…"


def answers_of(rfp: RFP) -> list[Told]:
    """The RFP's own answers."""
    found = _with_text(Answer.objects.filter(question__rfp=rfp))
    return [_told(answer, own=True) for answer in found[:MOST_ANSWERS]]


def told_before(rfp: RFP) -> list[Told]:
    """What the same customer was told in other RFPs: what was exported, and what was approved."""
    customer = rfp.customer.strip()
    if not customer:
        return []
    rfps = RFP.objects.filter(customer__iexact=customer).exclude(pk=rfp.pk).order_by("-pk")
    ids = list(rfps.values_list("pk", flat=True)[:MOST_EARLIER_RFPS])
    exported = _exported(ids)
    left = _with_text(Answer.objects.filter(question__rfp__in=ids, state=AnswerState.APPROVED))
    left = left.exclude(pk__in=[told.answer_id for told in exported])
    return [*exported, *(_told(answer, own=False) for answer in left)][:MOST_ANSWERS]


def _with_text(answers: QuerySet[Answer]) -> QuerySet[Answer]:
    """Not those that say nothing: no evidence is no denial."""
    said = answers.exclude(outcome=AnswerOutcome.NO_EVIDENCE).exclude(text="", choice="")
    return said.select_related("question").order_by("-question__rfp", "question__ordinal")


def _exported(rfp_ids: list[int]) -> list[Told]:
    """Each question as the newest export told it."""
    rows = (
        ExportedAnswer.objects.filter(
            question__rfp__in=rfp_ids, export__status="completed", question__answer__isnull=False
        )
        .exclude(outcome=AnswerOutcome.NO_EVIDENCE)
        .select_related("question__answer")
        .order_by("question_id", "-export_id")
        .distinct("question_id")
    )
    return [
        Told(
            row.question.answer.pk, row.answer_version, row.question_id, row.question.text,
            row.text, row.choice, row.question.same_as_id or row.question_id, own=False,
        )
        for row in rows[:MOST_ANSWERS]
    ]  # fmt: skip


def _told(answer: Answer, *, own: bool) -> Told:
    question = answer.question
    return Told(
        answer.pk, answer.version, question.pk, question.text, answer.text, answer.choice,
        question.same_as_id or question.pk, own,
    )  # fmt: skip


# -- pure ----------------------------------------------------------------------------------
def contradicting(told: Sequence[Told]) -> list[Found]:
    """Every pair that contradicts, each once, at least one of the two the RFP's own."""
    found: dict[tuple[int, int], Found] = {}
    for pair in _all(told):
        if pair.one.answer_id == pair.other.answer_id:
            continue
        ids = (pair.one.answer_id, pair.other.answer_id)
        found.setdefault((min(ids), max(ids)), _newer_first(pair))
        if len(found) >= MOST_FINDINGS:
            break
    return list(found.values())


def _newer_first(pair: Found) -> Found:
    swapped = pair.other.own and (not pair.one.own or pair.other.answer_id > pair.one.answer_id)
    if pair.one.own and not pair.other.own:
        swapped = False
    if not swapped:
        return pair
    return Found(pair.other, pair.one, pair.topic, pair.other_words, pair.words)


def _all(told: Sequence[Told]) -> Iterator[Found]:
    yield from _of_same_questions(told)
    yield from _of_claims(told)
    yield from _of_sentences(told)


def _of_same_questions(told: Sequence[Told]) -> Iterator[Found]:
    """Yes and no, or two choices, to what is the same question."""
    facts = [facts_of(t.question) for t in told]
    alike = _alike([t.question for t in told], SAME_QUESTION)
    groups: dict[int, list[int]] = defaultdict(list)
    for n, one in enumerate(told):
        groups[one.group].append(n)
    pairs = {tuple(sorted(pair)) for group in groups.values() for pair in combinations(group, 2)}
    same = [p for p in alike if not differences(facts[p[0]], facts[p[1]])]
    for a, b in sorted({*pairs, *same}):
        one, other = told[a], told[b]
        if one.own or other.own:
            reply = replies_of(one.text, one.choice, other.text, other.choice)
            if reply:
                yield Found(one, other, "The same question", *reply)


def _of_claims(told: Sequence[Told]) -> Iterator[Found]:
    by_key: dict[tuple[str, ...], list[tuple[Told, Claim]]] = defaultdict(list)
    for one in told:
        for claim in claims_of(one.question, one.text, one.choice):
            by_key[claim.key].append((one, claim))
    for claims in by_key.values():
        for (one, claim), (other, theirs) in _pairs(claims):
            if (one.own or other.own) and claim.clashes(theirs):
                yield Found(one, other, claim.topic, claim.words, theirs.words)


def _pairs(claims: list[tuple[Told, Claim]]) -> Iterable[Any]:
    """Each with each; of a crowd, each with the first of every value."""
    if len(claims) <= COMMON:
        return combinations(claims, 2)
    firsts = {claim.value: (told, claim) for told, claim in reversed(claims)}
    return ((one, first) for one in claims for first in firsts.values())


def _of_sentences(told: Sequence[Told]) -> Iterator[Found]:
    """Sentences that are the same but for a figure, a limit, a denial or who does it."""
    owners: list[Told] = []
    texts: list[str] = []
    for one in told:
        for start, end in split_sentences(one.text):
            owners.append(one)
            texts.append(one.text[start:end])
    for a, b in _alike(texts, SAME_SENTENCE):
        one, other = owners[a], owners[b]
        if one.answer_id == other.answer_id or not (one.own or other.own):
            continue
        if discriminators(texts[a]) != discriminators(texts[b]):
            continue
        kind = differing(texts[a], texts[b])
        if kind:
            yield Found(one, other, kind, texts[a], texts[b])


def _alike(texts: Sequence[str], share: float) -> list[tuple[int, int]]:
    """Pairs of texts that have most of their words in common, by their rarer words."""
    words = [frozenset(_words(text)) for text in texts]
    places: dict[str, list[int]] = defaultdict(list)
    for n, own in enumerate(words):
        for word in own:
            places[word].append(n)
    found: list[tuple[int, int]] = []
    for n, own in enumerate(words):
        if len(own) < FEWEST_WORDS:
            continue
        rare = sorted(own, key=lambda word: (len(places[word]), word))
        # Two that share so much share at least one of these.
        enough = len(own) - int(share * len(own)) + 1
        near = {m for word in rare[:enough] for m in places[word][:COMMON] if m < n}
        alike = [m for m in sorted(near) if len(own & words[m]) >= share * len(own | words[m])]
        found += [(m, n) for m in alike[:MOST_ALIKE]]
    return found


def _words(text: str) -> list[str]:
    """Without figures, which may be what differs."""
    return [w for w in terms(text, guess_language(text)) if not w[0].isdigit()]


# -- for pages -----------------------------------------------------------------------------
def visible(user: Any) -> QuerySet[Contradiction]:
    """Those of RFPs that a person may see, of which both sides still stand: the answers are as
    they were compared, or the customer was told so."""
    rfps = RFP.objects.for_user(user).values("pk")
    sent = ExportedAnswer.objects.filter(
        question=OuterRef("other__question"), answer_version=OuterRef("other_version")
    )
    return (
        Contradiction.objects.filter(
            Q(other_version=F("other__version")) | Exists(sent),
            rfp__in=rfps,
            other__question__rfp__in=rfps,
            answer_version=F("answer__version"),
        )
        .select_related("rfp", "answer__question", "other__question__rfp", "dismissed_by")
        .order_by("answer__question__ordinal", "-id")
    )


def dismiss(found: Contradiction, user: Any) -> bool:
    """Both may be said. False if somebody has dismissed it before."""
    still = Contradiction.objects.filter(pk=found.pk, dismissed_at=None)
    return bool(still.update(dismissed_at=timezone.now(), dismissed_by=user))


def bring_back(found: Contradiction) -> bool:
    """Take a dismissal back."""
    gone = Contradiction.objects.filter(pk=found.pk).exclude(dismissed_at=None)
    return bool(gone.update(dismissed_at=None, dismissed_by=None))
