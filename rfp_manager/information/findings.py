"""What an information document states that people plan by: dates, criteria, requirements.

Found by code, so that it needs no model and says the same each time; each with the words it rests
on, verbatim, and the passage that holds them.
"""

from collections.abc import Iterator, Sequence

from rfp_manager.information.criteria import criteria_in
from rfp_manager.information.dates import FoundDate, Role, dates_in, is_month_first
from rfp_manager.information.requirements import is_requirement
from rfp_manager.information.units import Unit, units_of
from rfp_manager.models import FindingKind, InformationDocument, InformationFinding
from solution_library.models import Chunk

MOST_REQUIREMENTS = 1000
MOST_DATES = 200
MOST_CRITERIA = 200
#: Between what a date is and how the text says it.
MARK = " · "
ORDER = {role: n for n, role in enumerate(Role)}


def save_findings(document: InformationDocument, chunks: Sequence[Chunk]) -> int:
    """Replace what was found before, in the caller's transaction. Returns how many there are."""
    rows = list(found_in(chunks))
    for ordinal, row in enumerate(rows):
        row.information_document, row.ordinal = document, ordinal
    document.findings.all().delete()
    InformationFinding.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def found_in(chunks: Sequence[Chunk]) -> Iterator[InformationFinding]:
    """Dates, criteria and requirements in the order of the text, not stored yet."""
    units = [(chunk, list(units_of(chunk.text, chunk.heading_path))) for chunk in chunks]
    yield from _dates(units)
    yield from _criteria(units)
    yield from _requirements(units)


Read = list[tuple[Chunk, list[Unit]]]


def _dates(units: Read) -> Iterator[InformationFinding]:
    month_first = is_month_first([chunk.text for chunk, _ in units])
    seen: set[tuple[str, object]] = set()
    for chunk, some in units:
        for unit in some:
            for found in dates_in(unit, month_first=month_first):
                key = (found.label.casefold(), found.day or found.words)
                if key not in seen and len(seen) < MOST_DATES:
                    seen.add(key)
                    yield _date(chunk, found)


def _date(chunk: Chunk, found: FoundDate) -> InformationFinding:
    return InformationFinding(
        kind=FindingKind.DATE,
        text=f"{found.label}{MARK}{found.words}",
        day=found.day,
        chunk=chunk,
        quote=chunk.text[found.start : found.end],
    )


def _criteria(units: Read) -> Iterator[InformationFinding]:
    seen: set[tuple[str, float | None]] = set()
    for chunk, some in units:
        for found in criteria_in(some):
            key = (found.label.casefold(), found.weight)
            if key not in seen and len(seen) < MOST_CRITERIA:
                seen.add(key)
                yield InformationFinding(
                    kind=FindingKind.CRITERION,
                    text=found.label,
                    weight=found.weight,
                    chunk=chunk,
                    quote=chunk.text[found.start : found.end],
                )


def _requirements(units: Read) -> Iterator[InformationFinding]:
    seen: set[str] = set()
    for chunk, some in units:
        for unit in filter(is_requirement, some):
            words = " ".join(unit.words.split())
            if words.casefold() not in seen and len(seen) < MOST_REQUIREMENTS:
                seen.add(words.casefold())
                yield InformationFinding(
                    kind=FindingKind.REQUIREMENT, text=words, chunk=chunk, quote=unit.words
                )


def role_of(finding: InformationFinding) -> Role:
    """What happens on the day of a date."""
    label = finding.text.split(MARK)[0]
    return Role(label) if label in set(Role) else Role.OTHER
