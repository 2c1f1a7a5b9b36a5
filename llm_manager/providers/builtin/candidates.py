"""Sentences of passages as possible answers: found, narrowed down by words, scored by meaning."""

import math
import re
import threading
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from llm_manager.providers.base import Passage
from llm_manager.providers.builtin.embedding import Embedder, Vectors
from llm_manager.providers.builtin.words import guess_language, same_language, telling_names, terms
from llm_manager.sentences import split_sentences

EMBEDDED_SENTENCES = 20  # about 0.1 s on two slow cores
EMBEDDED_FOREIGN = 64  # where no words can be compared: 0.25 s
EMBEDDED_CHARACTERS = 400  # of one sentence; more slows and hardly changes the vector
CACHED_VECTORS = 4096
HEADING_CHARACTERS = 120
# Measured by benchmarks/builtin_evidence.py: the first sentence is of a right document for 80 %
# of claude-docs and 87 % of the other sets' questions; 73 and 80 % by the cosine alone.
OVERLAP_WEIGHT = 0.1
RANK_WEIGHT = 0.03
FRAGMENT_LOSS = 0.02  # an answer of whole sentences reads better than one of list items
FEWEST_WORDS = 3
LIST_CHARACTERS = 400  # of the items that are quoted with the sentence announcing them

_ENDED = re.compile(r"[.!?…。！？:;][\"'”’»)\]」』*_`]*\Z")
_NO_HEADING = re.compile(r"[|=<>{}]|: |\t")  # a table row, a setting with its value, code
_TABLE_RULER = re.compile(r"[ \t]*\r?\n[ \t]*\|?[ \t]*:?-{3,}[ \t:|-]*$", re.MULTILINE)
_FENCED = re.compile(r"^[ \t]*```[^`\n]*$.*?(?:^[ \t]*```[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_CODE = re.compile(
    r"\A(?:[$>#]\s|\.\. |[{}\[\]<+=]|[\w.]+\s*=|--?\w|:\w+:|_\w|\w+\(.*\)\Z)|[{};]\Z"
)


@dataclass(frozen=True)
class Candidate:
    """A sentence at [start, end) of passages[place].text with what was measured on it."""

    place: int
    start: int
    end: int
    text: str
    context: str
    order: int = 0
    words: frozenset[str] = frozenset()
    overlap: float = 0.0
    cosine: float = 0.0
    score: float = 0.0


@dataclass(frozen=True)
class Question:
    """The question's words with their weights: rare ones among the passages weigh more."""

    text: str
    words: tuple[str, ...]
    names: frozenset[str]
    weights: dict[str, float] = field(default_factory=dict)
    foreign: bool = False  # in another language than the passages: words tell nothing

    def coverage(self, words: frozenset[str] | set[str]) -> float:
        """The share of the question's weight that these words hold, 0 to 1."""
        total = sum(self.weights.values())
        return sum(w for word, w in self.weights.items() if word in words) / total if total else 0.0


def read_candidates(passages: Sequence[Passage], language: str) -> list[Candidate]:
    """Every sentence that could be quoted; headings and questions become others' context."""
    return [
        candidate
        for place, passage in enumerate(passages)
        for candidate in _sentences(place, passage, language)
    ]


def _sentences(place: int, passage: Passage, language: str) -> list[Candidate]:
    title = re.split(r"\s*[>›/|]\s*", passage.heading_path.strip())[-1]
    context, found = title[:HEADING_CHARACTERS], []
    spans = _quotable_spans(passage.text)
    for order, (start, end) in enumerate(spans):
        text = passage.text[start:end]
        listed = _is_listed(passage.text, start)
        if (_is_context(text) and not listed) or _TABLE_RULER.match(passage.text, end):
            context = text[:HEADING_CHARACTERS]
        elif not _is_noise(text):
            end = _with_list(passage.text, spans[order:])
            text = passage.text[start:end]
            words = frozenset(terms(f"{context} {text}", language))
            found.append(Candidate(place, start, end, text, context, order, words))
    return found


def _quotable_spans(text: str) -> list[tuple[int, int]]:
    code = [match.span() for match in _FENCED.finditer(text)]
    return [
        (start, end)
        for start, end in split_sentences(text)
        if not any(first <= start < last for first, last in code)
    ]


def _is_listed(text: str, start: int) -> bool:
    """Whether a bullet stands before this place of its line."""
    before = text[text.rfind("\n", 0, start) + 1 : start].strip()
    return bool(before) and before[0] in "-*+•‣◦▪–—·"


def _with_list(text: str, spans: Sequence[tuple[int, int]]) -> int:
    """Where the first span ends, with the list that it announces by a colon at its end."""
    start, end = spans[0]
    if not text[start:end].rstrip("*_` ").endswith((":", "：")):
        return end
    last = end
    for item_start, item_end in spans[1:]:
        if not text[last:item_start].strip() or item_end - end > LIST_CHARACTERS:
            break
        last = item_end
    return last


