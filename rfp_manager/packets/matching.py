"""Which question each row of a returned sheet answers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rfp_manager.packets.columns import is_ticked, parse_key, same_words

Row = Mapping[str, str]
FOREIGN = "It belongs to another sheet. Bring that one back by itself."
UNKNOWN = "Nothing tells which question this row answers."
TWICE = "The question stands in several rows that say different things. Answer it in one."
_SAID = ("right", "choice", "answer", "declined")


@dataclass(frozen=True)
class Matched:
    """A row with its question (None: `why` says why not)."""

    row: Row
    question: int | None
    why: str = ""


def match(rows: Iterable[Row], contents: Mapping[str, Any], token: str) -> list[Matched]:
    """Each row that says something, at most once for each question."""
    texts = _Texts(contents)
    found = [_match(row, contents, token, texts) for row in rows]
    return _once([one for one in found if one.question is not None or _counts(one.row)])


def _counts(row: Row) -> bool:
    """Whether a row that is not recognised is worth telling: not an empty line with a frame."""
    return bool(row["question"] or says_something(row))


def says_something(row: Row) -> bool:
    return bool(
        row["choice"] or row["answer"] or is_ticked(row["right"]) or is_ticked(row["declined"])
    )


class _Texts:
    """Questions by their words; those asked twice in the same words only with their number."""

    def __init__(self, contents: Mapping[str, Any]) -> None:
        self._by_text: dict[str, list[int]] = defaultdict(list)
        self._by_both: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.texts: dict[int, str] = {}
        for pk, content in contents.items():
            text, number = same_words(content["asked"]), same_words(content["number"])
            self._by_text[text].append(int(pk))
            self._by_both[number, text].append(int(pk))
            self.texts[int(pk)] = text

    def question(self, row: Row) -> int | None:
        text = same_words(row["question"])
        both = self._by_both.get((same_words(row["number"]), text), [])
        found = both if len(both) == 1 else self._by_text.get(text, [])
        return found[0] if text and len(found) == 1 else None


def _match(row: Row, contents: Mapping[str, Any], token: str, texts: _Texts) -> Matched:
    key = parse_key(row["key"])
    if key is None or (key[0] == token and str(key[1]) not in contents):
        found = texts.question(row)
        return Matched(row, found, "" if found else UNKNOWN)
    if key[0] != token:
        return Matched(row, None, FOREIGN)
    text = same_words(row["question"])
    if text in ("", texts.texts[key[1]]):
        return Matched(row, key[1])
    # Sorted without its hidden column: what the person has read beside the answer counts.
    return Matched(row, texts.question(row) or key[1])


def _once(found: Sequence[Matched]) -> list[Matched]:
    """Of several rows of one question the one that says something; two that say different
    things are told."""
    by_question: dict[int, list[Matched]] = defaultdict(list)
    for one in found:
        if one.question is not None:
            by_question[one.question].append(one)
    kept = [one for one in found if one.question is None]
    for several in by_question.values():
        saying = {tuple(one.row[name] for name in _SAID): one for one in several
                  if says_something(one.row)}  # fmt: skip
        if len(saying) > 1:
            kept += [Matched(one.row, None, TWICE) for one in saying.values()]
        else:
            kept.append(next(iter(saying.values()), several[0]))
    return kept
