"""What an approved answer says, and the file in which a version of its document keeps that.

The file is Markdown that people can read, and it is read back without loss: every line of what
people wrote stands behind "> ", so no text can look like one of the headings.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.formats import number_text
from solution_library.answers.errors import AnswerRefused
from solution_library.parsing.text import clean

MAX_QUESTION = 4000
MAX_TEXT = 100_000
MAX_CHOICE = 300
MAX_VARIANTS = 50
QUESTION, VARIANT, CHOICE, TEXT = "Question", "Also asked as", "Choice", "Answer"
_EDGES = re.compile(r"\A[\W_]+|[\W_]+\Z")


@dataclass(frozen=True)
class Content:
    """A question with its answer. Made by `content_of`, so that every one of them is sound."""

    question: str
    text: str
    choice: str = ""
    variants: tuple[str, ...] = ()

    @property
    def questions(self) -> tuple[str, ...]:
        return (self.question, *self.variants)


def content_of(question: str, text: str, choice: str = "", variants: Iterable[str] = ()) -> Content:
    """What people typed, cleaned. Raises AnswerRefused with what is wrong with it."""
    question, text, choice = tidy(question), tidy(text), " ".join(tidy(choice).split())
    if not digest_of(question):
        raise AnswerRefused("The question is missing. Write it as a buyer would ask it.")
    if not text and not choice:
        raise AnswerRefused("The answer is missing. Write it, or remove this entry.")
    _check_length("question", question, MAX_QUESTION)
    _check_length("answer", text, MAX_TEXT)
    _check_length("choice", choice, MAX_CHOICE)
    return Content(question, text, choice, _distinct(question, variants))


def _check_length(name: str, text: str, most: int) -> None:
    if len(text) > most:
        raise AnswerRefused(
            f"The {name} has {number_text(len(text))} characters, at most {number_text(most)} fit. "
            "Shorten it."
        )


def _distinct(question: str, variants: Iterable[str]) -> tuple[str, ...]:
    seen, kept = {digest_of(question)}, []
    for variant in (" ".join(tidy(each).split()) for each in variants):
        digest = digest_of(variant)
        if not digest or digest in seen:
            continue
        _check_length("variant", variant, MAX_QUESTION)
        seen.add(digest)
        kept.append(variant)
    if len(kept) > MAX_VARIANTS:
        raise AnswerRefused(
            f"There are {len(kept)} variants of the question, at most {MAX_VARIANTS} are kept."
        )
    return tuple(kept)


#: What clean() leaves that no other file can hold.
_IMPOSSIBLE = re.compile("[\ufffe\uffff\ud800-\udfff]")


def tidy(text: str) -> str:
    """Without what no text should hold: control characters and others that nobody sees, lone
    surrogates, other line ends than \\n. As files are read, so that a sheet changes nothing."""
    return _IMPOSSIBLE.sub("", clean(text)).strip()


def digest_of(question: str) -> str:
    """Equal for questions of the same words, however they are spaced, cased and ended; "" for
    one without any word."""
    words = " ".join(unicodedata.normalize("NFKC", question).casefold().split())
    words = _EDGES.sub("", words)
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest() if words else ""


def to_file(content: Content, key: str) -> bytes:
    """`key` makes the files of two answers differ, however equal they are."""
    parts = [f"# Approved answer {key}", _part(QUESTION, content.question)]
    parts += [_part(VARIANT, variant) for variant in content.variants]
    parts += [_part(CHOICE, content.choice)] if content.choice else []
    parts += [_part(TEXT, content.text)] if content.text else []
    return ("\n\n".join(parts) + "\n").encode()


def _part(name: str, text: str) -> str:
    lines = "\n".join(f"> {line}" for line in text.split("\n"))
    return f"## {name}\n\n{lines}"


def from_file(data: bytes) -> Content:
    """What `to_file` wrote. Raises ValueError for anything else."""
    parts: list[tuple[str, list[str]]] = []
    for line in data.decode().split("\n"):
        if line.startswith("## "):
            parts.append((line[3:], []))
        elif line.startswith("> ") and parts:
            parts[-1][1].append(line[2:])
    found: dict[str, list[str]] = {}
    for name, lines in parts:
        found.setdefault(name, []).append("\n".join(lines))
    if len(found.get(QUESTION, [])) != 1:
        raise ValueError("not the file of an approved answer")
    return Content(
        question=found[QUESTION][0],
        text="".join(found.get(TEXT, [])),
        choice="".join(found.get(CHOICE, [])),
        variants=tuple(found.get(VARIANT, [])),
    )
