"""Approved answers of the previous edition become drafts of this one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from rfp_manager import receipts
from rfp_manager.drafting import allowed_choice
from rfp_manager.feeding import names_in
from rfp_manager.impact import troubled
from rfp_manager.models import (
    RFP,
    Answer,
    AnswerState,
    AnswerVersion,
    Citation,
    CitedPassage,
    EarlierChange,
    Question,
)
from rfp_manager.remapping import refuse_while_working
from rfp_manager.versions import QUOTED, not_held, version_of
from solution_library.models import Document

#: A request takes over so many answers; the others follow when it is asked again.
AT_ONCE = 300


@dataclass(frozen=True)
class TakenOver:
    """How many drafts were made of earlier answers, how many of them need another look, and how
    many answers are left for another time."""

    answers: int = 0
    to_check: int = 0
    left: int = 0


@dataclass
class _Copy:
    """An earlier answer on its way to the question that asks the same."""

    question: Question
    earlier: Answer
    cited: list[Citation]
    lost: int  # citations that do not hold any more
    why: list[str] = field(default_factory=list)

    @property
    def choice(self) -> str:
        return allowed_choice(self.earlier.choice, self.question.allowed_choices)


def offered(rfp: RFP, user: Any) -> QuerySet[Question]:
    """Questions whose earlier answer was approved, and which no person has answered here."""
    previous = rfp.previous_edition_id
    if previous is None or not RFP.objects.for_user(user).filter(pk=previous).exists():
        return Question.objects.none()
    written = Q(answer__edited_by__isnull=False) | Q(answer__versions__made_by__isnull=False)
    begun = Q(answer__isnull=False) & ~Q(answer__state=AnswerState.DRAFT)
    answered = ~Q(earlier__answer__text="") | ~Q(earlier__answer__choice="")
    touched = Question.objects.filter(written | begun, rfp=rfp).values("pk")
    found = rfp.questions.filter(answered, earlier__answer__state=AnswerState.APPROVED)
    return found.exclude(pk__in=touched)


def take_over(rfp: RFP, user: Any) -> TakenOver:
    """Copy what is offered, marked with where it comes from; never over a person's words. Raises
    RemappingRefused while a batch writes answers. At most AT_ONCE, which take half a second."""
    with transaction.atomic():
        rfp = RFP.objects.select_for_update().get(pk=rfp.pk)
        refuse_while_working(rfp)
        # While a question is locked nobody can begin an answer to it.
        locked = list(rfp.questions.select_for_update(of=("self",)).values_list("pk", flat=True))
        questions = offered(rfp, user).filter(pk__in=locked).select_related(
            "answer", "earlier__answer__approved_by", "earlier__rfp"
        )  # fmt: skip
        some = list(questions.order_by("ordinal")[:AT_ONCE])
        left = questions.count() - len(some) if len(some) == AT_ONCE else 0
        copies = _copies(some, user)
        written = _write_answers(copies, user)
        _write_citations(copies, written)
        _write_versions(copies, written, user)
    return TakenOver(len(copies), sum(bool(copy.why) for copy in copies), left)


def _copies(questions: Sequence[Question], user: Any) -> list[_Copy]:
    earlier = [_earlier(question) for question in questions]
    holding = _citations_that_hold(earlier, user)
    had = set(Citation.objects.filter(answer__in=earlier).values_list("pk", flat=True))
    lost = _lost(had, holding)
    copies = []
    for question, answer in zip(questions, earlier, strict=True):
        copy = _Copy(question, answer, holding.get(answer.pk, []), lost.get(answer.pk, 0))
        copy.why = list(_doubts(copy))
        copies.append(copy)
    return copies


def _earlier(question: Question) -> Answer:
    assert question.earlier is not None  # `offered` has looked for it
    answer: Answer = question.earlier.answer
    answer.question = question.earlier
    return answer


def _citations_that_hold(answers: Sequence[Answer], user: Any) -> dict[int, list[Citation]]:
    """Those whose words still stand in the document's current text, in a document that may
    answer and that `user` may read. What the earlier RFP's buyer sent proves nothing here."""
    readable = Document.objects.for_user(user).of_library().answering().values("pk")
    version = "chunk__version__document__current_version"
    unchanged = CitedPassage.objects.filter(
        chunk=OuterRef("chunk"), quote=OuterRef("quote"), version=OuterRef(version),
        is_changed=False,
    )  # fmt: skip
    rows = Citation.objects.filter(
        Q(chunk__version=F(version)) | Exists(unchanged),
        answer__in=answers,
        chunk__version__document__in=readable,
    ).select_related("chunk__version__document")
    found: dict[int, list[Citation]] = defaultdict(list)
    for citation in rows.exclude(pk__in=troubled(rows).values("pk")).order_by("ordinal"):
        found[citation.answer_id].append(citation)
    return found


