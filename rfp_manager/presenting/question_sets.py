"""What a question set holds to compare answers with."""

from dataclasses import dataclass

from rfp_manager.evaluating.scoring import plain_name
from rfp_manager.models import QuestionSet
from solution_library.models import Document

#: So many names of documents are looked up.
MOST_NAMES = 500


@dataclass(frozen=True)
class SetFacts:
    """Counts of questions, and documents that the library does not have."""

    questions: int
    with_reference: int
    with_choice: int
    with_relevant: int
    missing: list[str]


def facts_of(question_set: QuestionSet) -> SetFacts:
    columns = ("reference_text", "reference_choice", "relevant")
    rows = list(question_set.questions.values_list(*columns))
    names = {
        entry["id"]: str(entry["name"]) for _, _, relevant in rows for entry in relevant
        if entry.get("id")
    }  # fmt: skip
    named = {str(entry["name"]) for _, _, relevant in rows for entry in relevant
             if not entry.get("id")}  # fmt: skip
    return SetFacts(
        questions=len(rows),
        with_reference=sum(bool(text) for text, _, _ in rows),
        with_choice=sum(bool(choice) for _, choice, _ in rows),
        with_relevant=sum(bool(relevant) for _, _, relevant in rows),
        missing=_gone(names) + _unknown(sorted(named)[:MOST_NAMES]),
    )


def _gone(names: dict[int, str]) -> list[str]:
    there = set(Document.objects.filter(pk__in=names).values_list("pk", flat=True))
    return [name for pk, name in names.items() if pk not in there]


def _unknown(names: list[str]) -> list[str]:
    """Names that no document of the library goes by."""
    if not names:
        return []
    known: set[str] = set()
    for path, title in Document.objects.values_list("path", "title").iterator():
        path = plain_name(path)
        parts = path.split("/")
        known |= {plain_name(title), *("/".join(parts[n:]) for n in range(len(parts)))}
    return [name for name in names if plain_name(name) not in known]
