"""Which passages a search may find: those of current versions, within what was asked for and
what the person may read."""

from dataclasses import dataclass, field
from typing import Any, Self

from django.utils import timezone

from accounts.roles import Role, has_role

#: Each said only where it narrows anything, so that the planner knows what it comes to.
IN_COLLECTIONS = """ AND d.id IN (
    SELECT dc.document_id FROM solution_library_document_collections dc
    WHERE dc.collection_id = ANY(%(collections)s::bigint[]))"""
WITH_TAGS = """ AND d.id IN (
    SELECT dt.document_id FROM solution_library_document_tags dt
    WHERE dt.tag_id = ANY(%(tags)s::bigint[]))"""
OF_DOCUMENTS = " AND d.id = ANY(%(documents)s::bigint[])"
OF_KINDS = " AND d.kind = ANY(%(kinds)s::text[])"
NOT_EXCLUDED = " AND d.id <> ALL(%(excluded)s::bigint[])"
OF_LIBRARY = "d.kind <> 'rfp'"
INFORMATION = "d.id = ANY(%(information)s::bigint[])"
ANSWERING = "d.review_status NOT IN ('rejected', 'archived')"
APPROVED = "d.review_status = 'approved'"
#: An approved answer leaves the search at midnight of its last day, whether or not anything runs.
VALID = """ AND (d.kind <> 'answer' OR (d.review_status = 'approved' AND EXISTS (
    SELECT FROM solution_library_libraryanswer la
    WHERE la.document_id = d.id AND la.merged_into_id IS NULL
    AND (la.valid_until IS NULL OR la.valid_until >= %(today)s))))"""
#: The same as DocumentQuerySet.for_user: no search can return what the person may not open.
READABLE = """ AND (d.owner_id = %(user)s OR NOT EXISTS (
    SELECT FROM solution_library_document_collections dc
    JOIN solution_library_collection k ON k.id = dc.collection_id
    WHERE dc.document_id = d.id AND k.is_restricted
) OR EXISTS (
    SELECT FROM solution_library_document_collections dc
    JOIN solution_library_collection k ON k.id = dc.collection_id AND k.is_restricted
    JOIN solution_library_collection_members m ON m.collection_id = k.id
    WHERE dc.document_id = d.id AND m.user_id = %(user)s))"""


@dataclass(frozen=True)
class Scope:
    """What a search is limited to. `collections`, `tags`, `kinds` and `documents` (ids): None for
    no limit; an empty list finds nothing. `excluded` are document ids. `user_id`: whose
    permissions hold; None for the operator and for managers, who may read everything. `most` is how
    many passages each way of searching returns.

    What came with an RFP is no part of the library and is found only where its id is named:
    `information` are documents that are searched besides, whatever collections, tags and kinds
    the library is limited to. Who names them has seen to it that the person may read them.
    """

    collections: list[int] | None = None
    tags: list[int] | None = None
    kinds: list[str] | None = None
    documents: list[int] | None = None
    excluded: list[int] = field(default_factory=list)
    information: list[int] = field(default_factory=list)
    only_approved: bool = False
    user_id: int | None = None
    most: int = 60

    @classmethod
    def of(cls, user: Any, **limits: Any) -> Self:
        """A scope with the permissions of `user`; None is the operator."""
        everything = user is None or has_role(user, Role.MANAGER)
        return cls(user_id=None if everything else (user.pk or 0), **limits)

    def values(self) -> dict[str, Any]:
        """The values that the SQL of `within` names."""
        return {
            "collections": self.collections,
            "tags": self.tags,
            "kinds": self.kinds,
            "documents": self.documents,
            "excluded": self.excluded,
            "information": self.information,
            "user": self.user_id,
            "today": timezone.localdate(),
            "limit": self.most,
        }

    def within(self, row: str) -> str:
        """SQL that joins the document (d) of `row`, which has a version_id, and keeps what may
        be found."""
        return (
            f" JOIN solution_library_document d ON d.current_version_id = {row}.version_id "
            f"WHERE {self.conditions()} "
        )

    def conditions(self) -> str:
        """SQL about a document (d) that may be found."""
        parts = [
            ANSWERING,
            VALID,
            NOT_EXCLUDED if self.excluded else "",
            "" if self.documents is None else OF_DOCUMENTS,
            "" if self.user_id is None else READABLE,
            f" AND ({self._of_library()} OR {INFORMATION})"
            if self.information
            else f" AND {self._of_library()}",
        ]
        return "".join(parts)

    def _of_library(self) -> str:
        """SQL about a document (d) that the library may answer with."""
        parts = [
            OF_LIBRARY,
            f" AND {APPROVED}" if self.only_approved else "",
            "" if self.collections is None else IN_COLLECTIONS,
            "" if self.tags is None else WITH_TAGS,
            "" if self.kinds is None else OF_KINDS,
        ]
        return f"({''.join(parts)})"

    @property
    def is_narrowed(self) -> bool:
        """Whether it leaves out documents that most searches would find."""
        chosen = (self.collections, self.tags, self.kinds, self.documents)
        return self.only_approved or any(each is not None for each in chosen)
