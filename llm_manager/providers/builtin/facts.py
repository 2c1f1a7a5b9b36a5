"""Numbers, dates, versions and names of a sentence, written so that they can be compared."""

import re

from llm_manager.providers.builtin.words import telling_names

_NUMBER = re.compile(r"(?<![\w.])v?\d+(?:[.,:/\-]\d+)*", re.IGNORECASE)
_THOUSANDS = re.compile(r"(?<=\d)[\u00a0\u202f' ](?=\d{3}(?!\d))")
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*\Z")
#: The number of a month by its name, in small letters.
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier enero gennaio janeiro januari",
            "february feb februar février febrero febbraio fevereiro februari",
            "march mar märz mars marzo março maart",
            "april apr avril abril aprile",
            "may mai mayo maggio maio mei",
            "june jun juni juin junio giugno junho",
            "july jul juli juillet julio luglio julho",
            "august aug août agosto augustus",
            "september sep sept septembre septiembre settembre setembro",
            "october oct oktober octobre octubre ottobre outubro",
            "november nov novembre noviembre novembro",
            "december dec dezember décembre diciembre dicembre dezembro december",
        ),
        start=1,
    )
    for name in names.split()
}
_WRITTEN_DATE = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?([^\W\d_]{3,10})\.?,?\s+(?:de\s+)?(\d{4})"
    r"|([^\W\d_]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4}))"
)
_COUNTED = {
    word: str(number)
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
}


def numbers(text: str) -> set[str]:
    """Figures in one spelling: "1,000", "1.000" and "1 000" are 1000, "v2.1" is 2.1."""
    plain = _THOUSANDS.sub("", _with_plain_dates(text))
    return {_one_spelling(match[0]) for match in _NUMBER.finditer(plain)}


def known_numbers(text: str) -> set[str]:
    """The figures a text may be quoted for; small ones count when written as words too."""
    words = {word.casefold() for word in re.findall(r"[^\W\d_]+", text)}
    parts = {part for number in numbers(text) for part in re.split(r"[:/\-]", number)}
    return numbers(text) | parts | {_COUNTED[word] for word in words & _COUNTED.keys()}


def names(text: str) -> set[str]:
    """Acronyms and capitalised words inside the sentence, casefolded; no pure figures."""
    return {name for name in telling_names(text) if not re.fullmatch(r"v?[\d.,]+", name)}


def _one_spelling(number: str) -> str:
    number = number.lstrip("vV")
    if _GROUPED.fullmatch(number):
        return re.sub(r"[.,]", "", number)
    if re.fullmatch(r"\d+,\d+", number):
        number = number.replace(",", ".")
    return re.sub(r"(?<=\.\d)0+\Z|\.0\Z", "", number) if number.count(".") == 1 else number


def _with_plain_dates(text: str) -> str:
    return _WRITTEN_DATE.sub(_plain_date, text)


def _plain_date(match: re.Match[str]) -> str:
    day, month, year = match.group(1, 2, 3) if match[1] else match.group(5, 4, 6)
    number = MONTHS.get(month.casefold())
    return f"{year}-{number:02d}-{int(day):02d}" if number else match[0]
