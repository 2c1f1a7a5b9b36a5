"""Tables that run over several pages: each part says what its columns mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from solution_library.parsing.grids import Row, plain, texts
from solution_library.parsing.pdf_page import Line, Page, Table
from solution_library.parsing.tables import looks_like_header, table_blocks
from solution_library.parsing.types import Block

_SLACK = 6.0


@dataclass
class TableJoiner:
    """Keeps the header of the last table on a page, in case the next page goes on with it."""

    _header: list[str] = field(default_factory=list)
    _place: tuple[float, float] = (0.0, 0.0)
    _page: int = 0
    _lines: Sequence[Line] = ()

    def begin_page(self, page: Page, lines: Sequence[Line]) -> None:
        """`lines`: those of the page without its running titles."""
        self._lines = [line for line in lines if not line.hidden and not line.aside]
        if self._page != page.number - 1:
            self._header = []

    def blocks(self, table: Table) -> list[Block]:
        header = self._inherited(table)
        rows: list[Row] = [*plain([header]), *table.rows] if header else table.rows
        self._keep(table, header)
        return table_blocks(rows, header_rows=1 if header else _guess(rows), page=table.page)

    def _inherited(self, table: Table) -> list[str]:
        """The header of the table that this one goes on with; none when it has its own."""
        is_first = not any(line.bottom >= table.top - _SLACK for line in self._lines)
        same_place = all(
            abs(here - there) <= _SLACK
            for here, there in zip((table.left, table.right), self._place, strict=True)
        )
        own = texts(table.rows[0])
        if not (self._header and self._page == table.page - 1 and is_first and same_place):
            return []
        fits = max(map(len, table.rows)) == len(self._header) and own != self._header
        return self._header if fits else []

    def _keep(self, table: Table, inherited: list[str]) -> None:
        own = texts(table.rows[0])
        body = [texts(row) for row in table.rows[1:]]
        # A header alone at the bottom of the page: the next page has its rows.
        body = body or [["x"] * len(own)] * 2
        self._header = inherited or (own if looks_like_header(own, body) else [])
        self._place, self._page = (table.left, table.right), table.page

    def state(self) -> dict[str, Any]:
        return {"header": self._header, "place": list(self._place), "page": self._page}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._header = list(state["header"])
        self._place = (state["place"][0], state["place"][1])
        self._page = int(state["page"])


def _guess(rows: Sequence[Row]) -> int | None:
    """Two columns are names and values more often than not: a first row taken for a header
    would name all other values wrongly."""
    return 0 if max(map(len, rows)) <= 2 else None
