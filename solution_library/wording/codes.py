"""Codes: names with numbers, versions, shares, addresses and sections, each in one spelling.

“AES-256”, “AES 256” and “aes256” are one code, “TLS 1.2” and “TLS 1.3” are two. A code is a lexeme
of its own beside the words and numbers that it is made of, so that a passage with the very code
comes before one that has its parts somewhere. It begins with `#`, which no word does.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv6Address

from solution_library.wording.plain import plain

MARK = "#"
#: More is a table of part numbers; each code in it is still found by its words and numbers.
MAX_CODES = 400
MAX_LENGTH = 60

_NUMBER = r"\d+(?:[.,]\d+)*"
#: Letters, a number, and what hangs on it: ISO/IEC 27001:2022, CVE-2024-3094, AES-256-GCM, TLSv1.2
_NAMED = re.compile(
    r"(?<![^\W_])(?P<names>[^\W\d_]{1,12}(?:/[^\W\d_]{1,12}){0,3})(?P<gap>[-_ /]?)v?"
    rf"(?P<number>{_NUMBER})(?P<rest>(?:[-:/_]?[^\W_]{{1,20}}){{0,4}})"
)
_REST = re.compile(r"([-:/_]?)([^\W_]+)")
_RANKED = re.compile(
    r"\b(type|level|class|tier|phase|stage|part|annex|title|category|appendix|chapter|typ|stufe|"
    r"klasse|anhang|kapitel|teil|type|niveau|partie|annexe|tipo|nivel|livello|parte)\s+"
    r"([ivx]{1,5})\b",
    re.IGNORECASE,
)
_SHARE = re.compile(
    rf"(?<![\w.,])({_NUMBER})\s?(?:%|‰|percent\b|per cent\b|prozent\b|pour ?cent\b|por ciento\b|"
    r"por cento\b|per cento\b|procent\b)",
    re.IGNORECASE,
)
_SIZE = re.compile(
    rf"(?<![\w.,])({_NUMBER})[-\s]?(bits?|bytes?|[kmgtp]i?b(?:ps|/s|it/s|it)?|[kmg]?hz|ms)\b",
    re.IGNORECASE,
)
_SECTION = re.compile(r"§+\s?(\d+[a-z]?(?:\.\d+[a-z]?)*)", re.IGNORECASE)
_DOTTED = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+){2,5})(/\d{1,3})?(?![\w])", re.IGNORECASE)
_ADDRESS6 = re.compile(r"(?<![\w:])([0-9a-f:]{3,39})(/\d{1,3})?(?![\w:])")
_ROUND = re.compile(r"(?<![\w/.])(\d{1,4})\s?[x×/]\s?(\d{1,4})(?:\s?[x×/]\s?(\d{1,4}))?(?![\w/])")
_NUMBERS = re.compile(r"(?<![\w.-])(\d{2,6})-(\d{1,6})(?![\w-])")
_SIGNED = re.compile(r"(?<![\w+#])([a-z])(\+\+|#)(?![\w+#])|(?<![\w.])(\.net)\b", re.IGNORECASE)
_JOINED = re.compile(r"(?<![\w.])[^\W_]+(?:[_.][^\W_]+)+(?![\w])")
_VERSION = re.compile(r"[^\W\d_]*[\d.]+")
#: A number after one of these is no code, only a number.
_FUNCTION_WORDS = """a about above after all also an and are as at be before below between but by can does each
    every for from had has have if in into is it least less more most no not of on only or other
    over per since so than that the their then these they this to under until up was we were when
    with within without you
    alle am an auf aus bei bis das dem den der des die durch ein eine für im in ist mit nach nur
    oder seit sich sie sind um und unter vom von vor wir zu zum zur über
    au aux avant ce ces dans de des depuis du en est et il la le les ou par pas plus pour que qui
    sans sont sous sur un une al como con cuando del desde el entre es están hasta las los más o
    para por se sin son su sus y a ai al che col con da dal dei del della di e gli il la le lo nel
    ogni per più su tra un uno com da das do dos e em entre mais na não no nos os ou pela por sem
    het een en van voor met op te tot uit bij de om"""
_NO_NAMES = frozenset(_FUNCTION_WORDS.split())
_ROMAN = {"i": 1, "v": 5, "x": 10}


def codes(text: str) -> list[str]:
    """The codes in `text`, each as often as it stands there, as lexemes."""
    found: list[str] = []
    for code in _all_in(plain(text).casefold()):
        if len(code) <= MAX_LENGTH:
            found.append(MARK + code)
        if len(found) == MAX_CODES:
            break
    return found


def _all_in(text: str) -> Iterator[str]:
    for match in _NAMED.finditer(text):
        yield from _named(match)
    for match in _RANKED.finditer(text):
        yield f"{match[1]}{_roman(match[2])}"
    for match in _SHARE.finditer(text):
        yield _decimal(match[1]) + "%"
    for match in _SIZE.finditer(text):
        yield _decimal(match[1]) + match[2].removesuffix("s" if match[2] != "ms" else "")
    for match in _SECTION.finditer(text):
        yield "§" + match[1]
    for match in _DOTTED.finditer(text):
        yield from (match[1], match[1] + match[2]) if match[2] else (match[1],)
    yield from _addresses(text)
    yield from _plain_shapes(text)


def _addresses(text: str) -> Iterator[str]:
    for match in _ADDRESS6.finditer(text):
        if match[1].count(":") < 2:
            continue
        with suppress(ValueError):
            address = IPv6Address(match[1]).compressed
            yield address
            if match[2]:
                yield address + match[2]


def _plain_shapes(text: str) -> Iterator[str]:
    for match in _ROUND.finditer(text):
        yield f"{match[1]}/{match[2]}"
        if match[3]:
            yield f"{match[1]}/{match[2]}/{match[3]}"
    for match in _NUMBERS.finditer(text):
        yield f"{match[1]}-{match[2]}"
    for match in _SIGNED.finditer(text):
        yield match[0]
    for match in _JOINED.finditer(text):
        if not _VERSION.fullmatch(match[0]):
            yield match[0].replace("_", ".")


def _named(match: re.Match[str]) -> Iterator[str]:
    """The code up to each of its parts: iso27001 and iso27001:2022, of each name before it."""
    number = match["number"].replace(",", ".")
    for name in match["names"].split("/"):
        if match["gap"] == " " and name in _NO_NAMES:
            continue
        code = name.removesuffix("v") if match["gap"] == "" and len(name) > 2 else name
        code += number
        yield code
        for joiner, part in _REST.findall(match["rest"]):
            # Letters go on without a sign (aes256gcm); between two numbers one is needed.
            code += (":" if joiner == ":" else "-") + part if part[0].isdigit() else part
            yield code


def _decimal(number: str) -> str:
    """99,95 and 99.950 are 99.95, but 1,000 is a thousand."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", number):
        return number.replace(",", "")
    whole, point, rest = number.replace(",", ".").partition(".")
    if not point or "." in rest:
        return whole + point + rest
    return f"{whole}.{rest}".rstrip("0").rstrip(".")


def _roman(letters: str) -> int:
    values = [_ROMAN[letter] for letter in letters.casefold()]
    after = [*values[1:], 0]
    return sum(-a if a < b else a for a, b in zip(values, after, strict=True))
