"""Which column takes the answer, which comments, and which references to evidence."""

import re

from rfp_manager.importing.columns import STRONG_LABEL, Mapping, Profile
from rfp_manager.importing.headers import Header
from rfp_manager.importing.ticks import MIN_COLUMNS
from rfp_manager.importing.words import (
    ANSWER,
    COMMENT,
    NUMBER,
    OTHER,
    QUESTION,
    SECTION,
    describes_offer,
    header_choices,
    is_of_responder,
    is_price_label,
)

MOST_COVERED = 0.7  # of the rows; in more of them the question's own cell reaches there
SURE_TITLE = 5.0  # "response" and the like; "compliance" and "status" weigh up to that
_FOR_DATES = re.compile(
    r"\b(dates?|due|done|deadline|owner|assigned|initials|signature|signed|page|version|link|url|"
    r"attachment|datum|unterschrift|fecha|firma)\b",
    re.IGNORECASE,
)


def choose_answer(mapping: Mapping, header: Header) -> None:
    ranked = _ranked_answers(mapping, header)
    comments = _ranked_comments(mapping, header)
    if _answered_by_ticks(mapping, ranked):
        mapping.answer, mapping.answer_found = mapping.ticks[0], True
        ranked = [c for c in ranked if header.weight(c, ANSWER) and c not in mapping.ticks]
        strong = [c for c in comments if header.weight(c, COMMENT) >= STRONG_LABEL]
        comments = strong or [*ranked, *comments]
    elif ranked:
        mapping.answer, mapping.answer_found = ranked[0], True
    elif own := _own_ratings(mapping, header):
        mapping.answer, mapping.answer_found = own[0], True
    elif offers := [c for c in comments if describes_offer(header.texts.get(c, ""))]:
        mapping.answer, mapping.answer_found = offers[0], True
    elif (titled := _titled_room(mapping, header)) is not None:
        mapping.answer, mapping.answer_found = titled, True
    elif comments and (untitled := _untitled_room(mapping, header, comments)) is not None:
        mapping.answer, mapping.answer_found = untitled, True
    elif comments:
        mapping.answer, mapping.answer_found = _first_of(comments, header), True
    elif mapping.ticks:
        mapping.answer, mapping.answer_found = mapping.ticks[0], True
    else:
        mapping.answer = room_beside(mapping, header)
    spare = [column for column in comments if column != mapping.answer]
    stated = 0 < header.weight(mapping.answer, ANSWER) <= SURE_TITLE
    if not spare and (stated or _is_choice(mapping.answer, mapping, header)):
        spare = [column for column in ranked[1:] if not _is_choice(column, mapping, header)]
    if not spare and (_is_choice(mapping.answer, mapping, header) or mapping.ticking or stated):
        spare = _room_to_explain(mapping, header)
    mapping.comment = spare[0] if spare else None
    if mapping.comment is not None:
        mapping.choices = header_choices(header.texts.get(mapping.answer, ""))


def _own_ratings(mapping: Mapping, header: Header) -> list[int]:
    """ "Vendor rating" may be the buyer's; with nothing else to fill but notes it is ours."""
    others = [c for c in header.columns(OTHER) if c > mapping.question]
    empty = [c for c in others if not mapping.profiles.get(c, Profile()).fill_share]
    ours = [c for c in empty if is_of_responder(header.texts.get(c, ""))]
    return ours if len(empty) == 1 and header.columns(COMMENT) else []


def _answered_by_ticks(mapping: Mapping, ranked: list[int]) -> bool:
    """Whether the boxes to tick are the answer: nothing is picked from a list instead."""
    if len(mapping.ticks) < MIN_COLUMNS:
        return False
    empty = all(mapping.profiles[c].fill_share <= 0.6 for c in mapping.ticks)
    listed = [c for c in ranked if c not in mapping.ticks and mapping.profiles[c].choices >= 0.5]
    return empty and not listed


def _room_to_explain(mapping: Mapping, header: Header) -> list[int]:
    """The empty, titled column next to a choice, whatever its title says."""
    after = max([mapping.answer, *mapping.ticking]) + 1
    found, label = mapping.profiles.get(after), header.labels.get(after)
    title = header.texts.get(after, "")
    ours = label is None or label.role in (QUESTION, NUMBER, ANSWER)
    free = title and found and found.fill_share <= 0.1 and not found.choices
    return [after] if ours and free and not _FOR_DATES.search(title) else []


