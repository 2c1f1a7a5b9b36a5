"""The main job without a browser: import, ingest, draft, review, export."""

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.errors import JobFailed
from jobs.models import Job, JobArtifact, Status
from jobs.terminal import wait_for
from llm_manager.models import LLMModel, ModelKind
from rfp_manager.batches import start_responder, start_reviewer
from rfp_manager.creating import create_rfp
from rfp_manager.exports import start_export
from rfp_manager.models import RFP, AnswerOutcome, ExportJob, Question
from solution_library.adding import Added, add_paths
from solution_library.models import Collection


@dataclass
class Answering:
    """One run of the main job. `beat` is called while waiting for background work."""

    questionnaire: Path
    out: Path
    library: list[str]
    model: LLMModel | None
    review: bool
    beat: Callable[[], None]

    def run(self) -> dict[str, Any]:
        """Returns counts and the report. Raises QuestionnaireRefused, FileNotFoundError or
        JobFailed with a sentence."""
        started = time.monotonic()
        rfp = create_rfp(self.questionnaire, filename=self.questionnaire.name, user=None)
        added = self._add_library(rfp)
        batch = self._finish(start_responder(rfp, None, model=self.model))
        if self.review:
            self._finish(start_reviewer(rfp, None, model=self.model))
        export = self._finish(start_export(rfp, None))
        assert isinstance(export, ExportJob)
        save_artifact(export.artifacts.get(), self.out)
        return result_of(rfp, batch, export, added, time.monotonic() - started)

    def _add_library(self, rfp: RFP) -> Added | None:
        """With a library named, only its documents may answer."""
        if not self.library:
            return None
        name = "library " + ", ".join(str(Path(p).resolve()) for p in self.library)
        added = add_paths(self.library, user=None, collection=name[:300])
        rfp.collections.set(Collection.objects.filter(name=name[:300]))
        if added.job is not None:
            wait_for(added.job, beat=self.beat)
        return added

    def _finish(self, job: Job) -> Job:
        ended = wait_for(job, beat=self.beat)
        if ended.status != Status.COMPLETED:
            raise JobFailed(f"{ended.title}: {ended.last_error or ended.get_status_display()}")
        return ended


def choose_model(name: str) -> LLMModel | None:
    """The chat model of this name or id; None for the default. Raises JobFailed."""
    if not name:
        return None
    models = LLMModel.objects.usable().filter(kind=ModelKind.CHAT).select_related("api")
    for model in models:
        if name in (model.model_id, model.name):
            return model
    known = ", ".join(m.model_id for m in models)
    raise JobFailed(f"There is no usable chat model “{name}”. There are: {known}.")


def save_artifact(artifact: JobArtifact, out: Path) -> None:
    """Put a result file where the person wants it; it appears whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    with os.fdopen(descriptor, "wb") as file, artifact.file.open("rb") as stored:
        for block in stored.chunks():
            file.write(block)
    os.chmod(name, 0o644)
    os.replace(name, out)


def result_of(
    rfp: RFP, batch: Job, export: ExportJob, added: Added | None, seconds: float
) -> dict[str, Any]:
    questions = list(
        rfp.questions.select_related("answer", "section").prefetch_related(
            "answer__citations__chunk__version__document"
        )
    )
    answers = [answer_as_dict(question) for question in questions]
    outcomes = [a["outcome"] for a in answers]
    no_evidence = outcomes.count(AnswerOutcome.NO_EVIDENCE.value)
    partly = outcomes.count(AnswerOutcome.PARTLY.value)
    return {
        "questions": len(questions),
        "answered": outcomes.count(AnswerOutcome.ANSWERED.value) + partly,
        "partly": partly,
        "no_evidence": no_evidence,
        "failed": batch.failed_items,
        "seconds": round(seconds, 1),
        "report": {
            "rfp_id": rfp.pk,
            "import": rfp.import_report,
            "library": added.counts() | {"refused": added.refused} if added else None,
            "export": export.report,
            "errors": batch.errors,
            "answers": answers,
        },
    }


def answer_as_dict(question: Question) -> dict[str, Any]:
    answer = getattr(question, "answer", None)
    found = {
        "number": question.number,
        "question": question.text,
        "section": question.section.title,
        "sheet": question.sheet,
        "row": question.row,
        "column": question.column,
        "answer_row": question.answer_row,
        "answer_column": question.answer_column,
        "outcome": answer.outcome if answer else "failed",
    }
    if answer is None:
        return found
    return found | {
        "answer": answer.text,
        "choice": answer.choice,
        "explanation": answer.explanation,
        "confidence": answer.confidence,
        "unsupported": [entry["words"] for entry in answer.unsupported],
        "citations": [
            {
                "document": c.chunk.version.document.title,
                "path": c.chunk.version.document.path,
                "heading_path": c.chunk.heading_path,
                "page": c.chunk.page,
                "quote": c.quote,
                "passage": c.chunk.text,
            }
            for c in answer.citations.all()
        ],
    }
