"""E-mails: who wrote what to whom, and the attachments that are documents themselves."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.formats import html, txt
from solution_library.parsing.readable import InMemory, Readable
from solution_library.parsing.text import decode
from solution_library.parsing.titles import title_of
from solution_library.parsing.types import Block, ParsedDocument

if TYPE_CHECKING:
    from email.message import Message

    from solution_library.parsing.mail_parts import Attachment, Body

_SHOWN = ("From", "To", "Cc", "Date")
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_MOST_READ = 20
_MOST_BYTES = 50 * 1024 * 1024
_MOST_LISTED = 20


def parse(path: Readable, filename: str) -> ParsedDocument:
    message = _message(path.read_bytes())
    mail = _Mail()
    mail.read(message, level=1, may_open=True)
    return ParsedDocument(
        title=title_of([], filename, stated=mail.subject),
        media_type="message/rfc822",
        blocks=mail.blocks,
        warnings=mail.warnings(),
    )


def _message(content: bytes) -> "Message":
    # The default policy of the library raises on headers that are everyday spam; this doesn't.
    from email import message_from_bytes

    if content.startswith(_WIDE) or b"\0" in content[:200]:  # saved as text by some programs
        content = decode(content).text.encode("utf-8", "replace")
    return message_from_bytes(content)


@dataclass
class _Mail:
    blocks: list[Block] = field(default_factory=list)
    subject: str = ""
    _read: int = 0
    _bytes: int = 0
    _listed: list[str] = field(default_factory=list)
    _notes: list[str] = field(default_factory=list)

    def read(self, message: "Message", *, level: int, may_open: bool) -> None:
        """`may_open`: attachments are read; those of an attached e-mail are only named."""
        from solution_library.parsing.mail_parts import header, parts_of

        subject = header(message, "Subject")
        self.subject = self.subject or subject
        self._add([Block("heading", subject, level)] if subject else [])
        lines = [f"{name}: {value}" for name in _SHOWN if (value := header(message, name))]
        self._add([Block("table", "\n".join(lines))] if lines else [])
        parts = parts_of(message)
        for body in parts.bodies:
            self._add(_lowered(_body_blocks(body), level))
        self._notes += parts.guesses
        if parts.pictures:
            self._notes.append(f"Pictures in the message were left out: {parts.pictures}.")
        for attachment in parts.attachments:
            self._attach(attachment, level, may_open)

    def _add(self, blocks: list[Block]) -> None:
        self.blocks += blocks

    def _attach(self, attachment: "Attachment", level: int, may_open: bool) -> None:
        name = attachment.name
        if not may_open:
            self._listed.append(f"“{name}” (not read: it is inside an attached message)")
            return
        heading = Block("heading", f"Attachment: {name}", level + 1)
        before = len(self.blocks)
        self._add([heading])
        try:
            if attachment.message is not None:
                self.read(attachment.message, level=level + 2, may_open=False)
            else:
                self._add(_lowered(self._opened(attachment), level + 1))
            self._listed.append(f"“{name}” (read)")
        except ParseRefused as refusal:
            del self.blocks[before:]
            self._listed.append(f"“{name}” (not read: {_first_sentence(refusal.reason)})")

    def _opened(self, attachment: "Attachment") -> list[Block]:
        # Late: the registry of all formats lists this one too.
        from solution_library.parsing.formats import FORMATS
        from solution_library.parsing.sniff import sniff

        self._read += 1
        self._bytes += len(attachment.content)
        if self._read > _MOST_READ or self._bytes > _MOST_BYTES:
            raise ParseRefused("there are too many attachments, or too large ones")
        source = InMemory(attachment.content)
        kind = sniff(source, attachment.name)
        if kind == "eml":
            raise ParseRefused("it is a message inside a file")
        document = FORMATS[kind](source, attachment.name)
        self._notes += [f"“{attachment.name}”: {warning}" for warning in document.warnings]
        return document.blocks

    def warnings(self) -> list[str]:
        found = list(dict.fromkeys(self._notes))
        if self._listed:
            more = len(self._listed) - _MOST_LISTED
            also = f", and {more} more" if more > 0 else ""
            found.insert(0, f"Attachments: {', '.join(self._listed[:_MOST_LISTED])}{also}.")
        return found


def _body_blocks(body: "Body") -> list[Block]:
    if body.is_html:
        return html.blocks_of_page(body.text)
    return txt.read_lines(list(_unquoted(body.text.split("\n"))))


def _unquoted(lines: list[str]) -> Iterator[str]:
    """The marks of a quoted message are no part of what it said."""
    for line in lines:
        yield re.sub(r"^(?:> ?){1,20}", "", line)


def _lowered(blocks: list[Block], level: int) -> list[Block]:
    """Headings below the one that they stand under."""
    return [
        replace(block, level=min(block.level + level, 9)) if block.kind == "heading" else block
        for block in blocks
    ]


def _first_sentence(reason: str) -> str:
    """What is wrong, without the advice, which is meant for a file of its own."""
    return reason.partition(". ")[0].rstrip(".")
