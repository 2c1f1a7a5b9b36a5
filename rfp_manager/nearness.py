"""The sentences of the evidence that a statement may come from, and what they grant or deny."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from llm_manager.providers.builtin.polarity import is_negated, nearest_clause
from llm_manager.providers.builtin.words import guess_language, same_language, terms
from llm_manager.sentences import split_sentences
from rfp_manager.facts import normal_word
from rfp_manager.rhythms import rhythms

#: Shares of a statement's words: below the first it comes from nowhere, above the second it is
#: a copy, in which every word counts.
FAINT, COPY = 0.5, 0.8
FEWEST_WORDS = 2
#: Of so few words a sentence may be in another by chance.
FEWEST_CONTAINED = 3
# "No risk is accepted" replies to nothing.
REPLY = re.compile(r"\A\W*(?:yes|no|ja|nein|oui|non|sí|si|sì)\s*(?:[,.:;–—]|-\s)\s*", re.IGNORECASE)
TOKEN = re.compile(r"[<>≤≥±~$€£+−-]?\d+(?:[.,:/\-]\d+)*%?|[^\W\d_]+(?:['’][^\W\d_]+)?|[%≤≥±$€£]")
#: Stems of words that say whether a thing must be or may be: that is compared by itself.
DUTIES = frozenset(
    ["must", "may", "need", "allow", "muss", "müss", "darf", "dürf", "doit", "doivent", "peuvent",
     "deb", "pued"]
)  # fmt: skip
# A wrapped line is none: what follows it belongs to what precedes it.
BOUNDARY = re.compile(r"[.!?:;|…。！？]|\*\*|__|\n\s*(?:\n|[-*#>•+]|\d+[.)])")
NEGATIONS = re.compile(
    r"\b(?:not|no|never|none|without|cannot|neither|nor|nicht|kein\w*|nie|niemals|ohne|pas|jamais|"
    r"sans|sin|nunca|ning[uú]n\w*|geen|niet|non|senza)\b|n't\b",
    re.IGNORECASE,
)
#: They hold a negation's word and deny nothing; "isn't" and the like are counted by the other end.
HARMLESS = re.compile(
    r"\b(?:not only|not just|not limited to|whether or not|or not|if not|why not"
    r"|no(?:t)? (?:later|more|less|fewer|greater|longer|earlier|sooner|older|shorter) than"
    r"|nicht nur|nicht (?:später|früher|mehr|weniger|länger) als|no sólo|no solo|pas seulement"
    r"|non seulement|without exception|ohne Ausnahme|sans exception|sin excepción)\b"
    r"|\bno\. ?(?=\d)|\bnon-(?=\w)",
    re.IGNORECASE,
)
#: How much of a thing: a statement may neither widen nor narrow it.
QUANTITIES = {
    "all": r"(?<!nearly )(?<!almost )(?<!fast )(?<!presque )(?<!casi )"
    r"(?:all|every|always|each|entire|entirely|whole|both|fully|completely|alle[nrms]?|jede\w*"
    r"|immer|sämtliche\w*|tous|toutes|toujours|todos|todas|siempre|tutti|tutte|sempre)",
    "most": r"(?:nearly|almost|fast|presque|casi) (?=all|every|jed|tou|chaque|tod|cada)|most"
    r"|mostly|usually|generally|typically|normally|largely|majority"
    r"|meist(?:en|ens)?|in der regel|la plupart|généralement|mayoría|normalmente",
    "some": r"some|sometimes|partly|partially|certain|selected|several|occasionally|einige\w*"
    r"|manche\w*|manchmal|teilweise|certains|parfois|algunos|algunas|parcialmente",
    "only": r"only|solely|exclusively|nur|ausschließlich|seulement|uniquement|sólo|solamente",
}
ALMOST = re.compile(r"(?:nearly|almost|fast|presque|casi) \Z", re.IGNORECASE)
QUANTITY = {
    name: re.compile(rf"(?<!\bat )\b(?:{words})\b", re.IGNORECASE)
    for name, words in QUANTITIES.items()
}


@dataclass(frozen=True)
class Held:
    """A sentence of the evidence with its words."""

    text: str
    words: frozenset[str]


@dataclass(frozen=True)
class Nearest:
    """The evidence's sentences nearest to a statement; shares are of the statement's
    words, `anywhere` of those without its figures."""

    statement: str
    words: frozenset[str]
    held: tuple[Held, ...]
    share: float
    anywhere: float
    language: str
    #: Sentences of the evidence whose words are (nearly) all in the statement: it may join several.
    contained: tuple[Held, ...] = ()

    @property
    def sources(self) -> tuple[Held, ...]:
        """All that the statement may have been made of: the nearest, and what it says whole."""
        return tuple(dict.fromkeys((*self.held, *self.contained)))

    @property
    def says_enough(self) -> bool:
        """Whether the statement has words that could be looked for."""
        return len(self.words) >= FEWEST_WORDS

    @property
    def is_copy(self) -> bool:
        """The nearest sentence says the same in (nearly) the same words, and little else."""
        return self.share >= COPY and any(
            len(h.words & self.words) >= COPY * len(h.words) for h in self.held
        )


def _telling(text: str, language: str) -> frozenset[str]:
    return frozenset(terms(text, language)) - DUTIES


class Sentences:
    """All sentences of the evidence, in one language for comparison. What is only quoted needs
    their words in a row, and none of the rest."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.text = "\n\n".join(texts)
        self._tokens = _Tokens(self.text)

    @cached_property
    def language(self) -> str:
        return guess_language(self.text)

    @cached_property
    def held(self) -> list[Held]:
        return [
            Held(text[start:end].replace("’", "'"), _telling(text[start:end], self.language))
            for text in self.texts
            for start, end in split_sentences(text)
        ]

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset().union(*(held.words for held in self.held))

    def understands(self, text: str) -> bool:
        """Whether words of `text` can be looked for here at all."""
        return bool(self.held) and same_language(text, self.text)

    def quoted(self, statement: str) -> bool:
        """Whether these words stand here in a row, from one end of a sentence to another."""
        return self._tokens.hold(statement)

    def nearest(self, statement: str) -> Nearest:
        statement = REPLY.sub("", statement.replace("’", "'"))
        words = _telling(statement, self.language)
        size = len(words) or 1
        shared = [len(words & held.words) for held in self.held]
        most = max(shared, default=0)
        held = tuple(h for h, n in zip(self.held, shared, strict=True) if n == most and most)
        told = {word for word in words if not word[0].isdigit()}
        anywhere = len(told & self.words) / (len(told) or 1)
        contained = tuple(
            h for h, n in zip(self.held, shared, strict=True)
            if n >= FEWEST_CONTAINED and n >= COPY * len(h.words)
        )  # fmt: skip
        return Nearest(statement, words, held, most / size, anywhere, self.language, contained)


