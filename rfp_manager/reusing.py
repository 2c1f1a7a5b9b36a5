"""Approved answers of the library as drafts: word for word, cited, and without a call of a model.

An answer is used again where its question has the same words, or asks the same in others: near in
meaning, with the same figures, codes and denials (solution_library.answers), for the same sort of
thing, and in no word beyond what the approved question and answer speak of. Vectors alone would
take “Are laptops encrypted?” for “Are backups encrypted?”. What is not the same is found by the
search as a passage, and the model decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils import timezone

from llm_manager.providers.builtin.asking import Kind
from llm_manager.providers.builtin.choices import choice_meaning
from llm_manager.providers.builtin.words import guess_language, terms
from rfp_manager.citing import Cited
from rfp_manager.confidence import signals_of
from rfp_manager.drafting import Drafted, allowed_choice, leading_choice, within
from rfp_manager.drafts import Draft
from rfp_manager.grounding import unsupported
from rfp_manager.grouping import asking_of
from rfp_manager.lengths import Limit
from rfp_manager.library_scope import LibraryScope
from rfp_manager.models import AnswerOutcome, Question
from solution_library.answers.finding import (
    EXACT,
    SAME,
    AnswerMatch,
    AnswerScope,
    find_for_all,
)
from solution_library.answers.freshness import FRESH
from solution_library.hits import Fused, Hit
from solution_library.loading import load
from solution_library.models import Chunk, LibraryAnswer

#: So many questions are looked up with one call of the embedding model.
TOGETHER = 64
MATCHES = 3
#: Sorts of questions that one and the same fact answers.
FACTS: frozenset[Kind] = frozenset(
    ("what", "when", "how often", "how long", "how many", "who", "where", "give")
)
WAYS: frozenset[Kind] = frozenset(("how", "give"))


class ApprovedAnswers:
    """The approved answers that may answer the questions of a batch, looked up for many
    questions at once, in the order in which they will be asked for."""

    def __init__(self, library: LibraryScope, question_ids: Iterable[int]) -> None:
        self.user = library.user
        self.scope = AnswerScope(library.collections, library.tags)
        self.left = list(question_ids)
        self.found: dict[int, list[AnswerMatch]] = {}

    def draft_for(self, question: Question) -> Drafted | None:
        """The best approved answer as the question's draft; None where none answers it."""
        for match in self._matches(question):
            if answers_it(match, question.text):
                made = reused(match, question)
                if made is not None:
                    return made
        return None

    def _matches(self, question: Question) -> list[AnswerMatch]:
        """Each is handed out once: whoever comes again wants to know what holds by then."""
        if question.pk not in self.found:
            self._look_up(question.pk)
        return self.found.pop(question.pk, [])

    def _look_up(self, question_id: int) -> None:
        place = self.left.index(question_id) if question_id in self.left else len(self.left)
        ids = [question_id, *self.left[place + 1 : place + TOGETHER]]
        if not _usable(self.user).exists():
            self.found |= {pk: [] for pk in ids}
            return
        texts = dict(Question.objects.filter(pk__in=ids).values_list("pk", "text"))
        near = find_for_all(list(texts.values()), user=self.user, scope=self.scope, limit=MATCHES)
        self.found |= {pk: found.matches for pk, found in zip(texts, near, strict=True)}


def _usable(user: Any) -> Any:
    found = LibraryAnswer.objects.all() if user is None else LibraryAnswer.objects.for_user(user)
    return found.usable(timezone.localdate())


def still_holds(approved: tuple[int, int], user: Any, today: date | None = None) -> bool:
    """Whether an approved answer may still answer, in the words it had."""
    pk, version = approved
    found = LibraryAnswer.objects.all() if user is None else LibraryAnswer.objects.for_user(user)
    return bool(found.usable(today or timezone.localdate()).filter(pk=pk, version=version).exists())


