"""Words as the built-in responder compares them: stemmed, without the words that say nothing."""

import re
from collections.abc import Iterable
from functools import lru_cache

import snowballstemmer

_TOKEN = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+")
_HAN_OR_KANA = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+")

_STOP_LISTS = {
    "en": """a about above after again all also am an and any are as at be because been before
        being below between both but by can could did do does doing done each e.g either else etc
        few for from further had has have having he her here hers him his how i i.e if in into is
        it its itself just let me might more most my no nor not of off on once only or other our
        ours out over own per s same shall she should so some such t than that the their them
        then there these they this those through to too under until up upon us use used uses using
        very was we were what when where whether which while who whom whose why will with within
        without would you your yours""",
    "de": """aber alle als also am an auch auf aus bei bin bis da damit dann das dass dem den der
        des die dies diese dieser doch durch ein eine einem einen einer eines er es für hat haben
        ihr ihre im in ist ja kann können man mit muss nach nicht noch nur ob oder ohne sich sie
        sind so über um und uns unter vom von vor wann was weil welche welchen welcher welches
        wenn wer werden wie wird wir wo wurde zu zum zur""",
    "fr": """à au aucun aussi avec avez avons aux ce ces cet cette comme comment dans de des du
        elle elles en est et être eu il ils je la le les leur leurs lors lui mais ne nos notre nous
        on ont ou où par pas peut plus pour pouvez quand que quel quelle quelles quels qui sa sans
        se ses si son sont sous sur tous tout toute un une vos votre vous y""",
    "es": """a al como con cómo cual cuál cuáles cuando cuándo de del donde dónde e el ella en
        entre es esta está este esto están ha han hay la las le les lo los más me mi muy ni no nos
        nuestra nuestro o para pero por puede que qué quién se sea ser si sin sobre son su sus
        también tiene tienen todo todos u un una uno usted ustedes y ya""",
    "it": """a ad ai al alla alle anche avete che chi ci come con cosa da dal dalla dei del della
        delle di dove e è ed gli ha hanno i il in io la le lo loro ma nel nella noi non o per più
        può quale quali quando questa questo se sia sono su sua sue sul sulla suo tra un una uno
        vi voi vostra vostro""",
    "pt": """a ao aos as às com como da das de do dos e é ela ele em entre essa esse esta este
        está eu foi há já mais mas me na nas não no nos nós o os ou para pela pelo pode por qual
        quais quando que quem se sem ser seu seus sua são também tem têm um uma você vocês""",
    "nl": """aan al als bij dan dat de deze die dit door een en er ge geen had heb hebben heeft
        het hij hoe hun ik in is kan kunnen maar me met naar niet nog of om ons onze ook op over te
        tot u uit uw van voor wat we welke werd wie wij worden wordt ze zich zijn zo zonder""",
}
# What a questionnaire says around its question; it tells nothing about where the answer stands.
_FILLERS = """please describe explain provide list state specify detail details indicate give
    following vendor supplier bidder offeror respondent contractor company organization
    organisation organizational customer product solution currently applicable relevant possible
    possibly able
    bitte beschreiben erläutern angeben unternehmen lieferant veuillez décrire fournir préciser
    describa indique proporcione empresa descrivere indicare fornire azienda descreva"""
_STEMMERS = {
    "en": "english",
    "de": "german",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "pt": "portuguese",
    "nl": "dutch",
}
_STOP_WORDS = {language: frozenset(words.split()) for language, words in _STOP_LISTS.items()}
_SILENT = frozenset().union(*_STOP_WORDS.values(), _FILLERS.split())
# For telling languages apart only: a word of two languages tells nothing.
_TELLING = {
    language: words - frozenset().union(*(w for o, w in _STOP_WORDS.items() if o != language))
    for language, words in _STOP_WORDS.items()
}
FEW_WORDS = 8
_LOOKED_AT = 400  # words; the language of a text is clear by then


def guess_language(text: str) -> str:
    """One of the seven languages known here; English where nothing tells another."""
    return _guess(text[: _LOOKED_AT * 8])


# A check of an answer asks it of the same few texts again and again.
@lru_cache(maxsize=64)
def _guess(beginning: str) -> str:
    words = [match[0].casefold() for match in _TOKEN.finditer(beginning)]
    counts = {lang: sum(word in telling for word in words) for lang, telling in _TELLING.items()}
    return max(counts, key=lambda language: (counts[language], language == "en"))


def told_language(text: str) -> str | None:
    """The language that a text's own words tell, of the seven known here; None where they tell
    none: a name, a number, three words that could be of any, or another language."""
    words = [match[0].casefold() for match in _TOKEN.finditer(text[: _LOOKED_AT * 8])]
    counts = {lang: sum(word in telling for word in words) for lang, telling in _TELLING.items()}
    first, second = sorted(counts.values(), reverse=True)[:2]
    if first == 0 or first == second or not _mostly_latin(text):
        return None
    best = max(counts, key=lambda language: counts[language])
    return best if first >= 2 or len(words) <= FEW_WORDS else None


def same_language(text: str, other: str) -> bool:
    """Whether words of the one can be looked for in the other: same language, same script."""
    if _mostly_latin(text) != _mostly_latin(other):
        return False
    return not _mostly_latin(text) or guess_language(text) == guess_language(other)


def _mostly_latin(text: str) -> bool:
    return _latin(text[: _LOOKED_AT * 8])


@lru_cache(maxsize=64)
def _latin(beginning: str) -> bool:
    letters = [char for char in beginning if char.isalpha()]
    return sum(char < "\u0250" for char in letters) * 2 >= len(letters)


@lru_cache(maxsize=50_000)
def _stem(word: str, language: str) -> str:
    # The stemmer object is not safe for threads, and costs little to make.
    stemmed: str = snowballstemmer.stemmer(_STEMMERS[language]).stemWord(word)
    return stemmed


def terms(text: str, language: str = "en") -> list[str]:
    """The stemmed words that say something, in order, repeated as they are.

    Texts without spaces between words give pairs of characters.
    """
    found: list[str] = []
    for match in _TOKEN.finditer(text.replace("’", "'")):
        word = match[0].casefold()
        if _HAN_OR_KANA.search(word):
            found.extend(_pairs(word))
        elif word not in _SILENT and (len(word) > 1 or word.isdigit()):
            found.append(_stem(word, language))
    return found


def _pairs(word: str) -> Iterable[str]:
    for run in _HAN_OR_KANA.findall(word):
        yield from ([run] if len(run) == 1 else map("".join, zip(run, run[1:], strict=False)))


_NAME = re.compile(r"(?<![.!?:]\s)(?<!\A)\b[^\W\d_][^\W_]*(?:[-/][^\W_]+)*")


def telling_names(text: str) -> set[str]:
    """Acronyms, numbers and capitalised words inside sentences, casefolded ("iso", "27001")."""
    names = {m[0].casefold() for m in re.finditer(r"\b\w*\d[\w.]*\w\b|\b\d\b", text)}
    names |= {m[0].casefold() for m in re.finditer(r"\b[A-Z]{2,}\w*\b|\b\w+[A-Z]\w*\b", text)}
    if guess_language(text) != "de":  # where every noun has a capital letter
        names |= {m[0].casefold() for m in _NAME.finditer(text) if m[0][0].isupper()}
    return {name for name in names if name not in _SILENT}
