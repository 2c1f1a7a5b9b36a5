"""Which way a line is read."""

import unicodedata


def is_leftwards(line: str) -> bool:
    """From right to left, as its first letter is."""
    kinds = (unicodedata.bidirectional(character) for character in line)
    return next((kind in ("R", "AL") for kind in kinds if kind in ("L", "R", "AL")), False)