def evidence_column(mapping: Mapping, header: Header) -> int | None:
    """The empty column right of the question that takes references and documents."""
    taken = {mapping.answer, mapping.comment, *mapping.ticking}
    for column, found in mapping.profiles.items():
        label = header.labels.get(column)
        right = column > mapping.question and column not in taken and found.fill_share <= 0.3
        if not label or not right:
            continue
        evidence = label.role == COMMENT and label.weight < STRONG_LABEL + 0.5
        if evidence or (label.role == NUMBER and "ref" in label.word):
            return column
    return None


def _ranked_answers(mapping: Mapping, header: Header) -> list[int]:
    ours = [
        c for c in mapping.profiles if c != mapping.question and _may_answer(c, mapping, header)
    ]

    def score(column: int) -> float:
        found = mapping.profiles[column]
        right = 1.0 if column > mapping.question else 0.0
        listed = 2.5 if _is_choice(column, mapping, header) else 0.0
        far = 0.1 * abs(column - mapping.question)
        empty = 1.0 - found.fill_share
        free = 2 * found.unlocked
        told = header.weight(column, ANSWER)
        return told + 3 * found.choices + listed + right + empty + free - far

    return sorted(ours, key=lambda column: (-score(column), column))


def _may_answer(column: int, mapping: Mapping, header: Header) -> bool:
    label, found = header.labels.get(column), mapping.profiles[column]
    if label and label.role == ANSWER:
        return True
    if label and label.role == OTHER:
        return False
    if label:  # "Code" takes answers if they are picked from a list and still missing
        return found.choices >= 0.5 and found.fill_share <= 0.2 and label.role != COMMENT
    # A list that is filled in everywhere left of the question names areas or priorities.
    marked = max(found.choices, found.unlocked)
    return marked >= 0.3 and (column > mapping.question or found.fill_share < 0.5)


def _is_choice(column: int, mapping: Mapping, header: Header) -> bool:
    listed = len(header_choices(header.texts.get(column, ""))) >= 2
    return listed or (column in mapping.profiles and mapping.profiles[column].choices >= 0.2)


def _ranked_comments(mapping: Mapping, header: Header) -> list[int]:
    columns = [c for c in header.columns(COMMENT) if c != mapping.question]
    if any(c > mapping.question for c in columns):
        columns = [c for c in columns if c > mapping.question]

    open_ones = [c for c in columns if mapping.profiles.get(c, Profile()).fill_share < 0.1]
    columns = open_ones or columns  # the buyer's own "Rationale" is filled in already

    def score(column: int) -> float:
        return round(header.weight(column, COMMENT) / 2) - 0.1 * abs(column - mapping.question)

    return sorted(columns, key=lambda column: -score(column))


def _titled_room(mapping: Mapping, header: Header) -> int | None:
    """The nearest empty column whose title says nothing that we know ("Outcome")."""
    for column, found in mapping.profiles.items():
        label, title = header.labels.get(column), header.texts.get(column, "")
        unknown = title and (label is None or label.role == QUESTION)
        empty = column > mapping.question and found.fill_share <= 0.1
        if unknown and empty and not (_FOR_DATES.search(title) or is_price_label(title)):
            return column
    return None


def _untitled_room(mapping: Mapping, header: Header, comments: list[int]) -> int | None:
    """The empty column without a title between the question and "See note"."""
    beside = mapping.question + 1
    found = mapping.profiles.get(beside)
    empty = found is not None and not found.filled and not header.texts.get(beside)
    asked = header.weight(mapping.question, QUESTION) >= STRONG_LABEL
    return beside if empty and asked and comments == [beside + 1] else None


def _first_of(comments: list[int], header: Header) -> int:
    """The leftmost column for comments that is not just one for evidence."""
    wide = [column for column in comments if header.weight(column, COMMENT) >= STRONG_LABEL]
    return min(wide, default=comments[0])


def room_beside(mapping: Mapping, header: Header | None = None) -> int:
    """Without a labelled answer column: the first mostly empty one right of the question."""
    header = header or Header(0, 0, {})
    after = [c for c in mapping.profiles if c > mapping.question]
    for column in after:
        label = header.labels.get(column)
        if label and label.role in (NUMBER, SECTION, OTHER):
            continue
        found = mapping.profiles[column]
        if found.fill_share <= 0.3 and found.covered <= MOST_COVERED:
            return column
    return max([*mapping.profiles, mapping.question]) + (not after)
