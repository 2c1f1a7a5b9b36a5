"""One question with all that is known about its answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from rfp_manager.autosave import Other, others_at, unsaved_of
from rfp_manager.commitments.repeating import warnings_for
from rfp_manager.editing import is_empty
from rfp_manager.four_eyes import is_own
from rfp_manager.impact import Problem, problems_in, with_reason
from rfp_manager.lengths import Counter, counter
from rfp_manager.membership import Rights
from rfp_manager.models import Answer, AnswerState, Citation, Question, UnsavedEdit
from rfp_manager.presenting import people
from rfp_manager.presenting.badges import Badge, outcome_badge, state_badge
from rfp_manager.presenting.filters import ME, QuestionFilter
from rfp_manager.presenting.history import History, newest_versions
from rfp_manager.presenting.neighbours import Neighbours, neighbours
from rfp_manager.presenting.places import answer_place, comment_place, question_place
from rfp_manager.presenting.texts import (
    Piece,
    answer_pieces,
    unsupported_words,
)
from solution_library.chunking import below_title
from solution_library.models import DocumentKind, DocumentVersion


@dataclass(frozen=True)
class CitationEntry:
    number: int
    citation: Citation
    document: str
    headings: str
    url: str
    version: str
    problem: str


@dataclass(frozen=True)
class QuestionPage:
    question: Question
    answer: Answer | None
    place: str
    answer_place: str
    comment_place: str
    outcome: Badge
    state: Badge | None
    pieces: list[Piece]
    unsupported: list[str]
    over: list[str]
    written_by: str
    citations: list[CitationEntry]
    history: History
    neighbours: Neighbours
    chosen: QuestionFilter
    whole: bool
    may_approve: bool
    is_own: bool
    unsaved: UnsavedEdit | None
    others: Sequence[Other]
    people: Any
    length: Counter

    @property
    def is_outdated(self) -> bool:
        """Their unsaved words were typed upon an answer that has changed since."""
        present = self.answer.version if self.answer else 0
        return self.unsaved is not None and self.unsaved.base_version != present

    @property
    def may_be_approved(self) -> bool:
        """By this person, and there is something to approve."""
        return self.may_approve and self.says_something and not self.is_own

    @property
    def says_something(self) -> bool:
        return self.answer is not None and not is_empty(self.answer)

    @property
    def needs_another(self) -> bool:
        """This person could approve it, had they not written it."""
        return self.may_approve and self.says_something and self.is_own


def question_page(question: Question, chosen: QuestionFilter, user: Any) -> QuestionPage:
    answer = answer_of(question)
    citations = _citations(answer) if answer else []
    rights = question.rfp.rights or Rights(user, question.rfp, question)
    whole, panel = rights.role is not None, people.people_panel(question, user, rights)
    chosen = chosen if whole else only_own(user)
    return QuestionPage(
        question=question,
        answer=answer,
        place=question_place(question),
        answer_place=answer_place(question),
        comment_place=comment_place(question),
        outcome=outcome_badge(answer),
        state=state_badge(answer) if answer else None,
        pieces=_pieces(answer, len(citations)),
        unsupported=_unsupported(answer),
        over=_over(answer),
        written_by=_written_by(answer),
        citations=citations,
        history=newest_versions(answer),
        neighbours=neighbours(question, chosen),
        chosen=chosen,
        whole=whole,
        may_approve=rights.may_approve,
        is_own=answer is not None and is_own(answer, user),
        unsaved=unsaved_of(question, user),
        others=others_at(question, user),
        people=panel,
        length=counter(answer.text if answer else "", question),
    )


def only_own(user: Any) -> QuestionFilter:
    """For who may see some questions of an RFP and not the RFP: those they hold."""
    return QuestionFilter(who=ME, user_id=user.pk)


def answer_of(question: Question) -> Answer | None:
    found: Answer | None = getattr(question, "answer", None)
    return found


def _pieces(answer: Answer | None, citations: int) -> list[Piece]:
    if answer is None:
        return []
    unsupported = unsupported_words(answer.unsupported)
    return answer_pieces(answer.text, unsupported=unsupported, citations=citations)


def _unsupported(answer: Answer | None) -> list[str]:
    """The words alone, each once, in the order of the text."""
    if answer is None:
        return []
    return list(dict.fromkeys(entry.words for entry in unsupported_words(answer.unsupported)))


def _over(answer: Answer | None) -> list[str]:
    """What an answer promises although it is over, while somebody may still approve it."""
    if answer is None or answer.state == AnswerState.APPROVED:
        return []
    return warnings_for(answer.text)


def _written_by(answer: Answer | None) -> str:
    if answer is None:
        return ""
    if answer.edited_by is not None:
        return answer.edited_by.get_username()
    return str(answer.model) if answer.model is not None else ""


def _citations(answer: Answer) -> list[CitationEntry]:
    related = "chunk__version__document__current_version"
    cited = answer.citations.select_related(related).defer("chunk__lexemes")
    found = list(with_reason(cited))
    problems = problems_in(found)
    return [
        _citation(number, citation, problems.get(citation.pk))
        for number, citation in enumerate(found, 1)
    ]


def _citation(number: int, citation: Citation, problem: Problem | None) -> CitationEntry:
    version = citation.chunk.version
    return CitationEntry(
        number=number,
        citation=citation,
        document=version.document.title,
        headings=below_title(citation.chunk.heading_path, version.document.title),
        url=passage_url(citation),
        version=_version(version),
        problem=_words_of(problem),
    )


def _version(version: DocumentVersion) -> str:
    """The buyer's own documents prove what is asked for, not what we do; it is said."""
    whose = "from the buyer’s own documents, "
    is_buyers = version.document.kind == DocumentKind.INFORMATION
    return f"{whose if is_buyers else ''}version {version.number}"


def passage_url(citation: Citation) -> str:
    """The document's page, opened at the quote."""
    url = reverse("solution_library:document", args=[citation.chunk.version.document_id])
    place = {"chunk": citation.chunk_id, "start": citation.start, "end": citation.end}
    return f"{url}?{urlencode(place)}#chunk-{citation.chunk_id}"


def _words_of(problem: Problem | None) -> str:
    """What is wrong with a citation; nothing where somebody has looked and lets it stand."""
    return "" if problem is None or problem.is_checked else problem.sentence
