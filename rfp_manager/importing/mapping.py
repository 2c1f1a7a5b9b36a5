"""Proposing which column asks, which is to be answered and which takes comments."""

import re
from dataclasses import dataclass, field

from rfp_manager.importing.grid import Grid
from rfp_manager.importing.headers import Header
from rfp_manager.importing.texts import asks, count_words, is_note, is_number
from rfp_manager.importing.types import column_letters
from rfp_manager.importing.words import (
    ANSWER,
    COMMENT,
    NUMBER,
    OTHER,
    QUESTION,
    SECTION,
    TICK,
    header_choices,
)

STRONG_LABEL = 4.0  # from "requirement" and "answer" upwards; "description" is weaker
CERTAIN_ANSWER = 5.3  # the word makes up a third of the title or more
SURE_ANSWER = 5.0  # "answer", "response", "reply", not "status" or "value"


_FOR_DATES = re.compile(
    r"\b(dates?|due|deadline|owner|assigned|initials|signature|signed|page|version|link|url|"
    r"attachment|datum|unterschrift|fecha|firma)\b",
    re.IGNORECASE,
)


@dataclass
class Profile:
    """What the cells of one column have in common; shares are of its filled cells."""

    filled: int = 0
    asking: float = 0.0
    length: float = 0.0
    words: float = 0.0
    unique: float = 0.0
    numbers: float = 0.0
    fill_share: float = 0.0  # of all rows
    choices: float = 0.0  # share of all rows that have a drop-down


@dataclass
class Mapping:
    """The columns of one table and why they were chosen."""

    question: int
    answer: int
    comment: int | None = None
    number: int | None = None
    sections: list[int] = field(default_factory=list)
    ticks: list[int] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    answer_found: bool = False  # by a label or a drop-down, not only by an empty column
    profiles: dict[int, Profile] = field(default_factory=dict)

    @property
    def asking(self) -> float:
        return self.profiles[self.question].asking


def profile(grid: Grid, column: int, rows: list[int]) -> Profile:
    """Describe `column` over `rows`."""
    texts = [t for row in rows if (t := grid.by_row[row].get(column))]
    dropdowns = sum(bool(grid.options(grid.anchor((row, column)))) for row in rows)
    if not texts:
        return Profile(choices=dropdowns / max(len(rows), 1))
    count = len(texts)
    return Profile(
        filled=count,
        asking=sum(asks(text) and not is_note(text) for text in texts) / count,
        length=sum(map(len, texts)) / count,
        words=sum(map(count_words, texts)) / count,
        unique=len(set(texts)) / count,
        numbers=sum(is_number(text) for text in texts) / count,
        fill_share=count / len(rows),
        choices=dropdowns / len(rows),
    )


def propose(grid: Grid, header: Header | None, rows: list[int]) -> Mapping | None:
    """The most likely columns for the table body `rows`, or None if nothing asks there."""
    if not rows:
        return None
    labels = header or Header(0, 0, {})
    last = max([grid.last_column, *labels.texts], default=1) + 1
    visible = [column for column in range(1, last + 1) if column not in grid.hidden_columns]
    profiles = {column: profile(grid, column, rows) for column in visible}
    question = _question(labels, profiles)
    if question is None:
        return None
    mapping = Mapping(question=question, answer=0, profiles=profiles)
    mapping.ticks = [c for c in labels.columns(TICK) if c != question]
    _choose_answer(mapping, labels, grid)
    mapping.number = _number_column(mapping, labels)
    mapping.sections = _section_columns(mapping, labels, grid)
    _explain(mapping, labels)
    return mapping


def is_convincing(mapping: Mapping, header: Header | None, *, strict: bool) -> bool:
    """Whether the table really is one of questions to answer, not of prices or terms."""
    asked = mapping.profiles[mapping.question]
    count = round(asked.asking * asked.filled)
    if header is None:
        return asked.asking >= (0.6 if strict else 0.5) and count >= (3 if strict else 2)
    if header.prices < 2 and _awaits_answers(mapping, header):
        return True
    if header.prices >= 2 and asked.asking < 0.5:
        return False
    told = header.labels.get(mapping.question)
    if told and told.role == OTHER:
        return False  # definitions and guidance may sound like requirements
    label = header.weight(mapping.question, QUESTION)
    answer = max(header.weight(mapping.answer, ANSWER), 5 * (_best_choices(mapping) > 0))
    if label >= STRONG_LABEL:
        return mapping.answer_found or asked.asking >= 0.4
    if label:
        # "Response | Description" with every response given is a legend, not a form.
        room = mapping.profiles.get(mapping.answer, Profile()).fill_share < 0.5
        sure = answer >= SURE_ANSWER and room and (asked.asking >= 0.2 or asked.words >= 4)
        return sure or (mapping.answer_found and asked.asking >= 0.5)
    return asked.asking >= 0.4 and (mapping.answer_found or count >= 2)


