"""An installation that has been used for years: what its lists have to show besides the RFP."""

from datetime import timedelta
from typing import Any

DOCUMENTS, ANSWERS, JOBS, RFPS, QUESTIONS = 10_000, 5_000, 10_000, 500, 20
ENTRIES = 5_000
PORTION = 1_000


def add_years(user: Any) -> None:
    """Thousands of documents, answers, jobs, RFPs and entries of the audit log."""
    _documents(user)
    _answers(user)
    _rfps(user)
    _jobs(user)
    _entries()


def _documents(user: Any) -> None:
    from solution_library.models import Collection, Document, DocumentVersion, Tag

    documents = Document.objects.bulk_create(
        (
            Document(
                title=f"Manual {n}", path=f"manuals/{n % 100}/{n}.md", sha256=f"{n + 20_000:064}",
                owner=user, embedding_status="failed" if n % 500 == 0 else "ready",
            )
            for n in range(DOCUMENTS)
        ),
        batch_size=PORTION,
    )  # fmt: skip
    versions = DocumentVersion.objects.bulk_create(
        (
            DocumentVersion(
                document=one, number=1, file="m.md", filename="m.md", sha256=one.sha256, size=9
            )
            for one in documents
        ),
        batch_size=PORTION,
    )
    for document, version in zip(documents, versions, strict=True):
        document.current_version = version
    Document.objects.bulk_update(documents, ["current_version"], batch_size=PORTION)
    for name, model in (("Shelf", Collection), ("Subject", Tag)):
        groups = [model.objects.create(name=f"{name} {n}") for n in range(50)]
        rows: Any = model.documents.through
        column = f"{model.__name__.lower()}_id"
        rows.objects.bulk_create(
            (
                rows(document_id=one.pk, **{column: groups[n % 50].pk})
                for n, one in enumerate(documents)
            ),
            batch_size=PORTION,
        )


def _answers(user: Any) -> None:
    from solution_library.models import AnswerRevision, Document, LibraryAnswer

    documents = Document.objects.bulk_create(
        (
            Document(
                kind="answer", title=f"How is field {n} looked after?", path="",
                sha256=f"{n + 50_000:064}", owner=user, embedding_status="ready",
            )
            for n in range(ANSWERS)
        ),
        batch_size=PORTION,
    )  # fmt: skip
    answers = LibraryAnswer.objects.bulk_create(
        (
            LibraryAnswer(
                document=one, question=one.title, digest=one.sha256, text="Twice a year.",
                origin="Assessment 2025",
            )
            for one in documents
        ),
        batch_size=PORTION,
    )  # fmt: skip
    AnswerRevision.objects.bulk_create(
        (
            AnswerRevision(answer=one, number=1, question=one.question, text=one.text, made_by=user)
            for one in answers
        ),
        batch_size=PORTION,
    )


def _rfps(user: Any) -> None:
    from rfp_manager.models import RFP, Answer, Question, Section

    rfps = RFP.objects.bulk_create(
        RFP(name=f"Assessment {n}", customer=f"Customer {n % 80}", owner=user, filename="q.xlsx")
        for n in range(RFPS)
    )
    sections = Section.objects.bulk_create(Section(rfp=one, ordinal=1, title="A") for one in rfps)
    questions = Question.objects.bulk_create(
        (
            Question(
                rfp=rfp, section=section, ordinal=n, number=str(n), sheet="A", row=n, column=2,
                answer_row=n, answer_column=3, text=f"Who approves process {n}, and how often?",
            )
            for rfp, section in zip(rfps, sections, strict=True)
            for n in range(1, QUESTIONS + 1)
        ),
        batch_size=PORTION,
    )  # fmt: skip
    Answer.objects.bulk_create(
        (
            Answer(question=one, text="The CISO.", outcome="answered", version=1, confidence=0.7)
            for one in questions
            if one.ordinal % 4
        ),
        batch_size=PORTION,
    )


def _jobs(user: Any) -> None:
    """A job of every RFP, many times over. Their tables are two: no bulk_create makes both."""
    from django.db import transaction
    from django.utils import timezone

    from rfp_manager.models import RFP, RFPBatchJob

    rfps = list(RFP.objects.order_by("-pk")[:RFPS])
    now = timezone.now()
    with transaction.atomic():
        for n in range(JOBS):
            began = now - timedelta(minutes=7 * n)
            RFPBatchJob.objects.create(
                rfp=rfps[n % len(rfps)], job_type=RFPBatchJob.JOB_TYPES[n % 2][0], started_by=user,
                status="failed" if n % 40 == 0 else "completed", title="Draft answers",
                started_at=began, completed_at=began + timedelta(minutes=2), total_items=QUESTIONS,
                processed_items=QUESTIONS, successful_items=QUESTIONS,
            )  # fmt: skip


def _entries() -> None:
    from django.db import transaction

    from audit.recording import record

    with transaction.atomic():
        for n in range(ENTRIES):
            record("answer.approved", actor=None, details={"answers": n})
