"""Which questions of one form were asked in another: in the same words, or in others.

A pair is only made where both sides have one candidate: nothing is taken for the same that could
as well be another ("If yes, describe." stands in a form a hundred times).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from math import log

from rapidfuzz import fuzz, process

from rfp_manager.importing.texts import split_number
from solution_library.similarity import words_of

KEPT, REWORDED = "kept", "reworded"
#: From here on two texts are taken for the same question in other words. Chosen on the pairs of
#: tests/rfp_manager/test_rewording.py, whose different questions sound as alike as any in a form.
NEAR = 0.66
#: The same number in the same section says that it stands for the same question.
SAME_NUMBER, SAME_SECTION = 0.04, 0.02
#: Two words with so many letters in common are forms of one ("encrypt", "encrypted").
SAME_STEM = 0.7
#: So short a question means what it follows.
FEWEST_WORDS = 6
CANDIDATES = 12
#: A word that stands in more of the questions than this points at none of them.
COMMON_WORD = 0.25


@dataclass(frozen=True)
class Asked:
    """A question as it is compared. `words`: see `words_in`; `before`: of the one above it."""

    pk: int
    words: str
    number: str = ""
    section: str = ""
    before: str = ""
    parent: int | None = None


Same = dict[int, tuple[int, str]]  # question: (the earlier one, KEPT or REWORDED)


def words_in(text: str) -> str:
    """Two questions with the same words are the same, however they are set and numbered."""
    own = split_number(text)[1] or text
    return " ".join(words_of([own])) or text.strip()


def compare(new: Sequence[Asked], old: Sequence[Asked]) -> Same:
    """For each question of `new` that `old` asks too: which one, and in the same words or not."""
    pairs = _same_words(new, old)
    reworded = _near_words(new, old, pairs)
    parents = {one.pk: one for one in (*new, *old)}
    kept = {
        one: other if _means_the_same(parents[one], parents[other], pairs) else -other
        for one, other in pairs.items()
    }
    found: Same = {one: (abs(o), KEPT if o > 0 else REWORDED) for one, o in kept.items()}
    return found | {one: (other, REWORDED) for one, other in reworded.items()}


def _same_words(new: Sequence[Asked], old: Sequence[Asked]) -> dict[int, int]:
    pairs: dict[int, int] = {}
    keys: tuple[Callable[[Asked], Hashable], ...] = (
        lambda q: (q.section, q.number, q.words),
        lambda q: (q.number, q.before, q.words),
        lambda q: (q.number, q.words),
        lambda q: (q.section, q.words),
        lambda q: (q.before, q.words),
        lambda q: q.words,
    )
    for key in keys:
        taken = set(pairs.values())
        left = [q for q in old if q.pk not in taken]
        pairs.update(_unique([q for q in new if q.pk not in pairs], left, key))
    return pairs


def _unique(
    new: Sequence[Asked], old: Sequence[Asked], key: Callable[[Asked], Hashable]
) -> dict[int, int]:
    counts = Counter(map(key, new))
    by_key: dict[Hashable, list[Asked]] = defaultdict(list)
    for question in old:
        by_key[key(question)].append(question)
    return {
        q.pk: by_key[key(q)][0].pk
        for q in new
        if counts[key(q)] == 1 and len(by_key.get(key(q), ())) == 1
    }


def _means_the_same(one: Asked, other: Asked, pairs: dict[int, int]) -> bool:
    """A question that depends on another asks the same only if that one does, too."""
    if one.parent is not None:
        return pairs.get(one.parent) == other.parent is not None
    return len(one.words.split()) >= FEWEST_WORDS or one.before == other.before


def _near_words(
    new: Sequence[Asked], old: Sequence[Asked], pairs: dict[int, int]
) -> dict[int, int]:
    """The most alike first; each question is paired once."""
    taken = set(pairs.values())
    left = [q for q in old if q.pk not in taken]
    likeness = Likeness([*new, *old])
    scored = [
        (score, one.pk, other.pk)
        for one, near in _candidates([q for q in new if q.pk not in pairs], left)
        for other in near
        if (score := likeness.of(one, other)) >= NEAR
    ]
    found: dict[int, int] = {}
    for _, one_pk, other_pk in sorted(scored, key=lambda entry: (-entry[0], entry[1], entry[2])):
        if one_pk not in found and other_pk not in taken:
            found[one_pk] = other_pk
            taken.add(other_pk)
    return found


class Likeness:
    """How alike two questions are: by their letters, and by their words, of which those count
    most that few of the questions have ("backup", not "documented process")."""

    def __init__(self, asked: Sequence[Asked]) -> None:
        having = Counter(word for one in asked for word in set(one.words.split()))
        self._weights = {word: log(1 + len(asked) / n) for word, n in having.items()}

    def of(self, one: Asked, other: Asked) -> float:
        """0 to 1, and a little more for the same number or section; 0 for what is not near."""
        extra = SAME_NUMBER * bool(one.number and one.number == other.number)
        extra += SAME_SECTION * bool(one.section and one.section == other.section)
        letters = fuzz.token_sort_ratio(one.words, other.words) / 100
        if (letters + 1) / 2 + extra < NEAR:
            return 0.0
        return (letters + self._by_words(one.words, other.words)) / 2 + extra

    def _by_words(self, one: str, other: str) -> float:
        """The weight of the words that both have, of that of all (Dice)."""
        own, others = set(one.split()), set(other.split())
        shared = 2 * sum(self._weights[word] for word in own & others)
        left = others - own
        for word in sorted(own - others):
            match = process.extractOne(word, left, scorer=fuzz.ratio, score_cutoff=100 * SAME_STEM)
            if match is not None:
                near, score, _ = match
                shared += (self._weights[word] + self._weights[near]) * score / 100
                left.discard(near)
        total = sum(self._weights[word] for words in (own, others) for word in words)
        return shared / total if total else 0.0


def _candidates(new: Sequence[Asked], old: Sequence[Asked]) -> Iterator[tuple[Asked, list[Asked]]]:
    """For each question the few that share its rarest words: comparing all with all would take
    the product of both lengths."""
    places: dict[str, list[int]] = defaultdict(list)
    for n, question in enumerate(old):
        for word in set(_parts(question.words)):
            places[word].append(n)
    rare = {
        word: log(1 + len(old) / len(there))
        for word, there in places.items()
        if len(there) <= max(COMMON_WORD * len(old), CANDIDATES)
    }
    for question in new:
        weights: dict[int, float] = defaultdict(float)
        for word in set(_parts(question.words)) & rare.keys():
            for n in places[word]:
                weights[n] += rare[word]
        best = sorted(weights, key=lambda n: (-weights[n], n))[:CANDIDATES]
        yield question, [old[n] for n in best]


def _parts(words: str) -> list[str]:
    """Words; pairs of letters where a script has no blanks between them."""
    return [
        part
        for word in words.split()
        for part in ([word] if word.isascii() or len(word) < 8 else
                     [word, *(word[n : n + 2] for n in range(len(word) - 1))])
    ]  # fmt: skip
