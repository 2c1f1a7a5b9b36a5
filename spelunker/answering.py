"""The main job without a browser: import, ingest, draft, review, export."""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from jobs.errors import JobFailed
from jobs.models import Job, JobArtifact, Status
from jobs.terminal import wait_for
from llm_manager.models import LLMModel, ModelKind
from rfp_manager.batches import start_responder, start_reviewer
from rfp_manager.creating import create_rfp
from rfp_manager.exporting.files import write_whole
from rfp_manager.exports import start_export
from rfp_manager.models import RFP, AnswerOutcome, ExportJob, Question
from solution_library.adding import Added, add_paths
from solution_library.files import documents_below
from solution_library.models import Collection

MAX_COLLECTION_NAME = 200


@dataclass
class Answering:
    """One run of the main job. `beat` is called while waiting for background work."""

    questionnaire: Path
    out: Path
    library: list[str]
    review: bool
    model: LLMModel | None = None
    beat: Callable[[], None] = lambda: None
    warnings: list[str] = field(default_factory=list)

    def run(self, documents: list[Path]) -> dict[str, Any]:
        """Returns counts and the report; `documents` come from check_paths. Raises
        QuestionnaireRefused or JobFailed with a sentence."""
        started = time.monotonic()
        rfp = create_rfp(self.questionnaire, filename=self.questionnaire.name, user=None)
        library = self._add_library(rfp, documents)
        batch = self._finish(start_responder(rfp, None, model=self.model))
        if self.review:
            self._finish(start_reviewer(rfp, None, model=self.model))
        export = ExportJob.objects.get(pk=self._finish(start_export(rfp, None)).pk)
        save_artifact(export.artifacts.get(), self.out)
        result = result_of(rfp, batch, export, library, time.monotonic() - started)
        return result | {"warnings": self.warnings}

    def check_paths(self) -> list[Path]:
        """The library's documents. What can go wrong with paths goes wrong here, before any
        work is done: raises FileNotFoundError or JobFailed."""
        found = filter(self._is_nameable, documents_below(self.library))
        # Its questions are no evidence for its answers.
        documents = [path for path in found if not _same_file(path, self.questionnaire)]
        refuse_bad_out(self.out, [self.questionnaire, *documents])
        make_folder(self.out.parent)
        if self.library and not documents:
            self._warn("There is no document in the library: no question can be answered.")
        ending = self.questionnaire.suffix.lower()
        if ending and self.out.suffix.lower() != ending:
            self._warn(
                f"“{self.out.name}” will hold a {ending} file, as the questionnaire is one; name "
                "it so for other programs to open it."
            )
        return documents

    def _is_nameable(self, path: Path) -> bool:
        """A name from a system with another encoding has bytes that no database can keep."""
        if printable(str(path)) == str(path):
            return True
        self._warn(f"“{printable(str(path))}” was left out: its name is not UTF-8. Rename it.")
        return False

    def _warn(self, sentence: str) -> None:
        self.warnings.append(sentence)

    def _add_library(self, rfp: RFP, documents: list[Path]) -> "Library | None":
        """With a library named, only its documents may answer."""
        if not self.library:
            return None
        name = collection_name(self.library)
        added = add_paths([str(path) for path in documents], user=None, collection=name)
        group = Collection.objects.get(name=name)
        # What an earlier run found there and is gone by now must not answer either.
        group.documents.set(added.document_ids)
        rfp.collections.set([group])
        failed: list[Any] = []
        if added.job is not None:
            ended = wait_for(added.job, beat=self.beat)
            failed = ended.errors
            if ended.failed_items:
                self._warn(f"{ended.failed_items} documents of the library could not be read.")
        if added.refused:
            self._warn(f"{len(added.refused)} files of the library were refused.")
        return Library(added, failed, paths_by_id(added, documents))

    def _finish(self, job: Job) -> Job:
        ended = wait_for(job, beat=self.beat)
        if ended.status != Status.COMPLETED:
            raise JobFailed(f"{ended.title}: {ended.last_error or ended.get_status_display()}")
        return ended


@dataclass
class Library:
    """What became of the documents named on the command line."""

    added: Added
    failed: list[dict[str, Any]]
    paths: dict[int, str]  # document id -> where it stands in the library that was named

    def as_dict(self) -> dict[str, Any]:
        failed = [entry | {"path": self._path(entry.get("item"))} for entry in self.failed]
        return self.added.counts() | {"refused": self.added.refused, "failed": failed}

    def _path(self, item: Any) -> str:
        return self.paths.get(int(item), "") if str(item).isdigit() else ""


def printable(text: str) -> str:
    """`text` with the bytes of a foreign encoding shown as "\\udcff"."""
    return text.encode("utf-8", "backslashreplace").decode()


def paths_by_id(added: Added, documents: list[Path]) -> dict[int, str]:
    """The same file may be known from another folder, so each is named by its path of today."""
    refused = {entry["path"] for entry in added.refused}
    taken = [str(path) for path in documents if str(path) not in refused]
    if len(taken) != len(added.document_ids):  # the folder changed while it was read
        return {}
    return dict(zip(added.document_ids, taken, strict=True))


def collection_name(library: list[str]) -> str:
    """One name for each set of paths, however long they are."""
    name = printable("library " + ", ".join(str(Path(path).resolve()) for path in library))
    if len(name) <= MAX_COLLECTION_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    return f"{name[: MAX_COLLECTION_NAME - 14]}… {digest}"


def refuse_bad_out(out: Path, sources: list[Path]) -> None:
    """Raise JobFailed if writing `out` would destroy something that is read here."""
    if out.is_dir():
        raise JobFailed(
            f"“{out}” is a folder. Name a file in it, such as “{out / 'answers.xlsx'}”."
        )
    for source in sources:
        if out.exists() and source.exists() and out.samefile(source):
            raise JobFailed(
                f"“{out}” is read as “{source}” and would be overwritten. Name another file for "
                "the answers."
            )


def make_folder(folder: Path) -> None:
    """See to it that files can be made in `folder`; raises JobFailed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or "it is not possible"
        raise JobFailed(
            f"No file can be written into the folder “{folder}”: {reason}. Name another one."
        ) from error


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

    def copy(stream: BinaryIO) -> None:
        with artifact.file.open("rb") as stored:
            shutil.copyfileobj(stored, stream)

    make_folder(out.parent)
    write_whole(out, copy, lambda draft: draft.chmod(0o644))


def result_of(
    rfp: RFP, batch: Job, export: ExportJob, library: Library | None, seconds: float
) -> dict[str, Any]:
    paths = library.paths if library else {}
    questions = list(
        rfp.questions.select_related("answer", "section").prefetch_related(
            "answer__citations__chunk__version__document"
        )
    )
    answers = [answer_as_dict(question, paths) for question in questions]
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
            "library": library.as_dict() if library else None,
            "export": export.report,
            "errors": batch.errors,
            "answers": answers,
        },
    }


def answer_as_dict(question: Question, paths: dict[int, str]) -> dict[str, Any]:
    """`paths`: where documents stand in the library that was named, by document id."""
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
                "document": document.title,
                "path": paths.get(document.pk, document.path),
                "heading_path": c.chunk.heading_path,
                "page": c.chunk.page,
                "quote": c.quote,
                "passage": c.chunk.text,
            }
            for c in answer.citations.all()
            for document in [c.chunk.version.document]
        ],
    }


def _same_file(path: Path, other: Path) -> bool:
    return other.exists() and path.samefile(other)
