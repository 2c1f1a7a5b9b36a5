"""Prepares text for keyword search, the same way for passages and for queries."""

import re

from llm_manager.providers.builtin.words import guess_language

CONFIGURATIONS = {
    "en": "english",
    "de": "german",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "pt": "portuguese",
    "nl": "dutch",
}
# PostgreSQL reads "AES-256" as "aes" and the number -256, and "a/b" as a path: codes must come
# apart the same way wherever they stand.
JOINERS = re.compile(r"(?<=\w)[-‐‑–_/:\\@#+](?=\w)")
LOOSE_DOTS = re.compile(r"(?<=\w)\.(?=[^\W\d])|(?<=[^\W\d])\.(?=\w)")
WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+")
MAX_CHARACTERS = 200_000


def lexical_text(text: str) -> str:
    """`text` with compound codes split and scripts without spaces cut into pairs."""
    cleaned = text[:MAX_CHARACTERS].replace("\x00", " ")
    cleaned = LOOSE_DOTS.sub(" ", JOINERS.sub(" ", cleaned))
    return WITHOUT_SPACES.sub(lambda found: _pairs(found[0]), cleaned)


def _pairs(run: str) -> str:
    pairs = [run[i : i + 2] for i in range(max(1, len(run) - 1))]
    return " " + " ".join(pairs) + " "


def configuration_for(text: str) -> str:
    """The PostgreSQL text search configuration of the language that `text` seems to be in."""
    return CONFIGURATIONS.get(guess_language(text), "english")