def _is_context(text: str) -> bool:
    """A heading, or a question as in lists of frequent questions: what follows answers it."""
    if text.endswith(("?", "？")):
        return True
    return (
        len(text) <= HEADING_CHARACTERS
        and len(text.split()) <= 8
        and not _ENDED.search(text)
        and not _NO_HEADING.search(text)
        and text[:1].isupper()
    )


def _is_noise(text: str) -> bool:
    letters = sum(char.isalpha() or char.isspace() for char in text)
    return letters < 0.6 * len(text) or bool(_CODE.search(text)) or _too_short(text)


def _too_short(text: str) -> bool:
    """A bare "Overview" tells nothing, "Retention: 90 days" may be an answer."""
    spaced = text.isascii() and len(text.split()) < FEWEST_WORDS
    return spaced and not re.search(r"\d|: ", text)


def _is_fragment(text: str) -> bool:
    return text[:1].islower() or not _ENDED.search(text)


def read_question(text: str, section: str, found: Sequence[Candidate], language: str) -> Question:
    """The question with its words weighed among the candidates' sentences."""
    foreign = not same_language(text, " ".join(c.text for c in found[:40]))
    words = tuple(dict.fromkeys(terms(text, language)))
    if not words:
        words = tuple(dict.fromkeys(terms(section, language)))
    holding = Counter(word for candidate in found for word in candidate.words & set(words))
    weights = {word: math.log((len(found) + 1.5) / (holding[word] + 0.5)) for word in words}
    return Question(text, words, frozenset(telling_names(text)), weights, foreign)


def score_candidates(
    question: Question, found: Sequence[Candidate], embedder: Embedder
) -> list[Candidate]:
    """The most promising candidates with cosine, overlap and score, best first."""
    chosen = _preselect(question, found)
    if not chosen:
        return []
    asked = embedder.embed([question.text], "query")[0]
    vectors = sentence_vectors(embedder, [embedded_text(candidate) for candidate in chosen])
    cosines = vectors @ asked
    scored = [
        replace(
            candidate,
            cosine=float(cosine),
            score=float(cosine)
            + OVERLAP_WEIGHT * candidate.overlap
            + RANK_WEIGHT / (1 + candidate.place)
            - FRAGMENT_LOSS * _is_fragment(candidate.text),
        )
        for candidate, cosine in zip(chosen, cosines, strict=True)
    ]
    return sorted(scored, key=lambda c: (-c.score, c.place, c.start))


def _preselect(question: Question, found: Sequence[Candidate]) -> list[Candidate]:
    if question.foreign:
        return _evenly(found)
    weighed = [replace(c, overlap=question.coverage(c.words)) for c in found]
    weighed.sort(key=lambda c: (-(c.overlap + 0.3 / (1 + c.place)), c.place, c.order))
    return weighed[:EMBEDDED_SENTENCES]


def _evenly(found: Sequence[Candidate]) -> list[Candidate]:
    """The first sentences of every passage, the same number of each as far as they go."""
    turn: Counter[int] = Counter()
    turns: list[tuple[int, int, Candidate]] = []
    for candidate in found:
        turn[candidate.place] += 1
        turns.append((turn[candidate.place], candidate.place, candidate))
    turns.sort(key=lambda entry: entry[:2])
    return [candidate for _, _, candidate in turns[:EMBEDDED_FOREIGN]]


def embedded_text(candidate: Candidate) -> str:
    """The sentence under its heading: "It is on by default." means nothing alone."""
    text = candidate.text[:EMBEDDED_CHARACTERS]
    return f"{candidate.context}: {text}" if candidate.context else text


class _VectorCache:
    """Vectors of sentences by model build and text; the same passages serve many questions."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.vectors: OrderedDict[tuple[str, str], Vectors] = OrderedDict()

    def get(self, key: tuple[str, str]) -> Vectors | None:
        with self.lock:
            if key in self.vectors:
                self.vectors.move_to_end(key)
            return self.vectors.get(key)

    def put(self, key: tuple[str, str], vector: Vectors) -> None:
        with self.lock:
            self.vectors[key] = vector
            while len(self.vectors) > CACHED_VECTORS:
                self.vectors.popitem(last=False)


_cache = _VectorCache()


def sentence_vectors(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """A row for every text, as passages; from the cache where they were met before."""
    keys = [(embedder.build, text) for text in texts]
    known = {key: vector for key in keys if (vector := _cache.get(key)) is not None}
    new = [key for key in dict.fromkeys(keys) if key not in known]
    if new:
        for key, vector in zip(new, embedder.embed([t for _, t in new], "passage"), strict=True):
            known[key] = vector
            _cache.put(key, vector)
    if not keys:
        return np.empty((0, embedder.dims), np.float32)
    return np.stack([known[key] for key in keys])


def passages_language(passages: Sequence[Passage]) -> str:
    return guess_language(" ".join(passage.text[:600] for passage in passages[:4]))
