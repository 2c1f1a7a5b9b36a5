"""Numbers as a spreadsheet shows them: 0.9995 with the format "0.00%" is "99.95%".

Two things differ on purpose. Dates in the format "the short date of this computer" are written
as 2026-03-05, which means the same everywhere. Colours and padding are left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from functools import lru_cache

_ISO_DATE, _ISO_TIME = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "$#,##0", 6: "$#,##0", 7: "$#,##0.00",
    8: "$#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: _ISO_DATE, 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: _ISO_TIME, 37: "#,##0;(#,##0)",
    38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)", 45: "mm:ss",
    46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
# Quoted text, an escaped character, a space or filler as wide as a character, a bracket, the
# parts of a date, a number with its places, or any other character as it stands.
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<wide>.)|\*(?P<filler>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General)|(?P<half>AM/PM|A/P)|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?|g+|e+)"
    r"|(?P<number>[0#?][0#?,.]*(?:[eE][+-][0#?]+)?(?: ?[0#?]*/[0-9#?]+)?)|(?P<other>.)",
    re.I | re.S,
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SIMPLE = re.compile(r"(#,##)?0(?:\.(0{1,8}))?( ?%|)")
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_LONGEST_CODE = 255
_MOST_DIGITS = 40
_FEW_DIGITS = 12

Token = tuple[str, str]


def shown(raw: str, code: str, *, since_1904: bool = False) -> str:
    """A cell's stored value as its format shows it; text and damaged numbers stay as they are."""
    try:
        value = Decimal(raw)
    except InvalidOperation:
        return raw
    if not value.is_finite():
        return raw
    if code in ("", "General"):
        return general(value)
    if (simple := _simple(code)) and value.adjusted() < _FEW_DIGITS:
        return simple.shown(value)
    if abs(value.adjusted()) > _MOST_DIGITS:
        return general(value)
    with localcontext(prec=4 * _MOST_DIGITS):
        return _formatted(value, code, since_1904)


def _formatted(value: Decimal, code: str, since_1904: bool) -> str:
    tokens, is_negative_handled = _section(code[:_LONGEST_CODE], value)
    kinds = {kind for kind, _ in tokens}
    if "date" in kinds:
        return _as_date(value, tokens, since_1904) or general(value)
    if is_negative_handled:
        value = abs(value)
    if "number" in kinds:
        return _as_number(value, tokens)
    if "general" in kinds or not tokens or ("other", "@") in tokens:
        return _literal(tokens, general(value))
    return _literal(tokens, "").strip() or general(value)


@dataclass(frozen=True, slots=True)
class _Simple:
    """A format like "#,##0.00%", as nearly all numbers have: no need to take it apart anew."""

    step: Decimal
    pattern: str
    percent: str

    def shown(self, value: Decimal) -> str:
        if self.percent:
            value = value.scaleb(2)
        rounded = value.quantize(self.step, ROUND_HALF_UP)
        return format(rounded if rounded else abs(rounded), self.pattern) + self.percent


@lru_cache(maxsize=512)
def _simple(code: str) -> _Simple | None:
    found = _SIMPLE.fullmatch(code)
    if not found:
        return None
    grouped, decimals, percent = found.groups()
    step = Decimal(1).scaleb(-len(decimals or ""))
    return _Simple(step, ",f" if grouped else "f", percent)


def general(value: Decimal) -> str:
    """As without any format: 2.1000000000000001 is 2.1, and 3.0 is 3."""
    number = float(value)
    if abs(number) == float("inf"):
        return str(value)
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return f"{number:.15g}"


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[tuple[Token, ...], ...]:
    sections: list[list[Token]] = [[]]
    for found in _TOKEN.finditer(code):
        kind = str(found.lastgroup)
        if kind == "other" and found.group() == ";":
            sections.append([])
        else:
            sections[-1].append((kind, found.group(kind)))
    return tuple(tuple(_with_minutes(section)) for section in sections)


