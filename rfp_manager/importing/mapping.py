"""Proposing which column asks, which is to be answered and which takes comments."""

from dataclasses import replace

from rfp_manager.importing.answer_columns import choose_answer, evidence_column
from rfp_manager.importing.columns import STRONG_LABEL, WEAK_LABEL, Mapping, Profile, profile
from rfp_manager.importing.grid import Grid
from rfp_manager.importing.headers import Header
from rfp_manager.importing.limits import is_limit_column
from rfp_manager.importing.ticks import boxed_columns, tick_columns
from rfp_manager.importing.types import column_letters
from rfp_manager.importing.words import (
    ANSWER,
    COMMENT,
    NUMBER,
    OTHER,
    QUESTION,
    SECTION,
    TICK,
    Label,
)

MOST_REACH = 12  # columns
MOST_GAPS = 0.5  # of the rows filled: without merged cells, a text once for several rows
GROUPING = 0.3  # of the rows continue a cell that is merged above: it names groups of rows
MIN_NAMES, MIN_NAME_WORDS = 3, 1.5
CERTAIN_QUESTION = 5.3  # "question" makes up a third of the title or more


def propose(grid: Grid, header: Header | None, rows: list[int]) -> Mapping | None:
    """The most likely columns for the table body `rows`, or None if nothing asks there."""
    if not rows:
        return None
    labels = header or Header(0, 0, {})
    last = max([grid.last_column, *labels.texts], default=1) + 1
    if header is None:
        last = max(last, _reach(grid, last))
    visible = [column for column in range(1, last + 1) if column not in grid.hidden_columns]
    profiles = {column: profile(grid, column, rows) for column in visible}
    labels = _named(_declared(labels, profiles), profiles)
    question = _question(labels, profiles)
    if question is None:
        return None
    mapping = Mapping(question=question, answer=0, profiles=profiles)
    mapping.ticks = tick_columns(labels, question) or boxed_columns(grid, rows)
    choose_answer(mapping, labels)
    mapping.number = _number_column(mapping, labels)
    mapping.sections = _section_columns(mapping, labels, grid)
    mapping.evidence = evidence_column(mapping, labels)
    if mapping.comment is None:
        mapping.comment, mapping.evidence = mapping.evidence, None
    mapping.limit = next((c for c, text in labels.texts.items() if is_limit_column(text)), None)
    _explain(mapping, labels)
    return mapping


def _reach(grid: Grid, last: int) -> int:
    """How far merged cells go right of all texts: one of them may be room for an answer."""
    rights = (area.right for area in grid.merges if area.left <= last and area.top in grid.by_row)
    return min(max(rights, default=0), last + MOST_REACH)


def _declared(header: Header, profiles: dict[int, Profile]) -> Header:
    """ "Declaration | Confirmed": the filled one of two columns for answers holds what is asked."""
    answers = header.columns(ANSWER)
    told = [c for c in answers if c in profiles and profiles[c].speaks]
    empty = [c for c in answers if c in profiles and not profiles[c].filled]
    if header.columns(QUESTION) or len(told) != 1 or not any(c > told[0] for c in empty):
        return header
    read = Label(QUESTION, WEAK_LABEL, header.labels[told[0]].word)
    return replace(header, labels={**header.labels, told[0]: read})


def _named(header: Header, profiles: dict[int, Profile]) -> Header:
    """ "Item", "Topic" or "Code" over words that never repeat is no number and no section: it
    holds what is asked, if nothing else says so."""
    if header.columns(QUESTION):
        return header
    told = [
        column
        for column in (*header.columns(NUMBER), *header.columns(SECTION))
        if column in profiles and _holds_names(profiles[column])
    ]
    read = {c: Label(QUESTION, WEAK_LABEL, header.labels[c].word) for c in told[-1:]}
    return replace(header, labels={**header.labels, **read})


def _holds_names(found: Profile) -> bool:
    varied = found.unique >= 0.9 and found.fill_share >= 0.6 and found.filled >= MIN_NAMES
    return varied and found.words >= MIN_NAME_WORDS and found.numbers < 0.3


def _question(header: Header, profiles: dict[int, Profile]) -> int | None:
    scores = {
        column: _question_score(column, header, found)
        for column, found in profiles.items()
        if found.filled
    }
    if not scores:
        return None
    best = max(scores, key=lambda column: (scores[column], -column))
    if scores[best] <= 1.5:
        return None
    if profiles[best].merged >= GROUPING or profiles[best].fill_share <= MOST_GAPS:
        best = _parted(best, scores, header, profiles)
    return _first_language(best, scores, header, profiles)


def _parted(
    tall: int, scores: dict[int, float], header: Header, profiles: dict[int, Profile]
) -> int:
    """Cells merged over several rows name their group where each row has words and an answer of
    its own: then the column of those words asks."""
    rooms = [c for c in profiles if c > tall and c in header.texts and not profiles[c].filled]
    each = [c for c in scores if tall < c and profiles[c].speaks and scores[c] > 1.5]
    merged = profiles[tall].merged >= GROUPING
    each = [c for c in each if c not in header.labels or (merged and _may_ask(header.labels[c]))]
    own = any(profiles[c].merged < GROUPING for c in rooms)
    same = any(profiles[c].merged >= GROUPING for c in rooms)
    return max(each, key=lambda c: scores[c], default=tall) if own and not same else tall


