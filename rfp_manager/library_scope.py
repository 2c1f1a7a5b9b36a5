"""Which part of the library may answer, and with whose permissions it is searched."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from rfp_manager.models import RFP, InformationDocument, QuestionSet, RFPBatchJob
from solution_library.models import Document, DocumentKind
from solution_library.search import Hits, search


@dataclass(frozen=True)
class LibraryScope:
    """`user`: whose permissions hold; None for the operator. None for collections and tags: no
    limit by them. `information`: ids of the documents that came with the RFP, which are searched
    besides."""

    user: Any
    collections: list[int] | None = None
    tags: list[int] | None = None
    only_approved: bool = False
    information: list[int] = field(default_factory=list)

    def search(self, query: str, **options: Any) -> Hits:
        return search(
            query,
            user=self.user,
            collections=self.collections,
            tags=self.tags,
            only_approved=self.only_approved,
            information=self.information,
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
        information=_information_of(rfp, user),
    )


def _information_of(rfp: RFP, user: Any) -> list[int]:
    """What came with the RFP, if the person may see it; the operator (None) may."""
    documents = Document.objects.all() if user is None else Document.objects.for_user(user)
    found = documents.filter(kind=DocumentKind.INFORMATION, information_for__rfp=rfp)
    return list(found.order_by("pk").values_list("pk", flat=True))


def readable_information(user: Any) -> Q:
    """The documents that came with the RFPs which `user` may see."""
    rfps = RFP.objects.for_user(user).values("pk")
    attached = InformationDocument.objects.filter(rfp__in=rfps).order_by()
    return Q(pk__in=attached.values("document_id"))


def scope_of_set(question_set: QuestionSet, user: Any = None) -> LibraryScope:
    """An evaluation reads what its owner may read, like the drafts it stands for."""
    return LibraryScope(
        user or question_set.owner,
        collections=list(question_set.collections.values_list("pk", flat=True)) or None,
    )