def answers_it(match: AnswerMatch, question: str) -> bool:
    """Whether an approved answer is one to this question too."""
    if match.exactness == EXACT:
        return True
    if match.exactness != SAME:
        return False
    asked, known = asking_of(question), asking_of(match.asked)
    if asked.turning != known.turning or not _alike(asked.kind, known.kind):
        return False
    language = guess_language(question)
    spoken = f"{match.asked} {match.answer.question} {match.answer.text}"
    return bool(asked.words) and set(asked.words) <= {*known.words, *terms(spoken, language)}


def _alike(one: Kind, other: Kind) -> bool:
    return one == other or {one, other} <= FACTS or {one, other} <= WAYS


def reused(match: AnswerMatch, question: Question) -> Drafted | None:
    """The approved answer as a draft in the form that the question asks for. None while its
    passages are not what it says, as right after an edit: then nothing could be cited."""
    answer = match.answer
    hits = passages_of(answer)
    text, choice = in_form(answer.text, answer.choice, question.allowed_choices)
    evidence = [part for hit in hits for part in (hit.text, hit.heading_path)]
    if not hits or unsupported(text, evidence, question=question.text):
        return None
    draft = Draft(
        text=text,
        choice=choice,
        outcome=AnswerOutcome.ANSWERED.value,
        explanation=_explanation(match),
        confidence=None,
        citations=[Cited(hit, 0, len(hit.text)) for hit in hits],
    )
    draft = within(_with_open_choice(draft, question, answer.choice), Limit.of(question))
    signals = signals_of(draft, question.text, hits, reused=match.score)
    made = replace(draft, signals=signals)
    return Drafted(None, made, tuple(hits), approved=(answer.pk, answer.version))


def passages_of(answer: LibraryAnswer) -> list[Hit]:
    """The passages of an approved answer as it stands, in their order."""
    chunks = Chunk.objects.filter(
        version__document=answer.document_id,
        version=answer.document.current_version_id,
        is_hidden=False,
    )
    ids = list(chunks.order_by("ordinal").values_list("pk", flat=True))
    return load([Fused(pk, 1.0) for pk in ids], len(ids)) if ids else []


def in_form(text: str, choice: str, allowed: Sequence[str]) -> tuple[str, str]:
    """Text and choice as a question with these choices wants them. Without choices the approved
    one stands before the text, which may mean nothing without it."""
    if allowed:
        return text, mapped_choice(choice or leading_choice(text, allowed), allowed)
    if not choice or text.casefold().startswith(choice.casefold()):
        return text, ""
    return (f"{choice}. {text}" if choice[-1:].isalnum() else f"{choice} {text}").strip(" "), ""


def mapped_choice(choice: str, allowed: Sequence[str]) -> str:
    """The allowed choice that says the same as an approved one: in the same words, or as the
    only one of its meaning (Yes: “Fully compliant”). "" where none does."""
    same = allowed_choice(choice, allowed)
    meaning = choice_meaning(choice) if choice.strip() else None
    if same or meaning is None:
        return same
    fitting = [each for each in allowed if each.strip() and choice_meaning(each) == meaning]
    return fitting[0] if len(fitting) == 1 else ""


def _with_open_choice(draft: Draft, question: Question, choice: str) -> Draft:
    """Partly, where the questionnaire's choices have none that says what was approved."""
    if not question.allowed_choices or draft.choice:
        return draft
    why = (
        f"It says “{choice}”, which is not among the allowed choices."
        if choice
        else "It names none of the allowed choices; a person has to choose."
    )
    return replace(
        draft, outcome=AnswerOutcome.PARTLY.value, explanation=f"{draft.explanation} {why}"
    )


def _explanation(match: AnswerMatch) -> str:
    same = match.exactness == EXACT
    asked = " ".join(match.asked.split())
    asked = asked if len(asked) <= 200 else asked[:199] + "…"
    text = "Approved answer of the library, used again word for word"
    text += "." if same else f"; it was approved for “{asked}”."
    if match.freshness.state != FRESH:
        text += " Its review is due: check that it still holds."
    return text
