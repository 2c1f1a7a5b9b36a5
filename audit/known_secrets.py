"""Recognises secrets that this process has seen, whatever they look like, in what is written down.

Only fingerprints are kept, so that no list of keys in clear lies in memory. Those of the settings
are learned at the start, those of LLM APIs and sources when they are decrypted.
"""

import hashlib
import re
from itertools import chain
from threading import Lock

from audit.redaction import HIDDEN, redact_text

#: Shorter ones are too often a word of a sentence.
SHORTEST = 8
#: So many, and the oldest are forgotten: a process that runs for months meets rotated keys.
MOST = 5000
RUN = re.compile(r"[^\s\"'<>(){}\[\],;]{8,}")
PIECES = re.compile(r"[=:/@&?|]+")


class KnownSecrets:
    """Fingerprints of secrets. Every method may be called by any thread."""

    def __init__(self) -> None:
        self._prints: dict[bytes, None] = {}
        self._lock = Lock()

    def learn(self, secret: str) -> None:
        """From now on `secret` is hidden wherever it stands as a word of its own."""
        text = secret.strip()
        if len(text) < SHORTEST:
            return
        with self._lock:
            self._prints[_print(text)] = None
            if len(self._prints) > MOST:
                del self._prints[next(iter(self._prints))]

    def hide(self, text: str) -> str:
        if not self._prints:
            return text
        return RUN.sub(lambda run: self._hidden(run[0]), text)

    def _hidden(self, run: str) -> str:
        """A run of signs without spaces: all of it, or a part between signs that divide."""
        for part in chain((run, run.strip(".:!?…")), PIECES.split(run)):
            if len(part) >= SHORTEST and _print(part) in self._prints:
                run = run.replace(part, HIDDEN)
        return run


def _print(text: str) -> bytes:
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=16).digest()


KNOWN = KnownSecrets()


def without_secrets(text: str) -> str:
    """`text` without what looks like a secret, and without the secrets that are known."""
    return redact_text(KNOWN.hide(text))