def _with_minutes(tokens: list[Token]) -> Iterator[Token]:
    """m is minutes after hours and before seconds, and months everywhere else."""
    dates = [place for place, (kind, text) in enumerate(tokens) if _is_time(kind, text)]
    for place, (kind, text) in enumerate(tokens):
        if kind == "date" and text[0] in "mM" and place in dates and len(text) < 3:
            at = dates.index(place)
            before = tokens[dates[at - 1]][1] if at else ""
            after = tokens[dates[at + 1]][1] if at + 1 < len(dates) else ""
            if before[:1] in tuple("hH") or after[:1] in tuple("sS"):
                yield "date", "n" * len(text)
                continue
        yield kind, text


def _is_time(kind: str, text: str) -> bool:
    return kind == "date" or (kind == "bracket" and set(text.lower()) in ({"h"}, {"m"}, {"s"}))


def _section(code: str, value: Decimal) -> tuple[list[Token], bool]:
    """The part of the format for this value, and whether it writes a minus in its own way."""
    sections = _sections(code)
    for place, section in enumerate(sections[:3]):
        for kind, text in section:
            if kind == "bracket" and (found := _CONDITION.fullmatch(text)):
                if _holds(value, found.group(1), Decimal(found.group(2))):
                    return _prepared(section), place > 0
                break
    if any(kind == "bracket" and _CONDITION.fullmatch(text) for kind, text in sections[0]):
        return _prepared(sections[min(1, len(sections) - 1)]), False
    if value < 0 and len(sections) > 1:
        return _prepared(sections[1]), True
    if value == 0 and len(sections) > 2:
        return _prepared(sections[2]), False
    return _prepared(sections[0]), False


def _holds(value: Decimal, sign: str, bound: Decimal) -> bool:
    return {
        "<": value < bound, ">": value > bound, "<=": value <= bound, ">=": value >= bound,
        "=": value == bound, "<>": value != bound,
    }[sign]  # fmt: skip


def _prepared(section: tuple[Token, ...]) -> list[Token]:
    """Without colours and padding; a currency's sign and hours past 24 come out of brackets."""
    tokens: list[Token] = []
    for kind, text in section:
        if kind == "bracket" and text.startswith("$"):
            tokens.append(("quoted", text[1:].partition("-")[0]))
        elif kind == "bracket" and _is_time(kind, text):
            tokens.append(("date", f"[{text.lower()}]"))
        elif kind == "half":
            tokens.append(("date", "AM/PM"))
        elif kind == "wide":
            tokens.append(("quoted", " "))
        elif kind not in ("bracket", "filler"):
            tokens.append((kind, text))
    return tokens


def _literal(tokens: list[Token], value: str) -> str:
    parts = [
        value if kind in ("number", "general") or (kind, text) == ("other", "@") else text
        for kind, text in tokens
    ]
    if value and value not in parts:
        parts.append(value)
    return " ".join("".join(parts).split())


def _as_number(value: Decimal, tokens: list[Token]) -> str:
    """The first place for digits takes the number; others, as in "000-0000", share its digits."""
    percents = sum(text == "%" for kind, text in tokens if kind == "other")
    value = value.scaleb(2 * percents)
    codes = [text for kind, text in tokens if kind == "number"]
    if len(codes) > 1:
        return _grouped(value, tokens, codes)
    sign = "-" if value < 0 else ""
    digits = _digits(abs(value), codes[0])
    if sign and not any(mark in digits for mark in "123456789"):
        sign = ""
    return sign + _literal(tokens, digits)


def _grouped(value: Decimal, tokens: list[Token], codes: list[str]) -> str:
    """ "(000) 000-0000": telephone and part numbers, filled from the right."""
    digits = str(abs(int(value.to_integral_value(ROUND_HALF_UP))))
    widths = [len(code) for code in codes]
    digits = digits.rjust(sum(widths), "0")
    pieces = [digits[: len(digits) - sum(widths[1:])]]
    rest = digits[len(pieces[0]) :]
    for width in widths[1:]:
        pieces.append(rest[:width])
        rest = rest[width:]
    filled = iter(pieces)
    parts = (next(filled) if kind == "number" else text for kind, text in tokens)
    return ("-" if value < 0 else "") + " ".join("".join(parts).split())


