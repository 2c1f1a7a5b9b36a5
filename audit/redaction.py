"""Takes secrets out of what is written down: the audit log's details, and log lines."""

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "[hidden]"
#: Names of values that are never written down.
SECRET_NAMES = re.compile(
    r"pass(word|phrase|wd)|secret|token|api_?key|private_?key|authorization|cookie|credential"
    r"|session_?key|recovery|otp",
    re.IGNORECASE,
)
#: What looks like a secret wherever it stands. The first group, if any, is kept.
SECRET_TEXTS = (
    re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/@]+@", re.IGNORECASE),
    re.compile(r"(\b(?:bearer|basic|token)\s+)[\w.~+/=-]{8,}", re.IGNORECASE),
    re.compile(
        r"((?:password|passwd|secret|token|api[_-]?key|authorization)[\"']?\s*[=:]\s*[\"']?)"
        r"[^\s\"',;&]{4,}",
        re.IGNORECASE,
    ),
    re.compile(r"()\b(?:sk|pk|rk)[-_][\w-]{8,}"),
    re.compile(r"()\b(?:ghp|gho|ghs|ghu|github_pat|glpat|xox[abprs]|hf)[-_][\w-]{10,}"),
    re.compile(r"()\b(?:(?:AKIA|ASIA)[A-Z0-9]{16}\b|AIza[\w-]{30,})"),
    re.compile(r"()\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    # Links of invitations and of new passwords carry their secret in the path.
    re.compile(r"(/(?:join|password/new|account/email/confirm)/)[^\s/?#]+"),
    re.compile(r"()-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)", re.DOTALL),
)
MAX_TEXT = 1000
MAX_ITEMS = 100
MAX_DEPTH = 6


def redact_text(text: str) -> str:
    """`text` with everything hidden that looks like a key, a token or a password."""
    for pattern in SECRET_TEXTS:
        text = pattern.sub(lambda found: (found.group(1) or "") + HIDDEN, text)
    return text


def redact(value: Any, depth: int = 0) -> Any:
    """`value` as JSON can hold it, small and without secrets."""
    if value is None or isinstance(value, bool | int):
        return value
    if depth > MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        return {
            plain(str(name), 100): HIDDEN if _hides(name, item) else redact(item, depth + 1)
            for name, item in list(value.items())[:MAX_ITEMS]
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item, depth + 1) for item in list(value)[:MAX_ITEMS]]
    return plain(redact_text(str(value)), MAX_TEXT)


def plain(text: str, longest: int) -> str:
    """One line without what a terminal, a log reader or PostgreSQL stumbles over; bidirectional
    controls too, for they make a name look like another."""
    shown = "".join(sign if sign.isprintable() else _written_out(sign) for sign in text[:longest])
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _written_out(sign: str) -> str:
    """Surrogates too are not printable, so what is left can be encoded."""
    return " " if sign in "\n\r\t\u00a0" else f"\\u{ord(sign):04x}"


def _hides(name: object, item: object) -> bool:
    """Whether something was set is no secret; numbers of tokens are none either."""
    if item is None or isinstance(item, bool | int):
        return False
    return bool(SECRET_NAMES.search(str(name)))
