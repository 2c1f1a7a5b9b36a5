"""What the numbers of questions look like."""

import re


def number_shape(number: str) -> str:
    """ "GNRL-01" and "COMP-12" have the same shape "a-0"."""
    letters = re.sub(r"[^\W\d_]+", "a", number.strip())
    return re.sub(r"\d+", "0", letters)


def number_kind(number: str) -> str:
    """ "digit" for 1 or 2.3, "letter" for a or iv; other numbers have no kind."""
    plain = number.strip(" .():")
    if plain.replace(".", "").isdigit():
        return "digit"
    return "letter" if plain.isalpha() and len(plain) <= 4 else ""