def _awaits_answers(mapping: Mapping, header: Header) -> bool:
    """Whether different things are named and the place for answers to them is still empty."""
    asked = mapping.profiles[mapping.question]
    certain = header.weight(mapping.answer, ANSWER) >= CERTAIN_ANSWER
    if not certain and (not header.weight(mapping.question, QUESTION) or header.prices):
        return False
    empty = mapping.profiles.get(mapping.answer, Profile()).fill_share < 0.2
    marked = certain or len(mapping.ticks) >= 2 or (mapping.answer_found and asked.words >= 4)
    return marked and empty and asked.filled >= 3 and asked.unique >= 0.8


def _best_choices(mapping: Mapping) -> float:
    return mapping.profiles[mapping.answer].choices if mapping.answer in mapping.profiles else 0.0


def _question(header: Header, profiles: dict[int, Profile]) -> int | None:
    scores = {
        column: _question_score(column, header, found)
        for column, found in profiles.items()
        if found.filled
    }
    if not scores:
        return None
    best = max(scores, key=lambda column: (scores[column], -column))
    return best if scores[best] > 1.5 else None


def _question_score(column: int, header: Header, found: Profile) -> float:
    label = header.labels.get(column)
    score = 6 * found.asking + 2 * min(found.length, 80) / 80 + found.fill_share
    score += 3 * found.unique  # a text that repeats itself row by row is guidance
    score -= 4 * found.numbers + 6 * found.choices
    if label is None:
        return score
    if label.role == QUESTION:
        return score + 1.2 * label.weight
    return score - (4 if label.role in (ANSWER, COMMENT, NUMBER, TICK) else 3)


def _choose_answer(mapping: Mapping, header: Header, grid: Grid) -> None:
    ranked = _ranked_answers(mapping, header)
    comments = _ranked_comments(mapping, header)
    if ranked:
        mapping.answer, mapping.answer_found = ranked[0], True
    elif (titled := _titled_room(mapping, header)) is not None:
        mapping.answer, mapping.answer_found = titled, True
    elif comments:
        mapping.answer, mapping.answer_found = _first_of(comments, header), True
    elif mapping.ticks:
        mapping.answer, mapping.answer_found = mapping.ticks[0], True
    else:
        mapping.answer = _empty_neighbour(mapping, header)
    spare = [column for column in comments if column != mapping.answer]
    if not spare and _is_choice(mapping.answer, mapping, header):
        spare = [column for column in ranked[1:] if not _is_choice(column, mapping, header)]
    mapping.comment = spare[0] if spare else None
    if mapping.comment is not None:
        mapping.choices = header_choices(header.texts.get(mapping.answer, ""))


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
        return header.weight(column, ANSWER) + 3 * found.choices + listed + right + empty - far

    return sorted(ours, key=lambda column: (-score(column), column))


def _may_answer(column: int, mapping: Mapping, header: Header) -> bool:
    label = header.labels.get(column)
    if label and label.role == ANSWER:
        return True
    if label and label.role in (OTHER, NUMBER, SECTION, COMMENT, QUESTION):
        return False
    return mapping.profiles[column].choices >= 0.3


def _is_choice(column: int, mapping: Mapping, header: Header) -> bool:
    listed = len(header_choices(header.texts.get(column, ""))) >= 2
    return listed or (column in mapping.profiles and mapping.profiles[column].choices >= 0.2)


def _ranked_comments(mapping: Mapping, header: Header) -> list[int]:
    columns = [c for c in header.columns(COMMENT) if c != mapping.question]
    if any(c > mapping.question for c in columns):
        columns = [c for c in columns if c > mapping.question]

    def score(column: int) -> float:
        return round(header.weight(column, COMMENT) / 2) - 0.1 * abs(column - mapping.question)

    return sorted(columns, key=lambda column: -score(column))