def _lost(had: Iterable[int], holding: dict[int, list[Citation]]) -> dict[int, int]:
    held = {citation.pk for cited in holding.values() for citation in cited}
    lost = Citation.objects.filter(pk__in=set(had) - held).values_list("answer_id", flat=True)
    found: dict[int, int] = defaultdict(int)
    for answer_id in lost:
        found[answer_id] += 1
    return found


def _doubts(copy: _Copy) -> Iterable[str]:
    """Why the draft needs another look than one that was asked for in the same words."""
    if copy.question.earlier_change == EarlierChange.REWORDED:
        yield "The question was asked in other words then: check that the answer still fits."
    if copy.earlier.choice and not copy.choice:
        yield f"The choice “{copy.earlier.choice}” is not offered any more."
    if copy.lost:
        some = "1 cited passage has" if copy.lost == 1 else f"{copy.lost} cited passages have"
        yield f"{some} changed since, or cannot be read by you, and was left out."
    most = copy.question.max_characters
    if most and len(copy.earlier.text) > most:
        yield f"It is longer than the {most:,} characters that are allowed now."
    names = names_in(_former_customer(copy), copy.earlier)
    if names:
        yield f"It names the earlier customer: {', '.join(names)}."


def _former_customer(copy: _Copy) -> str:
    """Empty where both editions are of the same customer."""
    before = copy.earlier.question.rfp.customer.strip()
    now = copy.question.rfp.customer.strip()
    return "" if before.casefold() == now.casefold() else before


def _write_answers(copies: Sequence[_Copy], user: Any) -> dict[int, Answer]:
    """By question. Drafts of a model are written over; their history keeps them."""
    now = timezone.now()
    new: list[Answer] = []
    over: list[Answer] = []
    for copy in copies:
        answer: Answer | None = getattr(copy.question, "answer", None)
        target = answer or Answer(question=copy.question, version=0)
        (over if answer else new).append(target)
        for name, value in _values(copy, user).items():
            setattr(target, name, value)
        target.version, target.updated_at = target.version + 1, now
    Answer.objects.bulk_create(new, batch_size=500)
    if over:
        Answer.objects.bulk_update(over, [*_values(copies[0], user), "version", "updated_at"],
                                   batch_size=200)  # fmt: skip
        Citation.objects.filter(answer__in=over).delete()
    return {answer.question_id: answer for answer in (*new, *over)}


def _values(copy: _Copy, user: Any) -> dict[str, Any]:
    earlier = copy.earlier
    source = {"answer": earlier.pk, "version": earlier.version, "rfp": earlier.question.rfp_id}
    return {
        "text": earlier.text,
        "choice": copy.choice,
        "comment": earlier.comment,
        "outcome": earlier.outcome,
        "explanation": _explanation(copy),
        "confidence": None,
        "unsupported": _unsupported(copy),
        "state": AnswerState.DRAFT,
        "signals": {"taken_over": source},
        "edited_by": user,
        "model": None,
        "approved_by": None,
        "approved_at": None,
    }


def _explanation(copy: _Copy) -> str:
    earlier = copy.earlier
    by = f" by {earlier.approved_by.get_username()}" if earlier.approved_by else ""
    at = f" on {earlier.approved_at:%-d %b %Y}" if earlier.approved_at else ""
    name = earlier.question.rfp.name
    return " ".join([f"Taken over from “{name}”, where it was approved{by}{at}.", *copy.why])


def _unsupported(copy: _Copy) -> list[Any]:
    """As it was, while all that it cites holds; else looked for in what is left."""
    if not copy.lost:
        return list(copy.earlier.unsupported)
    left = [citation.chunk for citation in copy.cited]
    return not_held(copy.earlier.text, left, copy.question.text) if left else []


def _write_citations(copies: Sequence[_Copy], written: dict[int, Answer]) -> None:
    Citation.objects.bulk_create(
        (
            Citation(
                answer=written[copy.question.pk],
                ordinal=n,
                chunk_id=cited.chunk_id,
                quote=cited.quote,
                start=cited.start,
                end=cited.end,
                document_sha256=cited.document_sha256,
            )
            for copy in copies
            for n, cited in enumerate(copy.cited, 1)
        ),
        batch_size=500,
    )


def _write_versions(copies: Sequence[_Copy], written: dict[int, Answer], user: Any) -> None:
    versions = []
    for copy in copies:
        version = version_of(written[copy.question.pk], [_kept(one) for one in copy.cited])
        version.made_by = user
        versions.append(version)
    receipts.record_all(AnswerVersion.objects.bulk_create(versions, batch_size=500))


def _kept(citation: Citation) -> dict[str, Any]:
    """As versions.citations_now writes it."""
    kept = {name: getattr(citation, name) for name in QUOTED}
    document = citation.chunk.version.document_id
    return {"chunk": citation.chunk_id, **kept, "document": document}