def _may_ask(label: Label) -> bool:
    return label.role not in (OTHER, COMMENT)


def _first_language(
    best: int, scores: dict[int, float], header: Header, profiles: dict[int, Profile]
) -> int:
    """Of two columns that hold the same questions in two languages, the left one."""
    sure = header.weight(best, QUESTION) >= CERTAIN_QUESTION
    for column in range(1, best):
        twin = sure and header.weight(column, QUESTION) >= CERTAIN_QUESTION
        if twin and profiles[column].filled >= profiles[best].filled and scores[column] > 8:
            return column
    return best


def _question_score(column: int, header: Header, found: Profile) -> float:
    label = header.labels.get(column)
    # Beside rules and criteria ("must be ..."), it is the real questions that are answered.
    score = 5 * found.asking + 2 * found.questions + found.fill_share
    score += 2 * min(found.length, 80) / 80
    common = min(1.0, 3 * found.fill_share)  # a cell here and there titles a group of rows
    score += 3 * found.unique * common  # a text that repeats itself row by row is guidance
    score -= 4 * found.numbers + 6 * found.choices + 3 * found.unlocked
    if label is None:
        return score
    if label.role == QUESTION:
        # A "Function" that repeats itself names a group, a "Requirement" with "Yes" a rank.
        vague = label.weight < STRONG_LABEL or found.words < MIN_NAME_WORDS
        return score + 1.2 * label.weight * common * (min(1.0, 2 * found.unique) if vague else 1)
    if label.role == SECTION and found.speaks:
        return score - 1
    return score - (4 if label.role in (ANSWER, COMMENT, NUMBER, TICK) else 3)


def _number_column(mapping: Mapping, header: Header) -> int | None:
    taken = (mapping.question, mapping.answer, mapping.comment)
    free = [c for c, p in mapping.profiles.items() if c not in taken and p.filled]
    labelled = [c for c in free if header.weight(c, NUMBER) and mapping.profiles[c].numbers >= 0.3]
    if not labelled:  # "Section" may head 1.1, 1.2, 1.3
        labelled = [c for c in header.columns(SECTION) if c in free and _counts(c, mapping)]
    if labelled:
        return min(
            labelled, key=lambda c: (-_number_quality(c, mapping), abs(c - mapping.question))
        )
    left = [c for c in free if c < mapping.question and _may_number(header.labels.get(c))]
    numbered = [c for c in left if mapping.profiles[c].numbers >= 0.6]
    return max(numbered, default=None)


def _may_number(label: Label | None) -> bool:
    """ "Clause" may head 7.1, 7.2, 7.3."""
    return label is None or (label.role == QUESTION and label.weight < STRONG_LABEL)


def _counts(column: int, mapping: Mapping) -> bool:
    found = mapping.profiles[column]
    return found.numbers >= 0.6 and found.unique >= 0.8 and column < mapping.question


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
    say(explain_answer(mapping, header.texts.get(mapping.answer, "")))
    ticks = ", ".join(column_letters(column) for column in mapping.ticks)
    if mapping.ticking:
        say(f"Columns {ticks} are for ticking: an X goes into the one with the chosen title.")
    elif mapping.ticks and mapping.answer not in mapping.ticks:
        say(f"Columns {ticks} are for ticking; they stay as they are.")
    if mapping.comment is not None:
        title = _short(header.texts.get(mapping.comment, ""))
        say(f"Column {column_letters(mapping.comment)} (“{title}”) takes comments and evidence.")
    if mapping.evidence is not None:
        title = _short(header.texts.get(mapping.evidence, ""))
        say(f"Column {column_letters(mapping.evidence)} (“{title}”) takes references to evidence.")


def explain_answer(mapping: Mapping, title: str = "") -> str:
    """Why the answers go where they go."""
    answer = column_letters(mapping.answer)
    if not mapping.answer_found:
        return f"No column is marked for answers; {answer} is the first empty one to the right."
    marks = [f"is titled “{_short(title)}”"] if title.strip() else []
    marks += ["offers drop-down lists"] if _has_lists(mapping) else []
    why = f": it {' and '.join(marks)}" if marks else ""
    return f"Column {answer} takes the answers{why}."


def lent_mapping(grid: Grid, row: int, known: Mapping | None) -> Mapping:
    """Columns for a single row: those of a known table where they fit, else its first text's."""
    cells = grid.by_row[row]
    if known and known.question in cells:
        return known
    question = max(cells, key=lambda column: len(cells[column]))
    if known and known.answer not in cells:
        return replace(known, question=question)
    answer = next(c for c in range(question + 1, question + len(cells) + 2) if c not in cells)
    return Mapping(question=question, answer=answer)


def _short(text: str | None) -> str:
    flat = " ".join((text or "").split())
    return flat if len(flat) <= 60 else flat[:59] + "…"


def _has_lists(mapping: Mapping) -> bool:
    found = mapping.profiles.get(mapping.answer)
    return found is not None and found.choices > 0
