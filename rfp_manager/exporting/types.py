"""What filling answers into the buyer's file takes and reports."""

from dataclasses import asdict, dataclass, field
from typing import Any

from rfp_manager.importing.types import Place


class ExportRefused(Exception):
    """The answers cannot be put into the file safely; the message says why and what to do."""


@dataclass(frozen=True)
class Fill:
    """One text for one cell of the buyer's file."""

    place: Place
    text: str


@dataclass(frozen=True)
class Overflow:
    """A text that no cell can hold: `shown` of its UTF-16 units fit, the full text is here."""

    place: Place
    shown: int
    text: str


@dataclass(frozen=True)
class Changed:
    """A character that the file cannot hold as it is, and what was written instead."""

    place: Place
    character: str
    written: str


@dataclass
class UntouchedReport:
    """The proof that nothing but the answer cells differs from the buyer's file."""

    format: str
    answers_written: int = 0
    parts_compared: int = 0
    parts_changed: list[str] = field(default_factory=list)
    cells_compared: int = 0
    untouched: bool = False
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    overflow: list[Overflow] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def describe(place: Place) -> str:
    """The cell as people name it: "Sheet1!B12"."""
    return f"{place.sheet}!{place.ref}" if place.sheet else place.ref
