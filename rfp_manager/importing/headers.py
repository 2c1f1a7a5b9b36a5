"""Finding the rows that name the columns of a table of questions."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from rfp_manager.importing.grid import Grid
from rfp_manager.importing.scales import MIN_SCALE, scale
from rfp_manager.importing.texts import asks, count_words, is_number, is_plain_note
from rfp_manager.importing.words import (
    ANSWER,
    COMMENT,
    MAX_HEADER_CHARS,
    NUMBER,
    OTHER,
    QUESTION,
    SECTION,
    TICK,
    Label,
    is_price_label,
    normalise,
    read_label,
)

MAX_HEADER_ROWS = 3
MAX_SUBTITLE_CHARS = 60  # a second header row holds short titles; longer text is a row to read
SURE_TICK = 4.0  # "Yes" always is a box to tick; "Standard" weighs less
MAX_STATE = 5.0  # "response" and the like weigh more
MAX_PHRASE_WORDS = 8
MIN_SHAPED = 4  # rows that a header in unknown words needs below it
MAX_PREAMBLE = 40
_PATH = re.compile(r"\S*[/\\]\S*\.\w{2,5}|https?://\S+|\S+@\S+\.\w+")
_YEAR = re.compile(r"(fy ?)?(19|20)\d\d([/-]\d\d)?", re.IGNORECASE)  # "2025" titles figures
MAX_SPREAD = 30  # columns that one merged header cell may name


@dataclass
class Header:
    """The header of one table: its rows and, by column, the label and the text."""

    top: int
    bottom: int
    labels: dict[int, Label]
    texts: dict[int, str] = field(default_factory=dict)

    @property
    def signature(self) -> tuple[tuple[int, str], ...]:
        """Tables whose headers have the same signature are read alike."""
        return tuple(sorted((column, label.role) for column, label in self.labels.items()))

    def columns(self, role: str) -> list[int]:
        return sorted(column for column, label in self.labels.items() if label.role == role)

    def weight(self, column: int, role: str) -> float:
        label = self.labels.get(column)
        return label.weight if label and label.role == role else 0.0

    def window(self, left: int, right: int) -> "Header":
        labels = {c: label for c, label in self.labels.items() if left <= c <= right}
        texts = {c: text for c, text in self.texts.items() if left <= c <= right}
        return Header(self.top, self.bottom, labels, texts)

    def side_by_side(self) -> list[tuple[int, int]]:
        """(first, last column) of each table, if several stand next to each other."""
        starts = self._repeated_starts()
        ends = [start - 1 for start in starts[1:]] + [max(self.texts, default=1) + 1]
        parts = list(zip(starts, ends, strict=True))
        roles = [{label.role for label in self.window(*part).labels.values()} for part in parts]
        whole = all({QUESTION, ANSWER} <= part for part in roles)
        return parts if len(parts) > 1 and whole else []

    def _repeated_starts(self) -> list[int]:
        columns = sorted(self.texts)
        if not columns:
            return []
        first = normalise(self.texts[columns[0]])
        return [
            column
            for column in columns
            if normalise(self.texts[column]) == first
            and (column - 1 not in self.texts or normalise(self.texts[column - 1]) != first)
        ]

    @property
    def prices(self) -> int:
        return sum(is_price_label(text) for text in set(self.texts.values()))


def find_headers(grid: Grid) -> list[Header]:
    """All headers of the sheet from top to bottom; repeated ones too."""
    found: list[Header] = []
    rows = [row for row in grid.by_row if row not in grid.hidden_rows]
    for index, row in enumerate(rows):
        if found and row <= found[-1].bottom:
            continue
        texts = _texts(grid, row)
        labels = _labels(texts)
        following = rows[index + 1 : index + 6]
        if found and _is_like_its_neighbours(grid, rows, index):
            continue
        if not _is_header(grid, row, labels, following):
            labels = _asking_titles(grid, row, following)
            if not labels:
                continue
        header = _under(grid, rows[index - 1], row, labels) if index else labels
        found.append(_extend(grid, Header(row, row, header, texts), rows[index + 1 :]))
    return found


def _is_like_its_neighbours(grid: Grid, rows: list[int], index: int) -> bool:
    """Whether the rows right above and below fill the same cells: then it is one of them, as a
    header names columns that are still to be filled."""
    near = rows[max(index - 1, 0) : index + 2]
    filled = {tuple(grid.by_row[row]) for row in near}
    return len(near) == 3 and near[2] - near[0] == 2 and len(filled) == 1


def header_by_shape(grid: Grid) -> Header | None:
    """The first row of short, different texts above rows that leave one of its columns empty:
    a header in words that we do not know."""
    rows = [row for row in grid.by_row if row not in grid.hidden_rows]
    for index, row in enumerate(rows[:MAX_PREAMBLE]):
        texts = _texts(grid, row)
        below = [grid.by_row[other] for other in rows[index + 1 :]]
        if _names_columns(list(grid.by_row[row].values())) and _fits(texts, below):
            return Header(row, row, _labels(texts), texts)
    return None


def _names_columns(cells: list[str]) -> bool:
    texts = [text for text in cells if not _YEAR.fullmatch(text)]
    short = all(len(t) <= MAX_SUBTITLE_CHARS and count_words(t) <= MAX_PHRASE_WORDS for t in texts)
    words = not any(map(_is_content, texts)) and sum(map(asks, texts)) <= 1
    words = words and all(any(map(str.isalpha, text)) or text == "#" for text in texts)
    return len(texts) >= 2 and short and words and len({normalise(t) for t in texts}) == len(texts)


def _fits(texts: dict[int, str], below: list[dict[int, str]]) -> bool:
    """Whether the rows below hold texts under one title and nothing under another."""
    full = [cells for cells in below if len(cells) > 1 or len(texts) == 2]
    outside = sum(any(column not in texts for column in cells) for cells in full)
    filled = [column for column in texts if sum(column in cells for cells in full) * 2 > len(full)]
    empty = [column for column in texts if not any(column in cells for cells in below)]
    return len(full) >= MIN_SHAPED and bool(filled and empty) and outside * 4 <= len(full)


def _texts(grid: Grid, row: int) -> dict[int, str]:
    """The row's texts by column; a merged cell names every column it covers."""
    texts: dict[int, str] = {}
    for column, text in grid.by_row.get(row, {}).items():
        area = grid.merge_at((row, column))
        right = min(area.right, area.left + MAX_SPREAD) if area else column
        for covered in range(column, right + 1):
            if covered not in grid.hidden_columns:
                texts[covered] = text
    return texts


