"""What lies around a large RFP: the buyer's documents, experts' sheets, a full library, a history
of jobs and calls. Pages that list them have something to list."""

import tempfile
from datetime import timedelta
from hashlib import sha256 as sha256_of
from pathlib import Path
from typing import Any

CONDITIONS = (
    "The supplier shall keep records of {subject} for {number} months.",
    "Questions may be asked until {day} 2027, 12:00.",
    "Criterion {number}: {subject}, weight {share} %.",
)
DOCUMENTS, PARTS = 3, 120
LISTED = 400


def add_papers(rfp: Any, user: Any) -> None:
    """Beside an RFP that is there: all that its further pages and those of other apps list."""
    _from_the_buyer(rfp, user)
    _sheet_back(rfp, user)
    _library(user)
    _answer_library(user)
    _past_jobs(rfp, user)
    _calls(user)


def _from_the_buyer(rfp: Any, user: Any) -> None:
    """Documents that came with the RFP, with requirements, dates, criteria and a summary."""
    from django.utils import timezone

    from rfp_manager.information.findings import save_findings
    from rfp_manager.models import InformationDocument

    for number in range(DOCUMENTS):
        document, chunks = _read(f"Tender conditions {number + 1}", user, "rfp")
        cited = [{"chunk": chunk.pk, "quote": chunk.text[:80]} for chunk in chunks[:5]]
        parts = [
            {"heading": f"Part {n}", "summary": chunk.text, "citations": cited}
            for n, chunk in enumerate(chunks[:20])
        ]
        row = InformationDocument.objects.create(
            rfp=rfp, document=document, title=document.title, summary=chunks[0].text,
            summary_citations=cited, sections=parts, summarized_at=timezone.now(),
        )  # fmt: skip
        save_findings(row, chunks)


def _read(title: str, user: Any, kind: str) -> tuple[Any, list[Any]]:
    from benchmarks.pages_parts.world import SUBJECTS
    from solution_library.models import Chunk, Document, DocumentVersion

    sha256 = sha256_of(title.encode()).hexdigest()
    document = Document.objects.create(
        title=title, path=f"{title}.md", sha256=sha256, kind=kind, owner=user,
        embedding_status="ready",
    )  # fmt: skip
    version = DocumentVersion.objects.create(
        document=document, number=1, file=f"{title}.md", filename=f"{title}.md", sha256=sha256,
        size=9, is_complete=True,
    )  # fmt: skip
    document.current_version = version
    document.save()
    texts = [
        "\n\n".join(
            line.format(
                subject=SUBJECTS[n % len(SUBJECTS)], number=n + 1, share=n % 30 + 1,
                day=f"{n % 28 + 1} {('March', 'April', 'May', 'June', 'July')[n % 5]}",
            )
            for line in CONDITIONS
        )
        for n in range(PARTS)
    ]  # fmt: skip
    rows = (
        Chunk(version=version, ordinal=n, text=text, heading_path=f"{title} > Part {n}", page=n + 1)
        for n, text in enumerate(texts)
    )
    return document, list(Chunk.objects.bulk_create(rows))


def _sheet_back(rfp: Any, user: Any) -> None:
    """A sheet of all questions that came back filled in; of every tenth the answer has changed
    here meanwhile."""
    from rfp_manager.models import Answer
    from rfp_manager.packets.bringing import bring_back
    from rfp_manager.packets.making import make_packet, write_packet

    ids = list(rfp.questions.values_list("pk", flat=True))
    packet = make_packet(rfp, ids, user=user, name="An expert")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sheet.xlsx")
        write_packet(packet, path, user)
        _fill_in(path)
        changed = list(Answer.objects.filter(question__in=ids[::10]))
        for answer in changed:
            answer.text, answer.version = f"{answer.text} Changed here.", answer.version + 1
        Answer.objects.bulk_update(changed, ["text", "version"])
        with path.open("rb") as file:
            bring_back(file, filename="sheet.xlsx", user=user)


def _fill_in(path: Path) -> None:
    """A third of the drafts is right, a third is said in new words."""
    from openpyxl import load_workbook

    from rfp_manager.packets.columns import COLUMNS, Column

    book = load_workbook(path)
    sheet = next(s for s in book if any(c.value == Column.KEY for row in s[1:9] for c in row))
    right, words, draft = map(COLUMNS.index, (Column.RIGHT, Column.ANSWER, Column.DRAFT))
    for n, row in enumerate(sheet.iter_rows(min_row=2)):
        if n % 3 == 0:
            row[right].value = "x"
        elif n % 3 == 1:
            row[words].value = f"As written in part {n}: {row[draft].value}"
    book.save(path)


