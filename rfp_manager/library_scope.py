"""Which part of the library may answer, and with whose permissions it is searched."""

from dataclasses import dataclass
from typing import Any

from rfp_manager.models import RFP, QuestionSet, RFPBatchJob
from solution_library.search import Hits, search


@dataclass(frozen=True)
class LibraryScope:
    """`user`: whose permissions hold; None for the operator. None for collections and tags: no
    limit by them."""

    user: Any
    collections: list[int] | None = None
    tags: list[int] | None = None
    only_approved: bool = False

    def search(self, query: str, **options: Any) -> Hits:
        return search(
            query,
            user=self.user,
            collections=self.collections,
            tags=self.tags,
            only_approved=self.only_approved,
            **options,
        )


def scope_of_batch(job: RFPBatchJob) -> LibraryScope:
    """What the RFP allows, as far as the person who started the batch may read it: nobody gets a
    passage drafted into an RFP that they could not open themselves."""
    return scope_of_rfp(job.rfp, job.started_by or job.rfp.owner)


def scope_of_rfp(rfp: RFP, user: Any) -> LibraryScope:
    return LibraryScope(
        user,
        collections=list(rfp.collections.values_list("pk", flat=True)) or None,
        tags=list(rfp.tags.values_list("pk", flat=True)) or None,
        only_approved=rfp.only_approved,
    )


def scope_of_set(question_set: QuestionSet, user: Any = None) -> LibraryScope:
    """An evaluation reads what its owner may read, like the drafts it stands for."""
    return LibraryScope(
        user or question_set.owner,
        collections=list(question_set.collections.values_list("pk", flat=True)) or None,
    )