def _labels(texts: dict[int, str]) -> dict[int, Label]:
    read = ((column, read_label(text)) for column, text in texts.items())
    labels = {column: label for column, label in read if label}
    for column, label in list(labels.items()):
        # "Standard" is a box to tick only in a row of such boxes.
        near = {labels[c].role for c in (column - 1, column + 1) if c in labels}
        if label.role == TICK and label.weight < SURE_TICK and TICK not in near:
            del labels[column]
    for column, label in labels.items():
        beside = labels.get(column - 1)
        # "No" is a number's title, but right after "Yes" it is a box to tick.
        if label.word == "no" and beside and beside.role == TICK:
            labels[column] = replace(label, role=TICK)
    for column in scale(texts):
        labels[column] = Label(TICK, SURE_TICK, texts[column])
    _spread_ticks(labels)
    return labels


def _asking_titles(grid: Grid, row: int, following: list[int]) -> dict[int, Label]:
    """Labels of a header whose titles are the questions: each thing below is asked all of them."""
    cells = grid.by_row[row]
    named, *asked = cells
    below = [grid.by_row[other] for other in following]
    things = [list(other) == [named] and not asks(other[named]) for other in below]
    if len(asked) < 2 or len(things) < MIN_SCALE or not all(things):
        return {}
    if not all(asks(cells[column]) for column in asked) or asks(cells[named]):
        return {}
    labels = {column: Label(COMMENT, 4.0, cells[column]) for column in asked}
    return {**labels, named: Label(QUESTION, 4.0, ""), asked[0]: Label(ANSWER, 5.4, "")}


