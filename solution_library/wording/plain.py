"""One spelling for what looks the same: wide letters, ligatures, dashes, digits, marks."""

import re
import unicodedata

#: So much of one passage is looked at; passages are far shorter.
MAX_CHARACTERS = 200_000
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
#: Soft hyphens and joiners stand inside words and are not seen.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\u0640]")
_FOREIGN_DIGIT = re.compile(r"[^\W\D0-9]")
_LETTERS = "".join(map(chr, [*range(0xC0, 0x250), *range(0x1E00, 0x2000), *range(0x370, 0x400)]))
#: Letters that have no parts, and are typed without their stroke or tail where it is missing on
#: the keyboard. й is a letter of its own, ё is not.
_BY_HAND = {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "ŧ": "t", "ё": "е"}


def plain(text: str) -> str:
    """`text` in the one spelling that passages and queries are compared in."""
    cleaned = text[:MAX_CHARACTERS].replace("\x00", " ")
    if cleaned.isascii():
        return cleaned
    cleaned = unicodedata.normalize("NFKC", cleaned)
    cleaned = _DASHES.sub("-", _UNSEEN.sub("", cleaned))
    return _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.digit(digit[0])), cleaned)


def _bases() -> dict[str, str]:
    found = dict(_BY_HAND)
    for letter in _LETTERS.lower():
        base = unicodedata.normalize("NFD", letter)[0]
        if base != letter and base.isalpha():
            found[letter] = base
    return found


#: Small letters with a mark, and the letter without it.
BASES = _bases()


def marked_letters(text: str) -> str:
    """The small letters of `text` that have a mark, each once."""
    return "" if text.isascii() else "".join(sorted(set(text.lower()) & BASES.keys()))


def without_marks(letters: str) -> str:
    return "".join(BASES.get(letter, letter) for letter in letters)
