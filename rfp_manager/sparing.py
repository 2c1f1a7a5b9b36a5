"""Drafts that need no call of a model: approved answers, the draft of a question that asks the
same, and questions that another's answer has made pointless."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from jobs.errors import TryLater
from jobs.models import ItemState, JobItem
from llm_manager.providers.builtin.choices import choice_meaning
from llm_manager.providers.builtin.words import told_language
from rfp_manager.citing import Cited
from rfp_manager.confidence import signals_of
from rfp_manager.drafting import Drafted, allowed_choice, evidence_of, leading_choice
from rfp_manager.drafts import Draft
from rfp_manager.grounding import unsupported
from rfp_manager.grouping import has_same_form
from rfp_manager.lengths import Limit, fitted
from rfp_manager.library_scope import LibraryScope
from rfp_manager.models import Answer, AnswerOutcome, Citation, Question, RFPBatchJob
from rfp_manager.reusing import ApprovedAnswers
from solution_library.hits import Fused
from solution_library.loading import load

#: A question that waits for another's draft asks for it again after so long.
WAIT_SECONDS = 2.0
NOT_APPLICABLE = {
    "en": "Not applicable", "de": "Nicht zutreffend", "fr": "Sans objet", "es": "No aplicable",
    "it": "Non applicabile", "pt": "Não aplicável", "nl": "Niet van toepassing",
}  # fmt: skip
_NO_CHOICE = frozenset(
    ("n/a", "na", "n.a.", "n. a.", "entfällt", "nvt", "n.v.t.", "s/o")
    + tuple(words.casefold() for words in NOT_APPLICABLE.values())
)


def in_order(questions: Iterable[Question]) -> list[int]:
    """Their ids, those that wait for none before those that do, each as in the questionnaire:
    then whoever waits finds what it waits for done."""
    return [q.pk for q in sorted(questions, key=lambda q: (_waits_for(q) != [], q.ordinal))]


def _waits_for(question: Question) -> list[int]:
    parent = question.parent_id if question.condition.strip() else None
    return [pk for pk in (question.same_as_id, parent) if pk is not None]


class Sparing:
    """What can be had without a call, for the questions of one batch."""

    def __init__(self, job: RFPBatchJob, library: LibraryScope, ids: Sequence[int]) -> None:
        self.job = job
        self.approved = ApprovedAnswers(library, ids)

    def draft_for(self, question: Question) -> Drafted | None:
        """None where a model has to be asked. Raises TryLater while the question that this one
        depends on is being drafted in the same batch."""
        return (
            self._pointless(question)
            or self.approved.draft_for(question)
            or self._of_same_question(question)
        )

    def _state_of(self, other: Question, question: Question) -> str | None:
        """How another question's item in this batch ended; None if it has none. Only earlier
        questions are waited for, so no two ever wait for each other."""
        item = JobItem.objects.filter(job=self.job.pk, key=str(other.pk)).first()
        if item is None:
            return None
        ended = item.state in (ItemState.DONE, ItemState.FAILED)
        if not ended and other.ordinal < question.ordinal:
            name = other.number or other.ordinal
            raise TryLater(f"Waiting for the draft of question {name}", WAIT_SECONDS)
        return item.state

    def _of_same_question(self, question: Question) -> Drafted | None:
        first = question.same_as
        if first is None or not has_same_form(first, question) or not _has_room(first, question):
            return None
        state = self._state_of(first, question)
        answer = Answer.objects.filter(question=first).first()
        if answer is None or state == ItemState.FAILED:
            return None
        if answer.outcome == AnswerOutcome.NO_EVIDENCE and state != ItemState.DONE:
            return None  # that was found in another library than today's
        return copied(answer, first, question)

    def _pointless(self, question: Question) -> Drafted | None:
        parent = question.parent
        if parent is None or not question.condition.strip():
            return None
        self._state_of(parent, question)
        answer = Answer.objects.filter(question=parent).first()
        if answer is None or not rules_out(parent, answer, question.condition):
            return None
        return not_applicable(question, parent, answer)


def _has_room(first: Question, question: Question) -> bool:
    """Whether the first question's draft was not made shorter than this one's may be."""
    ours, theirs = Limit.of(question), Limit.of(first)
    pairs = ((theirs.characters, ours.characters), (theirs.words, ours.words))
    return all(a is None or (b is not None and b <= a) for a, b in pairs)


def copied(answer: Answer, first: Question, question: Question) -> Drafted | None:
    """The first question's answer as this one's draft, with citations of its own. None where it
    is too long for this one, or its passages are gone."""
    text = fitted(answer.text, Limit.of(question))
    cited = citations_of(answer)
    if text is None or not Limit.of(first).holds(answer.text):
        return None
    if not cited and answer.outcome != AnswerOutcome.NO_EVIDENCE:
        return None
    draft = Draft(
        text=text,
        choice=allowed_choice(answer.choice, question.allowed_choices),
        outcome=answer.outcome,
        explanation=f"Drafted together with {_name(first)}, which asks the same. "
        f"{answer.explanation}".strip(),
        confidence=answer.confidence,
        citations=cited,
        findings=unsupported(
            text, [t for c in cited for t in evidence_of(c.hit)], question=question.text
        ),
        signals=dict(answer.signals),
    )
    hits = tuple(dict.fromkeys(c.hit for c in cited))
    return Drafted(None, draft, hits, copied_from=first.pk, model_pk=answer.model_id)


def citations_of(answer: Answer) -> list[Cited]:
    rows = list(Citation.objects.filter(answer=answer).order_by("ordinal"))
    hits = {
        hit.chunk_id: hit
        for row in rows
        for hit in load([Fused(row.chunk_id, 1.0)], 1)
    }  # fmt: skip
    return [
        Cited(hits[row.chunk_id], row.start, row.end)
        for row in rows
        if row.chunk_id in hits and hits[row.chunk_id].text[row.start : row.end] == row.quote
    ]


# -- questions that another's answer has made pointless ------------------------------------------
def rules_out(parent: Question, answer: Answer, condition: str) -> bool:
    """Whether the parent's answer is another than the one for which its sub-question is asked.
    Only where both are clear: a “partly”, or an answer without a choice, rules nothing out."""
    said = answer.choice.strip() or _leading(answer.text)
    if not said or answer.outcome == AnswerOutcome.NO_EVIDENCE:
        return False
    wanted, meant = choice_meaning(condition), choice_meaning(said)
    if wanted is not None and meant is not None:
        return {wanted, meant} == {"yes", "no"}
    choices = [str(choice).strip().casefold() for choice in parent.allowed_choices]
    both = (condition.strip().casefold(), said.casefold())
    return all(each in choices for each in both) and both[0] != both[1]


def _leading(text: str) -> str:
    words = ("Yes", "No", "Ja", "Nein", "Oui", "Non", "Sí", "Sì", "Sim", "Não", "Nee")
    return leading_choice(text, words)


def not_applicable(question: Question, parent: Question, answer: Answer) -> Drafted:
    """Said, with the parent's evidence, and left to a person to confirm: the parent's answer may
    be a draft itself."""
    cited = citations_of(answer)
    language = told_language(question.text) or told_language(parent.text) or "en"
    none = [c for c in question.allowed_choices if str(c).strip().casefold() in _NO_CHOICE]
    said = answer.choice.strip() or _leading(answer.text)
    why = (
        f"Asked only where {_name(parent)} is answered “{question.condition.strip()}”; its answer "
        f"is “{said}”. Confirm it, or draft again when that has changed."
    )
    draft = Draft(
        text=f"{NOT_APPLICABLE[language]}.",
        choice=str(none[0]) if len(none) == 1 else "",
        outcome=AnswerOutcome.PARTLY.value,
        explanation=why,
        confidence=None,
        citations=cited,
    )
    hits = tuple(dict.fromkeys(c.hit for c in cited))
    made = replace(draft, signals=signals_of(draft, question.text, hits))
    return Drafted(None, made, hits)


def _name(question: Question) -> str:
    return f"question {question.number or question.ordinal}"
