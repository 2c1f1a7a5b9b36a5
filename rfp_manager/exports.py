"""Puts the answers into a copy of the buyer's own file."""

import hashlib
import mimetypes
import re
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from jobs.artifacts import save_artifact
from jobs.dispatch import enqueue
from jobs.errors import JobFailed
from jobs.run import JobRun
from rfp_manager.exporting import ExportRefused, Fill, UntouchedReport, fill
from rfp_manager.importing.types import Place
from rfp_manager.models import RFP, Answer, AnswerState, ExportJob, Question

EXPORT = "rfp_manager.export_questionnaire"
#: Long enough to send it off; it can be made again at any time.
KEPT = timedelta(days=30)
# What buyers leave in answer cells to be replaced.
PLACEHOLDER = re.compile(
    r"^\W*(?:(?:please |kindly )?(?:insert|enter|select|choose|type|provide|add|fill in|click)\b.*|"
    r"(?:vendor|your|supplier|bidder) (?:response|answer|reply)\b.*|"
    r"tbd|tbc|n\.?n\.?|x{2,}|\.{2,}|_+)\W*$",
    re.IGNORECASE | re.DOTALL,
)


def start_export(rfp: RFP, user: Any) -> ExportJob:
    """Queue an export. Raises AlreadyRunning."""
    job = ExportJob(rfp=rfp, started_by=user, title=f"Export “{rfp.name}”"[:200])
    return enqueue(EXPORT, job=job, dedup_key=f"rfp:{rfp.pk}:export")


def export_for_job(run: JobRun) -> dict[str, Any]:
    """The work of an ExportJob: its artifact is the filled copy."""
    job = run.job
    assert isinstance(job, ExportJob)
    run.now("Collecting the answers")
    fills, kept = snapshot(job.rfp)
    if not job.rfp.questionnaire.storage.exists(str(job.rfp.questionnaire.name)):
        raise JobFailed("The buyer's file is not stored any more. Import it again.")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "filled"
        run.now("Writing into a copy of the buyer's file")
        try:
            report = fill(Path(job.rfp.questionnaire.path), fills=fills, out=out)
        except ExportRefused as error:
            raise JobFailed(str(error)) from error
        name = _file_name(job.rfp)
        artifact = save_artifact(
            run, name, out,
            media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
            keep_for=KEPT,
            beside=lambda _: _save_report(job, fills, report, kept),
        )  # fmt: skip
    return {"artifact_id": artifact.pk, "answers_written": report.answers_written}


def snapshot(rfp: RFP) -> tuple[list[Fill], list[str]]:
    """All texts to write, as of one moment, and the places whose own text is kept."""
    with transaction.atomic():
        if not connection.savepoint_ids:  # nobody's transaction but ours
            _freeze()
        questions = list(rfp.questions.select_related("answer").order_by("ordinal"))
    fills, kept = [], []
    for question in questions:
        answer = getattr(question, "answer", None)
        if answer is None:
            continue
        if has_own_text(question) and not _stands_by_it(answer):
            kept.append(f"{_place(question).sheet or 'row'} {_place(question).ref}")
            continue
        fills += fills_for(question, answer)
    return fills, kept


def _freeze() -> None:
    """One moment for all reads of this transaction, whatever a batch writes meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def has_own_text(question: Question) -> bool:
    """The buyer's file holds a text in the answer cell that is no placeholder."""
    text = question.existing_answer.strip()
    return bool(text) and not PLACEHOLDER.match(text)


def _stands_by_it(answer: Answer) -> bool:
    return bool(answer.edited_by_id) or answer.state == AnswerState.APPROVED


def fills_for(question: Question, answer: Answer) -> list[Fill]:
    """What goes into the answer cell and the comment cell of one question."""
    place, comment_place = _place(question), _comment_place(question)
    if not question.allowed_choices:
        texts = [(place, answer.text), (comment_place, answer.comment)]
    else:
        comment = "\n".join(t for t in (answer.text, answer.comment) if t)
        texts = [(place, answer.choice), (comment_place, comment)]
    return [Fill(where, text) for where, text in texts if where is not None and text]


def _place(question: Question) -> Place:
    return Place(question.sheet, question.answer_row, question.answer_column)


def _comment_place(question: Question) -> Place | None:
    if question.comment_row is None or question.comment_column is None:
        return None
    return Place(question.sheet, question.comment_row, question.comment_column)


def _file_name(rfp: RFP) -> str:
    """After the buyer's own, so that it is found again."""
    stem, dot, ending = rfp.filename.rpartition(".")
    return f"{stem or ending} - answered{dot}{ending if stem else ''}"


def _save_report(
    job: ExportJob, fills: list[Fill], report: UntouchedReport, kept: list[str]
) -> None:
    written = "\n".join(f"{f.place}{f.text}" for f in fills)
    QuerySet(ExportJob).filter(pk=job.pk).update(
        revision=hashlib.sha256(written.encode("utf-8", "replace")).hexdigest(),
        report=report.to_dict() | {"kept": kept},
    )