class _Tokens:
    """The words and signs of a text without its markup, and where its statements may begin."""

    def __init__(self, text: str) -> None:
        self.words: list[str] = []
        self.starts: set[int] = {0}
        end = 0
        for match in TOKEN.finditer(text):
            between = text[end : match.start()]
            if between != " " and BOUNDARY.search(between):
                self.starts.add(len(self.words))
            self.words.append(normal_word(match[0]))
            end = match.end()
        self.starts.add(len(self.words))
        self.places: dict[str, list[int]] = {}
        for place, word in enumerate(self.words):
            self.places.setdefault(word, []).append(place)

    def hold(self, statement: str) -> bool:
        words = [normal_word(match[0]) for match in TOKEN.finditer(statement)]
        if not words:
            return False
        return any(
            place in self.starts
            and place + len(words) in self.starts
            and self.words[place : place + len(words)] == words
            for place in self.places.get(words[0], ())
        )


def denies(near: Nearest) -> bool | None:
    """True if the statement denies what the nearest sentences grant, or grants what they deny;
    None where too little is shared to tell."""
    if not near.says_enough or near.share < FAINT or not near.held:
        return None
    return all(_differs(near, held) for held in near.held)


def _differs(near: Nearest, held: Held) -> bool:
    if len(held.words & near.words) >= COPY * len(held.words) and near.share >= COPY:
        return len(negations(near.statement)) != len(negations(held.text))
    theirs = nearest_clause(set(near.words), held.text, near.language)
    ours = nearest_clause(set(held.words), near.statement, near.language)
    return is_negated(theirs) != is_negated(ours)


def negations(text: str) -> list[re.Match[str]]:
    """The words that deny something; places as in `text`."""
    plain = HARMLESS.sub(lambda match: " " * len(match[0]), text)
    return list(NEGATIONS.finditer(plain))


def quantities(text: str) -> dict[str, re.Match[str]]:
    """The first word of each kind that says how much of a thing is meant. The "every" of "every
    six months" says how often, but for that of "nearly every month"."""
    for rhythm in rhythms(text):
        if not ALMOST.search(text[: rhythm.start]):
            text = text[: rhythm.start] + "." * (rhythm.end - rhythm.start) + text[rhythm.end :]
    found = {name: pattern.search(text) for name, pattern in QUANTITY.items()}
    return {name: match for name, match in found.items() if match}


def is_faint(near: Nearest) -> bool:
    """The statement's words stand nowhere in the evidence."""
    return len(near.words) > FEWEST_WORDS and near.anywhere < FAINT
