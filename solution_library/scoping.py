"""Which passages a search may find: those of current versions, within collections."""

from dataclasses import dataclass
from typing import Any

#: Each said only where it narrows anything, so that the planner knows what it comes to.
IN_COLLECTIONS = """ AND d.id IN (
    SELECT dc.document_id FROM solution_library_document_collections dc
    WHERE dc.collection_id = ANY(%(collections)s::bigint[]))"""
NOT_EXCLUDED = " AND d.id <> ALL(%(excluded)s::bigint[])"


@dataclass(frozen=True)
class Scope:
    """`collections`: None for the whole library. `excluded` are document ids. `most` is how many
    passages each way of searching returns."""

    collections: list[int] | None
    excluded: list[int] | None
    most: int

    def values(self) -> dict[str, Any]:
        """The values that the SQL of `within` names."""
        return {"collections": self.collections, "excluded": self.excluded, "limit": self.most}

    def within(self, row: str) -> str:
        """SQL that joins the document (d) of `row`, which has a version_id, and keeps what may
        be found."""
        narrower = "" if self.collections is None else IN_COLLECTIONS
        narrower += NOT_EXCLUDED if self.excluded else ""
        return (
            f" JOIN solution_library_document d ON d.current_version_id = {row}.version_id "
            f"WHERE d.review_status NOT IN ('rejected', 'archived'){narrower} "
        )
