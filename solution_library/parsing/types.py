"""What every format is turned into: a title and a flat list of blocks in reading order."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self, get_args

from solution_library.parsing.errors import ParseError, ParseFailed, ParseRefused

__all__ = ["Block", "BlockKind", "ParseError", "ParseFailed", "ParseRefused", "ParsedDocument"]

BlockKind = Literal["heading", "paragraph", "list_item", "table", "code"]
_KINDS = frozenset(get_args(BlockKind))


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a document.

    `level` is 1-based for headings and the nesting depth (0 = outermost) for list items.
    `page` is 1-based (slides count as pages), and None where the format has no pages. A table
    has one row per line; its first `header_lines` lines say what the columns mean and are
    repeated wherever it is cut. `hidden`: a reader of the original file does not see it, so it
    never becomes part of an answer.
    """

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None
    hidden: bool = False
    header_lines: int = 0


@dataclass
class ParsedDocument:
    title: str
    media_type: str
    blocks: list[Block]
    page_count: int | None = None
    warnings: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild from JSON that a child wrote; raises ValueError when the shape is wrong."""
        try:
            return cls(
                title=_text(data["title"]),
                media_type=_text(data["media_type"]),
                blocks=[_block(raw) for raw in data["blocks"]],
                page_count=_optional_int(data["page_count"]),
                warnings=[_text(warning) for warning in data["warnings"]],
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a parsed document: {error!r}") from error


def _block(raw: Mapping[str, Any]) -> Block:
    kind = raw["kind"]
    if kind not in _KINDS:
        raise ValueError(f"not a kind of block: {kind!r}")
    return Block(
        kind,
        _text(raw["text"]),
        level=_optional_int(raw["level"]) or 0,
        page=_optional_int(raw["page"]),
        hidden=raw.get("hidden", False) is True,
        header_lines=_optional_int(raw.get("header_lines")) or 0,
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text expected, got {type(value).__name__}")
    return value


def _optional_int(value: Any) -> int | None:
    if value is not None and type(value) is not int:
        raise TypeError(f"whole number expected, got {type(value).__name__}")
    return value
