"""RFPs, questions and answers as programs see them."""

from datetime import date, datetime

from ninja import Field, Schema

from api.schemas.common import Id, Input, Person, Text
from rfp_manager.models import RFP, Answer, ExportJob, Question


class RfpOut(Schema):
    id: int
    name: str
    customer: str
    due_date: date | None
    instructions: str
    only_approved: bool
    approval_required: bool
    filename: str
    format: str
    sha256: str
    questions: int
    owner: Person | None
    submitted_at: datetime | None
    created_at: datetime
    updated_at: datetime
    url: str

    @staticmethod
    def of(rfp: RFP, questions: int) -> "RfpOut":
        return RfpOut(
            id=rfp.pk, name=rfp.name, customer=rfp.customer, due_date=rfp.due_date,
            instructions=rfp.instructions, only_approved=rfp.only_approved,
            approval_required=rfp.approval_required, filename=rfp.filename,
            format=rfp.file_format, sha256=rfp.sha256, questions=questions,
            owner=Person.of(rfp.owner), submitted_at=rfp.submitted_at, created_at=rfp.created_at,
            updated_at=rfp.updated_at, url=rfp.get_absolute_url(),
        )  # fmt: skip


class RfpPage(Schema):
    items: list[RfpOut]
    next_cursor: str | None


class CitationOut(Schema):
    passage_id: int
    document_id: int
    document: str
    page: int | None
    quote: str = Field(description="verbatim from the passage")


class AnswerOut(Schema):
    question_id: int
    version: int = Field(description="send it back with a change: 409 if it is another by then")
    text: str
    choice: str
    comment: str
    outcome: str = Field(description="`answered`, `partly` or `no_evidence`")
    explanation: str
    state: str = Field(description="`draft`, `in_review` or `approved`")
    confidence: float | None = Field(description="0 to 1; a probability that was measured")
    unsupported: list[dict[str, str | int]] = Field(
        description="words that the cited passages do not hold"
    )
    citations: list[CitationOut]
    edited_by: Person | None
    approved_by: Person | None
    approved_at: datetime | None
    updated_at: datetime

    @staticmethod
    def of(answer: Answer) -> "AnswerOut":
        return AnswerOut(
            question_id=answer.question_id, version=answer.version, text=answer.text,
            choice=answer.choice, comment=answer.comment, outcome=answer.outcome,
            explanation=answer.explanation, state=answer.state, confidence=answer.confidence,
            unsupported=answer.unsupported, citations=_citations(answer),
            edited_by=Person.of(answer.edited_by), approved_by=Person.of(answer.approved_by),
            approved_at=answer.approved_at, updated_at=answer.updated_at,
        )  # fmt: skip


def _citations(answer: Answer) -> list[CitationOut]:
    return [
        CitationOut(
            passage_id=each.chunk_id, document_id=each.chunk.version.document_id,
            document=each.chunk.version.document.title, page=each.chunk.page, quote=each.quote,
        )
        for each in answer.citations.all()
    ]  # fmt: skip


class QuestionOut(Schema):
    id: int
    rfp_id: int
    ordinal: int = Field(description="its place in the file, from 1")
    number: str = Field(description="as the buyer numbers it")
    text: str
    section: str
    sheet: str
    row: int
    allowed_choices: list[str]
    max_characters: int | None
    max_words: int | None
    answer: AnswerOut | None
    url: str

    @staticmethod
    def of(question: Question) -> "QuestionOut":
        answer = getattr(question, "answer", None)
        return QuestionOut(
            id=question.pk, rfp_id=question.rfp_id, ordinal=question.ordinal,
            number=question.number, text=question.text, section=str(question.section),
            sheet=question.sheet, row=question.row,
            allowed_choices=[str(choice) for choice in question.allowed_choices],
            max_characters=question.max_characters, max_words=question.max_words,
            answer=AnswerOut.of(answer) if answer else None, url=question.get_absolute_url(),
        )  # fmt: skip


class QuestionPage(Schema):
    items: list[QuestionOut]
    next_cursor: str | None


class AnswerEdit(Input):
    """A person's text, written over a version of the answer. What is left out stays."""

    version: int = Field(ge=0, le=2**31 - 1, description="0: there is no answer yet")
    text: Text | None = Field(None, max_length=100_000)
    choice: Text | None = Field(None, max_length=300)
    comment: Text | None = Field(None, max_length=100_000)


class StateChange(Input):
    """Where an answer is to stand."""

    version: int = Field(ge=0, le=2**31 - 1)
    state: str = Field(max_length=20, description="`draft`, `in_review` or `approved`")


class ResponderStart(Input):
    model_id: Id | None = Field(None, description="none: the default model")
    only_unanswered: bool = True


class ExportStart(Input):
    output: str = Field("filled", max_length=20, description="a kind of export, e.g. `filled`")
    only_approved: bool | None = Field(None, description="none: as the RFP asks for")


class FileOut(Schema):
    id: int
    name: str
    size: int
    sha256: str
    media_type: str
    expires_at: datetime | None
    download: str


class ExportOut(Schema):
    id: int = Field(description="of its job too")
    rfp_id: int
    output: str
    only_approved: bool
    status: str
    error: str
    created_at: datetime
    completed_at: datetime | None
    files: list[FileOut]

    @staticmethod
    def of(job: ExportJob) -> "ExportOut":
        return ExportOut(
            id=job.pk, rfp_id=job.rfp_id, output=job.output, only_approved=job.only_approved,
            status=job.status, error=job.last_error, created_at=job.created_at,
            completed_at=job.completed_at, files=_files(job),
        )  # fmt: skip


def _files(job: ExportJob) -> list[FileOut]:
    return [
        FileOut(
            id=file.pk, name=file.name, size=file.size, sha256=file.sha256,
            media_type=file.media_type, expires_at=file.expires_at,
            download=f"/api/v1/rfps/{job.rfp_id}/exports/{job.pk}/files/{file.pk}",
        )
        for file in job.artifacts.all()
    ]  # fmt: skip


class ExportPage(Schema):
    items: list[ExportOut]
    next_cursor: str | None