def _titled_room(mapping: Mapping, header: Header) -> int | None:
    """The nearest empty column whose title says nothing that we know ("Outcome")."""
    for column, found in mapping.profiles.items():
        label, title = header.labels.get(column), header.texts.get(column, "")
        unknown = title and (label is None or label.role == QUESTION)
        empty = column > mapping.question and found.fill_share <= 0.1
        if unknown and empty and not _FOR_DATES.search(title):
            return column
    return None


def _first_of(comments: list[int], header: Header) -> int:
    """The leftmost column for comments that is not just one for evidence."""
    wide = [column for column in comments if header.weight(column, COMMENT) >= STRONG_LABEL]
    return min(wide, default=comments[0])


def _empty_neighbour(mapping: Mapping, header: Header) -> int:
    """Without a labelled answer column: the first mostly empty one right of the question."""
    after = [c for c in mapping.profiles if c > mapping.question]
    for column in after:
        label = header.labels.get(column)
        if label and label.role in (NUMBER, SECTION, OTHER):
            continue
        if mapping.profiles[column].fill_share <= 0.3:
            return column
    return max([*mapping.profiles, mapping.question]) + (not after)


def _number_column(mapping: Mapping, header: Header) -> int | None:
    taken = (mapping.question, mapping.answer, mapping.comment)
    free = [c for c, p in mapping.profiles.items() if c not in taken and p.filled]
    labelled = [c for c in free if header.weight(c, NUMBER) and mapping.profiles[c].numbers >= 0.3]
    if labelled:
        return min(
            labelled, key=lambda c: (-_number_quality(c, mapping), abs(c - mapping.question))
        )
    left = [c for c in free if c < mapping.question and c not in header.labels]
    numbered = [c for c in left if mapping.profiles[c].numbers >= 0.6]
    return max(numbered, default=None)


def _number_quality(column: int, mapping: Mapping) -> float:
    found = mapping.profiles[column]
    return round(found.unique * found.fill_share, 1)


def _section_columns(mapping: Mapping, header: Header, grid: Grid) -> list[int]:
    taken = (mapping.question, mapping.answer, mapping.comment, mapping.number)
    labelled = [c for c in header.columns(SECTION) if c not in taken]
    filled = [c for c in labelled if mapping.profiles.get(c, Profile()).filled]
    if filled:
        return filled[:2]
    left = [c for c, p in mapping.profiles.items() if c < mapping.question and p.filled]
    return [c for c in left if c not in taken and _groups(grid, c, mapping.profiles[c])][:2]


def _groups(grid: Grid, column: int, found: Profile) -> bool:
    """Whether an unlabelled column left of the question names groups of rows."""
    tall = any(area.left == column and area.bottom > area.top for area in grid.merges)
    repeated = found.unique <= 0.5 and found.filled >= 4
    return (tall or repeated) and found.numbers < 0.5 and found.asking < 0.3


def _explain(mapping: Mapping, header: Header) -> None:
    asked = mapping.profiles[mapping.question]
    say = mapping.reasons.append
    name = header.texts.get(mapping.question)
    share = f"{round(100 * asked.asking)} % of its cells ask or require something"
    titled = f"is titled “{_short(name)}” and " if name else ""
    say(f"Column {column_letters(mapping.question)} holds the questions: it {titled}{share}.")
    answer = column_letters(mapping.answer)
    if not mapping.answer_found:
        say(f"No column is marked for answers; {answer} is the first empty one to the right.")
    else:
        title = _short(header.texts.get(mapping.answer, ""))
        listed = " and offers drop-down lists" if _best_choices(mapping) else ""
        say(f"Column {answer} takes the answers: it is titled “{title}”{listed}.")
    if mapping.ticks and mapping.answer not in mapping.ticks:
        ticks = ", ".join(column_letters(column) for column in mapping.ticks)
        say(f"Columns {ticks} are for ticking; they stay as they are.")
    if mapping.answer in mapping.ticks:
        say("There are only boxes to tick; the answer's text goes into the first of them.")
    if mapping.comment is not None:
        title = _short(header.texts.get(mapping.comment, ""))
        say(f"Column {column_letters(mapping.comment)} (“{title}”) takes comments and evidence.")


def _short(text: str | None) -> str:
    flat = " ".join((text or "").split())
    return flat if len(flat) <= 60 else flat[:59] + "…"
