"""A small RFP with everything that its pages show, for the tests of the views."""

from django.contrib.auth.models import User
from django.core.files.base import ContentFile

from jobs.models import Job
from rfp_manager.models import (
    RFP,
    Answer,
    AnswerVersion,
    Citation,
    Question,
    Review,
    Section,
)
from solution_library.models import Chunk, Document, DocumentVersion

FILE = b"Nr,Question,Answer\n1,Do you encrypt backups?,\n"
PASSAGE = "All backups are encrypted with AES-256. Keys are rotated every year."


def make_rfp(owner: User, *, name: str = "Tender", questions: int = 3, sections: int = 1) -> RFP:
    rfp = RFP.objects.create(
        name=name,
        owner=owner,
        filename="tender.csv",
        file_format="csv",
        sha256="0" * 64,
        questionnaire=ContentFile(FILE, name="tender.csv"),
        import_report=IMPORT_REPORT,
    )
    parts = [
        Section.objects.create(rfp=rfp, ordinal=n, sheet=f"Sheet{n}", title=f"Part {n}")
        for n in range(1, sections + 1)
    ]
    Question.objects.bulk_create(
        Question(
            rfp=rfp,
            section=parts[n % sections],
            ordinal=n + 1,
            number=f"Q{n + 1}",
            text=f"Question number {n + 1}: do you encrypt backups?",
            sheet=parts[n % sections].sheet,
            row=n + 12,
            column=2,
            answer_row=n + 12,
            answer_column=3,
        )
        for n in range(questions)
    )
    return rfp


IMPORT_REPORT = {
    "format": "csv",
    "warnings": ["Two sheets look alike."],
    "sheets": [
        {
            "name": "Sheet1",
            "hidden": False,
            "header_row": 4,
            "question_column": 2,
            "answer_column": 3,
            "comment_column": None,
            "reasons": ["Column B is headed “Question”"],
            "questions": 3,
            "skipped": [
                {"row": row, "text": f"Banner {row}", "reason": "a banner"} for row in range(1, 21)
            ],
        }
    ],
}


def question(rfp: RFP, number: int) -> Question:
    return rfp.questions.get(ordinal=number)


def make_answer(asked: Question, text: str = "Yes, with AES-256.", **values: object) -> Answer:
    answer = Answer.objects.create(
        question=asked, text=text, **({"outcome": "answered", "confidence": 0.8} | values)
    )
    AnswerVersion.objects.create(answer=answer, number=1, text=text, outcome=answer.outcome)
    return answer


def make_passage(title: str = "Backup policy") -> Chunk:
    document = Document.objects.create(title=title, path="backup.md", sha256=title.ljust(64, "0"))
    version = DocumentVersion.objects.create(
        document=document,
        number=1,
        file="backup.md",
        filename="backup.md",
        sha256=document.sha256,
        size=9,
    )
    document.current_version = version
    document.save()
    return Chunk.objects.create(
        version=version, ordinal=1, heading_path="Backups > Keys", page=7, text=PASSAGE
    )


def cite(answer: Answer, chunk: Chunk, start: int = 0, end: int = 38) -> Citation:
    return Citation.objects.create(
        answer=answer,
        ordinal=answer.citations.count() + 1,
        chunk=chunk,
        quote=chunk.text[start:end],
        start=start,
        end=end,
        document_sha256=chunk.version.sha256,
    )


def review(answer: Answer, verdict: str = "supported", **values: object) -> Review:
    values = {"answer_version": answer.version, "score": 0.9, "comment": "Checked."} | values
    return Review.objects.create(answer=answer, verdict=verdict, **values)


def end_job(job: Job) -> None:
    """As the engine would leave it; these tests are about pages, not about work."""
    from django.utils import timezone

    Job.objects.filter(pk=job.pk).update(status="completed", completed_at=timezone.now())