def _spread_ticks(labels: dict[int, Label]) -> None:
    """ "Comply" alone takes an answer, but beside "Not comply" it is a box to tick."""
    sure = [c for c, label in labels.items() if label.role == TICK and label.weight >= SURE_TICK]
    for start in sure:
        for step in (-1, 1):
            column = start + step
            while (label := labels.get(column)) and _states(label):
                labels[column] = replace(label, role=TICK)
                column += step


def _states(label: Label) -> bool:
    """Whether it says that something is so ("In place"), rather than "Response"."""
    state = label.role == ANSWER and label.weight <= MAX_STATE
    return state and not label.word.endswith(("ance", "ity", "ät", "ité", "status", "ung"))


def _is_header(grid: Grid, row: int, labels: dict[int, Label], following: list[int]) -> bool:
    cells = grid.by_row[row]
    own = {column: label for column, label in labels.items() if column in cells}
    roles = [label.role for label in own.values()]
    counted = _series(cells) | set(scale(cells))
    content = [c for c, text in cells.items() if c not in counted and _is_content(text)]
    others = {label.role for column, label in own.items() if column not in content}
    if content and not (len(content) == 1 and _may_title(cells[content[0]], others)):
        return False
    if any(grid.by_row[below].get(c) == cells[c] for below in following[:1] for c in own):
        return False  # titles are not repeated right below, categories are
    if len(cells) == 1:
        return _is_lonely_header(grid, row, own, following)
    if roles.count(TICK) >= 2 and {QUESTION, ANSWER, COMMENT, NUMBER} & set(roles):
        return True
    if roles.count(ANSWER) + roles.count(COMMENT) + roles.count(QUESTION) == 0:
        return False
    if QUESTION in roles:
        return bool({ANSWER, COMMENT, NUMBER, SECTION, TICK} & set(roles))
    if ANSWER in roles and {NUMBER, COMMENT, SECTION, TICK} & set(roles):
        return True
    if COMMENT in roles and {NUMBER, SECTION} & set(roles) and len(cells) >= 4:
        return True
    sure = [c for c, label in own.items() if label.role == ANSWER and label.weight >= 4.4]
    return any(
        _asks_below(grid, column, following) or _awaits_answers(grid, column, sure, following)
        for column in cells
        if sure and column not in own
    )


def _series(cells: dict[int, str]) -> set[int]:
    """Columns titled "Level 1", "Level 2", "Level 3", which are titles although they count."""
    groups: dict[str, list[int]] = {}
    for column, text in cells.items():
        word = text.rstrip("0123456789").strip()
        if word != text.strip() and word.isalpha():
            groups.setdefault(word.lower(), []).append(column)
    return {column for group in groups.values() if len(group) > 1 for column in group}


def _may_title(text: str, others: set[str]) -> bool:
    """Whether a phrase like "What we need to know" titles a column among labelled ones."""
    named = others - {TICK, OTHER}
    short = len(text.split()) <= MAX_PHRASE_WORDS and not is_number(text)
    return short and bool({ANSWER, QUESTION} & named) and len(named) > 1


def _awaits_answers(grid: Grid, column: int, answers: list[int], following: list[int]) -> bool:
    """Whether the rows below name something in `column` and leave all answers empty."""
    rows = [grid.by_row[row] for row in following]
    named = [row for row in rows if column in row]
    return len(named) >= 3 and not any(answer in row for row in rows for answer in answers)


def _asks_below(grid: Grid, column: int, following: list[int]) -> bool:
    below = [grid.by_row[row].get(column, "") for row in following]
    return sum(map(asks, below)) * 2 > len(below) > 0


def _is_content(text: str) -> bool:
    """Whether the cell is something asked or counted, which no header cell is."""
    if len(text) > MAX_HEADER_CHARS or _PATH.fullmatch(text):
        return True
    label = read_label(text)
    if any(c.isdigit() for c in text) and is_number(text):
        return label is None or label.role in (NUMBER, SECTION, QUESTION)
    if is_plain_note(text) and count_words(text) > 1:  # "Version" titles a column
        return label is None or len(text) > MAX_SUBTITLE_CHARS or asks(text)
    if not asks(text) or count_words(text) < 5:
        return False
    return label is None or label.role not in (ANSWER, COMMENT) or text.rstrip().endswith("?")


