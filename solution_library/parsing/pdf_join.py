"""Pages that several children have read, put together to one document; runs in a child too."""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from solution_library.parsing.formats.pdf import Budget
from solution_library.parsing.pdf_layout import Composer
from solution_library.parsing.pdf_measures import Measures
from solution_library.parsing.pdf_page import page_from_dict
from solution_library.parsing.types import Block

Place = tuple[int, int]


def packed(page: Mapping[str, Any]) -> bytes:
    """A page as it waits on disk until all have been read."""
    return zlib.compress(json.dumps(page, ensure_ascii=False).encode("utf-8", "replace"), 1)


def unpacked(content: bytes) -> dict[str, Any]:
    page: dict[str, Any] = json.loads(zlib.decompress(content))
    return page


def blocks(
    path: Path,
    *,
    places: Sequence[Place],
    first: int,
    measures: Mapping[str, Any],
    state: Mapping[str, Any] | None,
    budget: Mapping[str, Any],
) -> Iterator[dict[str, Any]]:
    """The blocks page by page, from place `first` on, as far as the budget carries.

    `places`: where each page stands in the file (offset and length). In the end either where to
    go on ("stopped") and with what ("state"), or the last blocks.
    """
    composer = Composer(Measures.from_dict(measures))
    if state is not None:
        composer.restore(state)
    spent = Budget(**budget)
    with path.open("rb") as spool:
        for number in range(first, len(places)):
            offset, length = places[number]
            spool.seek(offset)
            page = unpacked(spool.read(length))
            yield _answer(composer.feed(page_from_dict(page)))
            if spent.is_over(page) and number + 1 < len(places):
                yield {"stopped": number + 1, "state": composer.state()}
                return
    yield _answer(composer.finish())


def _answer(found: Sequence[Block]) -> dict[str, Any]:
    return {"blocks": [asdict(block) for block in found]}
