"""Which questions of an RFP are shown: conditions with their names, text, section."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from rfp_manager.models import AnswerOutcome, AnswerState, Question, Review, Verdict

MAX_TEXT = 200


def _reviews_of_current_version() -> QuerySet[Review]:
    return Review.objects.filter(
        answer__question=OuterRef("pk"), answer_version=F("answer__version")
    )


def _needs_attention() -> Q:
    """Not yet approved, with unsupported words or a reviewer's doubt about this version."""
    doubted = Exists(_reviews_of_current_version().exclude(verdict=Verdict.SUPPORTED))
    unsupported = Q(answer__isnull=False) & ~Q(answer__unsupported=[])
    return (unsupported | doubted) & ~Q(answer__state=AnswerState.APPROVED)


def conditions() -> dict[str, tuple[str, Q | Exists]]:
    """Every filter by its name in the address, with its label; "all" is the first."""
    return {
        "all": ("All", Q()),
        "unanswered": ("Unanswered", Q(answer__isnull=True)),
        "answered": ("Answered", Q(answer__outcome=AnswerOutcome.ANSWERED)),
        "partly": ("Partly", Q(answer__outcome=AnswerOutcome.PARTLY)),
        "no_evidence": ("No evidence", Q(answer__outcome=AnswerOutcome.NO_EVIDENCE)),
        "attention": ("Needs attention", _needs_attention()),
        "reviewed": ("Reviewed", Exists(_reviews_of_current_version())),
        "approved": ("Approved", Q(answer__state=AnswerState.APPROVED)),
    }


@dataclass(frozen=True)
class QuestionFilter:
    """What a person chose to see; made from untrusted text, so it never raises."""

    show: str = "all"
    text: str = ""
    section: int | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "QuestionFilter":
        show, section = query.get("show", "all"), query.get("section", "")
        return cls(
            show=show if show in conditions() else "all",
            text=query.get("q", "").replace("\x00", "").strip()[:MAX_TEXT],
            section=int(section) if section.isascii() and section.isdigit() else None,
        )

    def apply(self, questions: QuerySet[Question]) -> QuerySet[Question]:
        if self.show != "all":
            questions = questions.filter(conditions()[self.show][1])
        if self.section is not None:
            questions = questions.filter(section__pk=self.section)
        return questions.filter(self._text()) if self.text else questions

    def _text(self) -> Q:
        return (
            Q(text__icontains=self.text)
            | Q(number__istartswith=self.text)
            | Q(answer__text__icontains=self.text)
        )

    @property
    def is_narrow(self) -> bool:
        return self != QuestionFilter()

    @property
    def query(self) -> str:
        """As the end of an address: "" or "?show=…"."""
        chosen = {"show": self.show if self.show != "all" else "", "q": self.text}
        chosen["section"] = str(self.section) if self.section is not None else ""
        chosen = {name: value for name, value in chosen.items() if value}
        return f"?{urlencode(chosen)}" if chosen else ""

    def showing(self, show: str) -> "QuestionFilter":
        return replace(self, show=show)

    def in_section(self, section: int | None) -> "QuestionFilter":
        return replace(self, section=section)