def _is_lonely_header(grid: Grid, row: int, own: dict[int, Label], following: list[int]) -> bool:
    """A single "Questions" above a column of questions is a header, too."""
    if len(own) != 1:
        return False
    column, label = next(iter(own.items()))
    whole = normalise(grid.by_row[row][column]) == label.word
    if label.role != QUESTION or label.weight < 4.9 or not whole:
        return False
    return _asks_below(grid, column, following)


def _under(grid: Grid, above: int, row: int, labels: dict[int, Label]) -> dict[int, Label]:
    """Labels corrected by the group titles above them ("For internal use only")."""
    if above != row - 1 or len(grid.by_row[above]) < 2:
        return labels
    groups = _labels(_texts(grid, above))
    return {column: _nested(groups.get(column), label) or label for column, label in labels.items()}


def _extend(grid: Grid, header: Header, following: list[int]) -> Header:
    """Join the header with the rows right below that also only name columns."""
    for row in following[: MAX_HEADER_ROWS - 1]:
        texts = _texts(grid, row)
        labels = _labels(texts)
        if row != header.bottom + 1 or not _continues(grid, row, labels, header):
            break
        merged = dict(header.labels)
        for column in texts:
            nested = _nested(header.labels.get(column), labels.get(column))
            if nested:
                merged[column] = nested
        joined = {
            column: " ".join(filter(None, (header.texts.get(column), texts.get(column))))
            for column in header.texts.keys() | texts.keys()
        }
        _tick_rest(header.texts, texts, merged)
        header = Header(header.top, row, merged, joined)
    return header


def _tick_rest(groups: dict[int, str], texts: dict[int, str], merged: dict[int, Label]) -> None:
    """Where most titles under one group title are boxes to tick, the short others are, too."""
    for title in set(groups.values()):
        under = [c for c, group in groups.items() if group == title and c in texts]
        ticks = [c for c in under if c in merged and merged[c].role == TICK]
        if len(ticks) >= 2 and len(ticks) * 2 >= len(under):
            for column in set(under) - set(ticks):
                if count_words(texts[column]) <= 3 and read_label(texts[column]) is None:
                    merged[column] = Label(TICK, SURE_TICK, normalise(texts[column]))


def _continues(grid: Grid, row: int, labels: dict[int, Label], header: Header) -> bool:
    cells = grid.by_row[row]
    if any(_is_content(text) or len(text) > MAX_SUBTITLE_CHARS for text in cells.values()):
        return False
    own = [labels[column] for column in cells if column in labels]
    if not own or (len(own) * 3 < len(cells) * 2 and not _parts_groups(cells, header)):
        return False
    if len(cells) == 1:
        # One word below a group title that spans several columns names a column of it.
        column = next(iter(cells))
        spans = [c for c, text in header.texts.items() if text == header.texts.get(column)]
        return len(spans) > 1 and own[0].role in (ANSWER, COMMENT, TICK)
    question = next(iter(header.columns(QUESTION)), None)
    if question is not None and question in cells and question not in labels:
        return False
    return any(label.role in (ANSWER, COMMENT, TICK, QUESTION) for label in own)


def _parts_groups(cells: dict[int, str], header: Header) -> bool:
    """Whether most cells name the parts of a title that spans several columns, and none stands
    where the questions and their numbers do."""
    spanned = Counter(header.texts.values())
    last = max(header.texts, default=0)
    # A text file has no merged cells: the title stands over the first column of its group.
    parts = [c for c in cells if c > last or c not in header.texts or spanned[header.texts[c]] > 1]
    parts += [c for c in cells if c + 1 in parts and c not in parts]
    asked = {*header.columns(QUESTION), *header.columns(NUMBER)}
    return len(parts) >= 2 and len(parts) * 2 > len(cells) and not asked & set(cells)


def _nested(group: Label | None, label: Label | None) -> Label | None:
    """The label of a column under a group's title."""
    if group is None or label is None:
        return label or group
    if group.role == OTHER:
        return replace(group, word=label.word)
    if label.role == QUESTION and label.weight < 4 and group.role in (ANSWER, COMMENT):
        return replace(label, role=COMMENT)
    if label.role == NUMBER and group.role == ANSWER:
        return replace(group, word=label.word)  # "Code" under "Response" takes a code
    return label