def _library(user: Any) -> None:
    """Documents beside those that are cited, in collections and with tags."""
    from solution_library.models import Collection, Document, DocumentVersion, Tag

    groups = [Collection.objects.create(name=f"Collection {n}") for n in range(12)]
    tags = [Tag.objects.create(name=f"Topic {n}") for n in range(30)]
    documents = Document.objects.bulk_create(
        Document(
            title=f"Handbook {n}", path=f"handbooks/{n}.md", sha256=f"{n + 5000:064}", owner=user,
            embedding_status="ready",
        )
        for n in range(LISTED)
    )  # fmt: skip
    versions = DocumentVersion.objects.bulk_create(
        DocumentVersion(
            document=one, number=1, file="h.md", filename="h.md", sha256=one.sha256, size=9
        )
        for one in documents
    )
    for n, (document, version) in enumerate(zip(documents, versions, strict=True)):
        document.current_version = version
        groups[n % 12].documents.add(document)
        tags[n % 30].documents.add(document)
    Document.objects.bulk_update(documents, ["current_version"])
    _read("Handbook of handbooks", user, "file")


def _answer_library(user: Any) -> None:
    from benchmarks.pages_parts.world import SENTENCES
    from solution_library.models import AnswerRevision, Document, LibraryAnswer

    documents = Document.objects.bulk_create(
        Document(
            kind="answer", title=f"How is area {n} looked after?", path="",
            sha256=f"{n + 9000:064}", owner=user, embedding_status="ready",
        )
        for n in range(LISTED)
    )  # fmt: skip
    answers = LibraryAnswer.objects.bulk_create(
        LibraryAnswer(
            document=one, question=one.title, digest=one.sha256, text=SENTENCES[n % 4],
            origin="Assessment 2026",
        )
        for n, one in enumerate(documents)
    )  # fmt: skip
    AnswerRevision.objects.bulk_create(
        AnswerRevision(answer=one, number=1, question=one.question, text=one.text, made_by=user)
        for one in answers
    )


def _past_jobs(rfp: Any, user: Any) -> None:
    """Finished batches; the newest with its thousand items, some of which failed."""
    from django.utils import timezone

    from jobs.models import JobItem, JobLog, Notification
    from jobs.models.records import REMINDER
    from rfp_manager.models import RFPBatchJob

    now = timezone.now()
    for n in range(LISTED // 2):
        job = RFPBatchJob.objects.create(
            rfp=rfp, job_type=RFPBatchJob.JOB_TYPES[n % 2][0], started_by=user, status="completed",
            title=f"Draft answers for “{rfp.name}”", started_at=now, completed_at=now,
            total_items=1000, processed_items=1000, successful_items=990, failed_items=10,
        )  # fmt: skip
    JobItem.objects.bulk_create(
        JobItem(
            job=job, key=str(question.pk), ordinal=n, state="failed" if n % 100 == 0 else "done",
            error="The model refused to answer." if n % 100 == 0 else "",
        )
        for n, question in enumerate(rfp.questions.order_by("ordinal"))
    )  # fmt: skip
    JobLog.objects.bulk_create(
        JobLog(job=job, at=now + timedelta(seconds=n), message=f"Question {n}") for n in range(300)
    )
    Notification.objects.bulk_create(
        Notification(user=user, event=REMINDER, topic=f"topic:{n}", url="/", text=f"News {n}")
        for n in range(LISTED)
    )


def _calls(user: Any) -> None:
    """Ten thousand calls of a model, over three months."""
    from django.utils import timezone

    from llm_manager.models import LLMModel, LLMUsage

    model = LLMModel.objects.order_by("pk").first()
    if model is None:
        return
    rows = LLMUsage.objects.bulk_create(
        (
            LLMUsage(
                model=model, purpose="answer", subject=f"rfp:{n % 30}", user=user, characters=900,
                input_tokens=400, output_tokens=90, cost="0.001", latency_ms=n % 900,
            )
            for n in range(10_000)
        ),
        batch_size=2000,
    )  # fmt: skip
    now = timezone.now()
    for n, row in enumerate(rows):
        row.created_at = now - timedelta(minutes=13 * n)
    LLMUsage.objects.bulk_update(rows, ["created_at"], batch_size=2000)