def _digits(value: Decimal, code: str) -> str:
    if "/" in code:
        return _fraction(value, code)
    if "e" in code.lower():
        places = _places(code.lower().partition("e")[0])
        mantissa, _, exponent = f"{value:.{places}E}".partition("E")
        width = len(code.rpartition("+")[2].rpartition("-")[2])
        return f"{mantissa}E{exponent[0]}{exponent[1:].rjust(width, '0')}"
    stem = code.rstrip(",")
    value = value.scaleb(-3 * (len(code) - len(stem)))  # each comma at the end: in thousands
    whole, _, decimals = stem.partition(".")
    places = _places(stem)
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{rounded:,f}" if "," in whole else f"{rounded:f}"
    digits, _, behind = text.partition(".")
    wanted = whole.count("0")
    if digits == "0" and wanted == 0:
        digits = ""
    digits = digits.rjust(wanted, "0")
    while behind and decimals[len(behind) - 1 : len(behind)] in ("#", "?") and behind[-1] == "0":
        behind = behind[:-1]
    return f"{digits}.{behind}" if behind else digits


def _places(code: str) -> int:
    return min(sum(mark in "0#?" for mark in code.partition(".")[2]), 30)


def _fraction(value: Decimal, code: str) -> str:
    from fractions import Fraction

    below = code.rpartition("/")[2]
    fixed = int(below) if below.isdecimal() and int(below) else 0
    if fixed:
        part = Fraction(round(Fraction(value) * fixed), fixed)
    else:
        part = Fraction(value).limit_denominator(10 ** min(len(below), 4) - 1)
    whole, rest = divmod(part, 1)
    if not rest:
        return str(whole)
    top = f"{rest.numerator * fixed // rest.denominator}/{fixed}" if fixed else str(rest)
    return f"{whole} {top}" if whole else top


def _as_date(value: Decimal, tokens: list[Token], since_1904: bool) -> str:
    """Nothing for what is no date: negative, or after the year 9999."""
    if not 0 <= value < 2_958_466:
        return ""
    moment = _moment(value, tokens, since_1904)
    half = ("date", "AM/PM") in tokens
    parts = [
        _date_part(moment, text, value, half) if kind == "date" else text
        for kind, text in tokens
        if kind != "number"
    ]
    return " ".join("".join(parts).split())


def _moment(value: Decimal, tokens: list[Token], since_1904: bool) -> datetime:
    # The program's 29 February 1900, which never was, moves all days before it by one.
    first = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30 + (value < 60))
    seconds = value * 86_400
    exact = any(kind == "date" and text[0] in "sS" and "." in text for kind, text in tokens)
    return first + timedelta(seconds=float(seconds if exact else round(seconds)))


def _date_part(moment: datetime, code: str, value: Decimal, half: bool) -> str:
    lower = code.lower()
    if lower.startswith("["):
        unit = {"h": 3600, "m": 60, "s": 1}[lower[1]]
        return str(int(round(value * 86_400)) // unit).rjust(len(lower) - 2, "0")
    if lower == "am/pm":
        return "AM" if moment.hour < 12 else "PM"
    if lower[0] == "s" and "." in lower:
        places = len(lower.partition(".")[2])
        return f"{moment.second + moment.microsecond / 1e6:0{3 + places}.{places}f}"
    hour = (moment.hour % 12 or 12) if half else moment.hour
    width = len(lower)
    match lower[0]:
        case "y" | "e":
            is_long = width > 2 or lower[0] == "e"
            return f"{moment.year:04d}" if is_long else f"{moment.year % 100:02d}"
        case "m":
            return _name(_MONTHS[moment.month - 1], moment.month, width)
        case "d":
            return _name(_DAYS[moment.weekday()], moment.day, width)
        case "h":
            return str(hour).rjust(width, "0")
        case "n":
            return str(moment.minute).rjust(width, "0")
        case "s":
            return str(moment.second).rjust(width, "0")
    return ""


def _name(name: str, number: int, width: int) -> str:
    if width == 5 and name in _MONTHS:
        return name[0]
    return str(number).rjust(width, "0") if width < 3 else name[:3] if width == 3 else name
