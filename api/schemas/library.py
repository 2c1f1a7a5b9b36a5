"""Documents and passages as programs see them."""

from datetime import date, datetime

from ninja import Field, Schema

from api.schemas.common import Person
from solution_library.hits import Hit
from solution_library.models import Document


class DocumentOut(Schema):
    id: int
    kind: str = Field(description="`file`, `answer` (an approved answer) or `rfp`")
    title: str
    path: str = Field(description="the file name, path or URL that it came with")
    media_type: str
    sha256: str = Field(description="of the newest file received")
    state: str = Field(description="`waiting`, `running`, `ready` or `failed`: is it searchable?")
    state_reason: str
    review: str = Field(description="may it feed answers? `rejected` and `archived` do not")
    review_due: date | None
    size: int | None = Field(description="bytes")
    pages: int | None
    version: int | None
    owner: Person | None
    created_at: datetime
    updated_at: datetime
    url: str = Field(description="its page")

    @staticmethod
    def of(document: Document) -> "DocumentOut":
        version = document.current_version
        return DocumentOut(
            id=document.pk, kind=document.kind, title=document.title, path=document.path,
            media_type=document.media_type, sha256=document.sha256,
            state=document.embedding_status, state_reason=document.embedding_error,
            review=document.review_status, review_due=document.review_due,
            size=version.size if version else None, pages=version.page_count if version else None,
            version=version.number if version else None, owner=Person.of(document.owner),
            created_at=document.created_at, updated_at=document.updated_at,
            url=document.get_absolute_url(),
        )  # fmt: skip


class DocumentPage(Schema):
    items: list[DocumentOut]
    next_cursor: str | None


class UploadOut(Schema):
    """What became of a file. Of an archive, `job_id` is the job that takes its files in."""

    outcome: str = Field(description="`created`, `new_version`, `known` (nothing done) or `queued`")
    document: DocumentOut | None
    job_id: int | None


class PassageOut(Schema):
    id: int
    document_id: int
    document: str
    text: str
    page: int | None
    section: str = Field(description="the headings above it")
    score: float = Field(description="comparable within one search only")
    url: str


class SearchOut(Schema):
    items: list[PassageOut]
    trouble: str | None = Field(description="why only words were searched, if so")
    corrections: dict[str, list[str]] = Field(
        description="words of the library that were searched for one that it does not know"
    )

    @staticmethod
    def passage(hit: Hit, url: str) -> PassageOut:
        return PassageOut(
            id=hit.chunk_id, document_id=hit.document_id, document=hit.document, text=hit.text,
            page=hit.page, section=hit.heading_path, score=hit.score, url=url,
        )  # fmt: skip
