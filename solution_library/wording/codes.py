"""Codes: names with numbers, versions, shares, addresses and sections, each in one spelling.

“AES-256”, “AES 256” and “aes256” are one code, “TLS 1.2” and “TLS 1.3” are two. A code is a lexeme
of its own beside the words and numbers that it is made of, so that a passage with the very code
comes before one that has its parts somewhere. It begins with `#`, which no word does.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv6Address

MARK = "#"
#: More is a table of part numbers; each code in it is still found by its words and numbers.
MAX_CODES = 400
MAX_LENGTH = 60

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
#: What stands before a number, with or without a sign between: ISO/IEC 27001, AES-256, TLSv1.2
_NAMES = re.compile(r"(?<![^\W_])([^\W\d_]{1,12}(?:/[^\W\d_]{1,12}){0,3})([-_ /]?)v?\Z")
_BEFORE = 56  # characters; longer than any names
#: What hangs on a number: 27001:2022, 2024-3094, 256-GCM
_REST = re.compile(r"(?:[-:/_]?[^\W_]{1,20}){1,4}")
_PART = re.compile(r"([-:/_]?)([^\W_]+)")
_SHARE = re.compile(r"\s?(?:%|‰|(?:percent|per cent|prozent|pour ?cent|por ciento|por cento|"
                    r"per cento|procent)\b)")  # fmt: skip
_SIZE = re.compile(r"[-\s]?(bit|byte|[kmgtp]i?b(?:ps|/s|it/s|it)?|[kmg]?hz|ms)s?\b")
_ROUND = re.compile(r"\s?[x×/]\s?(\d{1,4})(?:\s?[x×/]\s?(\d{1,4}))?(?![\w/])")
_SPAN = re.compile(r"-(\d{1,6})(?![\w-])")
_NET = re.compile(r"/\d{1,3}(?!\w)")
_SECTION = re.compile(r"§\s?(\d+[a-z]?(?:\.\d+[a-z]?){0,9})")
_ROMANS = re.compile(r"\s([ivx]{1,5})\b")
_RANK = re.compile(
    r"\b(type|level|class|tier|phase|stage|part|annex|title|category|appendix|chapter|typ|stufe|"
    r"klasse|anhang|kapitel|teil|niveau|partie|annexe|tipo|nivel|livello|parte)\Z"
)
_ADDRESS6 = re.compile(r"(?<![\w:])([0-9a-f:]{3,39})(/\d{1,3})?(?![\w:])")
_SIGNED = re.compile(r"(?<![\w+#])([a-z])(\+\+|#)(?![\w+#])|(?<![\w.])(\.net)\b")
_JOINED = re.compile(r"[^\W_]+(?:[_.][^\W_]+)+")
_VERSION = re.compile(r"[^\W\d_]*[_.]?[\d.]+")
#: A number after one of these is no code, only a number.
_FUNCTION_WORDS = """
    a about above after all also an and are as at be before below between but by can does each
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
    """The codes in `text`, which is `plain`, each as often as it stands there, as lexemes."""
    found: list[str] = []
    for code in _all_in(text.lower()):
        if len(code) <= MAX_LENGTH:
            found.append(MARK + code)
        if len(found) == MAX_CODES:
            break
    return found


def _all_in(text: str) -> Iterator[str]:
    for number in _NUMBER.finditer(text):
        yield from _with_number(text, number)
    for match in _ROMANS.finditer(text):
        rank = _RANK.search(text[max(0, match.start() - 12) : match.start()])
        if rank:
            yield f"{rank[1]}{_roman(match[1])}"
    if "§" in text:
        yield from ("§" + match[1] for match in _SECTION.finditer(text))
    if text.count(":") > 1:
        yield from _addresses(text)
    if "#" in text or "++" in text or ".net" in text:
        yield from (match[0] for match in _SIGNED.finditer(text))
    for word in text.split():
        if "_" in word or "." in word[:-1]:
            yield from _joined(word)


def _joined(word: str) -> Iterator[str]:
    for match in _JOINED.finditer(word):
        if not _VERSION.fullmatch(match[0]):
            yield match[0].replace("_", ".")


def _with_number(text: str, number: re.Match[str]) -> Iterator[str]:
    """The codes that a number is part of."""
    start, end = number.span()
    names = _NAMES.search(text[max(0, start - _BEFORE) : start])
    if names:
        yield from _named(names, number[0], _REST.match(text, end))
    if start and (text[start - 1].isalnum() or text[start - 1] in "_.,/-"):
        is_first = text[start - 1] == "v" and not text[max(0, start - 2) : start - 1].isalnum()
        if not is_first:
            return
    yield from _alone(text, number)


def _alone(text: str, number: re.Match[str]) -> Iterator[str]:
    """The codes that begin with a number."""
    start, end = number.span()
    if _SHARE.match(text, end):
        yield _decimal(number[0]) + "%"
    elif size := _SIZE.match(text, end):
        yield _decimal(number[0]) + size[1]
    if 2 <= number[0].count(".") <= 5 and "," not in number[0]:
        net = _NET.match(text, end)
        yield number[0]
        yield from [number[0] + net[0]] if net else []
    elif round_the_clock := _ROUND.match(text, end):
        first, second = number[0], round_the_clock[1]
        yield f"{first}/{second}"
        yield from [f"{first}/{second}/{round_the_clock[2]}"] if round_the_clock[2] else []
    elif end - start > 1 and (span := _SPAN.match(text, end)):
        yield f"{number[0]}-{span[1]}"


def _addresses(text: str) -> Iterator[str]:
    for match in _ADDRESS6.finditer(text):
        if match[1].count(":") < 2:
            continue
        with suppress(ValueError):
            address = IPv6Address(match[1]).compressed
            yield address
            if match[2]:
                yield address + match[2]


def _named(names: re.Match[str], number: str, rest: re.Match[str] | None) -> Iterator[str]:
    """The code up to each of its parts: iso27001 and iso27001:2022, of each name before it."""
    for name in names[1].split("/"):
        if names[2] == " " and name in _NO_NAMES:
            continue
        code = name.removesuffix("v") if names[2] == "" and len(name) > 2 else name
        code += number.replace(",", ".")
        yield code
        for joiner, part in _PART.findall(rest[0]) if rest else ():
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
