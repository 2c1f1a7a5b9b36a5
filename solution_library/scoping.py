"""Which passages a search may find: those of current versions, within collections."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Scope:
    """`collections`: None for the whole library. `excluded` are document ids. `most` is how many
    passages each way of searching returns."""

    collections: list[int] | None
    excluded: list[int] | None
    most: int

    def values(self) -> dict[str, Any]:
        """The values that the SQL of `within_scope` names."""
        return {"collections": self.collections, "excluded": self.excluded, "limit": self.most}


def within_scope(row: str) -> str:
    """SQL that joins the document (d) of `row`, which has a version_id, and keeps what may be
    found."""
    return f"""
    JOIN solution_library_document d ON d.current_version_id = {row}.version_id
    WHERE d.review_status NOT IN ('rejected', 'archived')
      AND (%(collections)s::bigint[] IS NULL OR EXISTS (
            SELECT 1 FROM solution_library_document_collections dc
            WHERE dc.document_id = d.id AND dc.collection_id = ANY(%(collections)s::bigint[])))
      AND (%(excluded)s::bigint[] IS NULL OR d.id <> ALL(%(excluded)s::bigint[]))
"""  # noqa: S608 - only names of our own
