"""How long an answer may be, where the buyer says so."""

import re
from dataclasses import dataclass
from functools import lru_cache

_COUNT = r"(?P<count>\d{1,3}(?:[.,'’ \u00a0]\d{3})+|\d{2,6})"
_CHARACTERS = (
    r"(characters?|chars?|zeichen|anschläge|caract[eè]res?|signes|car[áa]cter(es)?|caratteri|"
    r"battute|tekens|karakters|znak(ów|i)|znaků|tecken|tegn|символ\w*|знак\w*|حرف\w*|caracteres)"
)
_WORDS = r"(words?|wörtern?|worten?|mots|palabras|parole|woorden|palavras|słów|slov|ord|слов)"
_UPPER = (
    r"(max(imum|imal|imaal|imo|imale|\.)?|up to|at most|no more than|not (to )?exceed(ing)?|"
    r"not more than|less than|fewer than|within|limit(ed)?( to| of| is)?|höchstens|maximal|"
    r"bis zu|nicht mehr als|au plus|jusqu'à|maximum de|como máximo|hasta|no más de|al massimo|"
    r"non più di|fino a|ten hoogste|hoogstens|niet meer dan|no máximo|até|maksymalnie|do)"
)
_BEFORE = rf"{_UPPER}\W{{0,3}}(?:of |de |von |to |is |in )?\W{{0,2}}{_COUNT}\s*-?\s*"
_AFTER = r"[\s,]*(max(imum|imal|\.)?|or (less|fewer)|limit|at most|maximal|höchstens)"


@dataclass(frozen=True)
class Limit:
    """The most an answer may hold; None where nothing is said."""

    characters: int | None = None
    words: int | None = None

    def within(self, other: "Limit") -> "Limit":
        """The stricter of both, for each measure."""
        return Limit(_least(self.characters, other.characters), _least(self.words, other.words))


def _least(one: int | None, other: int | None) -> int | None:
    known = [value for value in (one, other) if value is not None]
    return min(known, default=None)


def _pattern(unit: str) -> re.Pattern[str]:
    # The limit is told before the count ("max. 500 characters") or after it ("500 words max").
    first = rf"(?<!\w){_BEFORE}{unit}(?!\w)"
    second = rf"(?<![\w.]){_COUNT.replace('count', 'later')}\s*-?\s*{unit}(?!\w){_AFTER}"
    return re.compile(rf"{first}|{second}", re.IGNORECASE)


_IN_CHARACTERS, _IN_WORDS = _pattern(_CHARACTERS), _pattern(_WORDS)
# "Passwords of up to 128 characters" is no limit of the answer; "(max. 500 characters)" and
# "Answer in no more than 200 words" are.
_OF_ANSWER = re.compile(
    r"(^|[(\[.:;,!?\n–—*|-])\W*$|\b(in|answers?|respon\w+|repl\w+|limit|text|length|please|use|"
    r"antwort\w*|bitte|en|réponses?|respuestas?|risposta|con|antwoord\w*|respostas?|mit|te|"
    r"explanation|description|comments?|statement|is|be|to)\W*$",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"[(\[]\s*{_COUNT}\s*(?:(?P<characters>{_CHARACTERS})|(?P<words>{_WORDS}))\s*[)\]]",
    re.IGNORECASE,
)
_COLUMN = re.compile(
    r"(max\w*\W*(length|len|characters?|chars?|words?|size|zeichen|wörter|länge|mots|caractères)|"
    r"(character|word|zeichen|wort)[- ]?(limit|count|begrenzung|zahl)|limit|maximallänge)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(_COUNT)


@lru_cache(maxsize=8192)
def find_limit(text: str) -> Limit:
    """The limit that a question, a header or a note tells: "(max. 500 characters)"."""
    if not any(c.isdigit() for c in text):
        return Limit()
    bare = _BARE.search(text)
    told = Limit(_value(_IN_CHARACTERS, text), _value(_IN_WORDS, text))
    if bare:
        count = _whole(bare["count"])
        told = told.within(Limit(count, None) if bare["characters"] else Limit(None, count))
    return told


def is_limit_column(title: str) -> bool:
    """Whether the column tells how long each answer may be."""
    return bool(_COLUMN.search(" ".join(title.split()))) and not _NUMBER.search(title)


def limit_in_column(title: str, text: str) -> Limit:
    """The limit in one cell of such a column; a bare number is in the unit of the title."""
    told = find_limit(text)
    if told != Limit():
        return told
    match = _NUMBER.search(text)
    if not match:
        return Limit()
    count = _whole(match[0])
    in_words = re.search(_WORDS, f"{title} {text}", re.IGNORECASE)
    return Limit(None, count) if in_words else Limit(count, None)


def _value(pattern: re.Pattern[str], text: str) -> int | None:
    for match in pattern.finditer(text):
        if _OF_ANSWER.search(text[max(0, match.start() - 40) : match.start()]):
            return _whole(match["count"] or match["later"])
    return None


def _whole(digits: str) -> int:
    return int(re.sub(r"\D", "", digits))
