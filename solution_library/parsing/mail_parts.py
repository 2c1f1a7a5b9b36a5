"""Takes an e-mail apart: what it says itself, and what is attached to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import HeaderParseError, MessageError
from email.header import decode_header, make_header
from email.message import Message

from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.text import clean, decode, squeeze

_MOST_PARTS = 1_000
_DEEPEST = 20
_ENCRYPTED = frozenset(("multipart/encrypted", "application/pgp-encrypted"))
_SIGNATURES = frozenset(
    ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
)


@dataclass(frozen=True, slots=True)
class Body:
    """A text of the message itself."""

    text: str
    is_html: bool


@dataclass(frozen=True, slots=True)
class Attachment:
    """`message`: an attached e-mail, which is taken apart already."""

    name: str
    content: bytes = b""
    message: Message | None = None


@dataclass
class Parts:
    bodies: list[Body] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    pictures: int = 0
    guesses: list[str] = field(default_factory=list)


def header(message: Message, name: str) -> str:
    """A header as people read it; what cannot be decoded is given as it stands."""
    raw = message.get(name)
    if raw is None:
        return ""
    try:
        return squeeze(clean(str(make_header(decode_header(raw)))))
    except (HeaderParseError, LookupError, ValueError):
        return squeeze(clean(str(raw)))


def parts_of(message: Message) -> Parts:
    """Raises ParseRefused for an encrypted message, and for one of parts without end."""
    parts = Parts()
    for count, part in enumerate(_leaves(message, 0)):
        if count >= _MOST_PARTS:
            raise ParseRefused(f"The message has more than {_MOST_PARTS:,} parts.")
        _take(part, parts)
    return parts


def _leaves(message: Message, depth: int) -> Iterator[Message]:
    kind = message.get_content_type()
    if kind in _ENCRYPTED or (kind.endswith("/pkcs7-mime") and "signed" not in _smime(message)):
        raise ParseRefused("The message is encrypted. Save it without encryption and try again.")
    children = message.get_payload()
    if not message.is_multipart() or not isinstance(children, list) or kind == "message/rfc822":
        yield message
        return
    if depth > _DEEPEST:
        raise ParseRefused("The message is nested far more deeply than any real one.")
    nested = [child for child in children if isinstance(child, Message)]
    for child in _preferred(nested) if kind == "multipart/alternative" else nested:
        yield from _leaves(child, depth + 1)


def _smime(message: Message) -> str:
    return str(message.get_param("smime-type") or "")


def _preferred(alternatives: list[Message]) -> list[Message]:
    """The same text in several kinds: the last one is the richest, if we can read it."""
    readable = [part for part in alternatives if _holds_text(part)]
    return readable[-1:] or alternatives


def _holds_text(part: Message) -> bool:
    if part.get_content_type() in ("text/plain", "text/html"):
        return bool(_content(part).strip())
    return any(each.get_content_maintype() == "text" for each in part.walk() if each is not part)


def _take(part: Message, parts: Parts) -> None:
    kind, name = part.get_content_type(), _name(part)
    is_text = kind in ("text/plain", "text/html") and not name
    if is_text and part.get_content_disposition() != "attachment":
        parts.bodies.append(_body(part, kind == "text/html", parts.guesses))
    elif kind == "message/rfc822":
        inner = next((each for each in _inside(part)), None)
        if inner is not None:
            label = name or header(inner, "Subject") or "message"
            parts.attachments.append(Attachment(label, message=inner))
    elif part.get_content_maintype() == "image" and not name:
        parts.pictures += 1
    elif kind not in _SIGNATURES:
        parts.attachments.append(Attachment(name or f"a part of type {kind}", _content(part)))


def _inside(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    for each in payload if isinstance(payload, list) else ():
        if isinstance(each, Message):
            yield each


def _name(part: Message) -> str:
    try:
        raw = part.get_filename()
        return squeeze(clean(str(make_header(decode_header(raw)))))[:200] if raw else ""
    except (MessageError, LookupError, ValueError, TypeError):
        return "attachment"


def _content(part: Message) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        return b""
    return content if isinstance(content, bytes) else b""


def _body(part: Message, is_html: bool, guesses: list[str]) -> Body:
    """In the encoding it states, if that can be true; else it is guessed, and said so."""
    raw = _content(part)
    try:
        stated = part.get_content_charset() or ""
        text = raw.decode(stated)
    except (LookupError, ValueError):
        if not raw.strip():
            return Body("", is_html)
        decoded = decode(raw, declared_inside=is_html)
        guesses += decoded.warnings
        text = decoded.text
    return Body(clean(text), is_html)
