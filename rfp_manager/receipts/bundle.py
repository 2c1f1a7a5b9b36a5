"""Answer receipts to take away: a zip file that a script verifies on any other machine."""

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from jobs.models import JobArtifact
from rfp_manager.affected import exports_that_count
from rfp_manager.buyers_file import file_name
from rfp_manager.models import RFP, Answer, AnswerReceipt, ExportedAnswer, ExportJob
from rfp_manager.receipts.canonical import canonical, digest
from rfp_manager.snapshots import Snapshot, Taken, Written

FORMAT = "spelunker.answer-receipts/1"
MANIFEST, RECEIPTS, ANSWERS = "manifest.json", "receipts.jsonl", "answers.jsonl"
SCRIPT = "verify_receipts.py"
#: Equal contents are to be equal bytes.
STAMP = (2000, 1, 1, 0, 0, 0)
README = """\
Answer receipts of Spelunker

manifest.json      the hash (SHA-256) of every other file, and of the files that were exported
answers.jsonl      the answers that were exported, one a line
receipts.jsonl     how each version of these answers came about, one a line
verify_receipts.py checks all of it; needs Python 3.9 or newer and nothing else

To verify:  python verify_receipts.py THIS.zip --expect HASH
HASH is the bundle's hash as the RFP's page shows it. Take the script from a place that you trust:
one that came with a forged bundle would find nothing wrong with it.

A receipt's hash is that of its "body", written as JSON with the keys in order, no blanks between
signs, in UTF-8. "previous" is the hash of the receipt of the version before. Places of quotes
count characters (Unicode code points) from 0; "end" is the first character after the quote.
"""


@dataclass(frozen=True)
class Exported:
    """An answer as it left the house, or as it stands if nothing has left yet."""

    question_id: int
    number: str
    version: int
    text: str
    choice: str
    comment: str
    state: str


def write_bundle(job: ExportJob, taken: Snapshot, folder: Path) -> Written:
    """The receipts of what the buyer was given; else of the newest export; else of the answers
    as they stand, with all their earlier versions."""
    basis = _basis(job.rfp)
    exported = _exported(basis) if basis else [_as_it_stands(each) for each in taken.taken]
    path = folder / "receipts.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        files, without = _write_contents(archive, exported)
        body = _manifest(job.rfp, basis, files, len(exported))
        whole = canonical({"body": body, "sha256": digest(body)})
        archive.writestr(_entry(MANIFEST), whole + b"\n")
    return Written(
        path=path,
        name=file_name(job.rfp, " - receipts.zip"),
        media_type="application/zip",
        exported=[],  # nothing new leaves the house for the buyer
        answers_written=len(exported),
        revision=digest(body),
        report={"receipts_missing": without, "basis": basis.pk if basis else None},
    )


def _basis(rfp: RFP) -> ExportJob | None:
    newest, given = exports_that_count(RFP.objects.filter(pk=rfp.pk))
    exports: QuerySet[ExportJob] = QuerySet(ExportJob).filter(pk__in=given or newest)
    return exports.order_by("-pk").first()


def _exported(export: ExportJob) -> list[Exported]:
    rows = ExportedAnswer.objects.filter(export=export).select_related("question")
    return [
        Exported(
            row.question_id, row.question.number, row.answer_version, row.text, row.choice,
            row.comment, row.state,
        )
        for row in rows.order_by("question__ordinal")
    ]  # fmt: skip


def _as_it_stands(taken: Taken) -> Exported:
    answer = taken.answer
    return Exported(
        taken.question.pk, taken.question.number, answer.version, answer.text, answer.choice,
        answer.comment, answer.state,
    )  # fmt: skip


# -- the files -----------------------------------------------------------------------------
def _write_contents(
    archive: zipfile.ZipFile, exported: list[Exported]
) -> tuple[dict[str, str], list[str]]:
    """Hashes of the files by name, and the questions whose answer has no receipt."""
    hashes: dict[tuple[int, int], str] = {}
    files = {RECEIPTS: _stream(archive, RECEIPTS, _receipts(exported, hashes))}
    lines = (canonical(_answer(each, hashes)) for each in exported)
    files[ANSWERS] = _stream(archive, ANSWERS, lines)
    files["README.txt"] = _stream(archive, "README.txt", [README.rstrip().encode()])
    script = Path(__file__).with_name(SCRIPT)
    files[SCRIPT] = _stream(archive, SCRIPT, [script.read_bytes().rstrip()])
    without = [e.number for e in exported if (e.question_id, e.version) not in hashes]
    return files, without


def _stream(archive: zipfile.ZipFile, name: str, lines: Iterable[bytes]) -> str:
    """Write lines as they come, so that thousands of receipts are never in memory at once."""
    sha256 = hashlib.sha256()
    with archive.open(_entry(name), "w") as out:
        for line in lines:
            out.write(line + b"\n")
            sha256.update(line + b"\n")
    return sha256.hexdigest()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, STAMP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _receipts(exported: list[Exported], hashes: dict[tuple[int, int], str]) -> Iterator[bytes]:
    """Every version up to the exported one, question by question; fills `hashes`."""
    versions = {each.question_id: each.version for each in exported}
    answers = Answer.objects.filter(question__in=versions)
    rows = AnswerReceipt.objects.filter(version__answer__in=answers.values("pk"))
    ordered = rows.order_by("version__answer__question__ordinal", "version__number")
    columns = ("version__answer__question", "version__number", "body", "sha256")
    for question, number, body, sha256 in ordered.values_list(*columns).iterator(chunk_size=100):
        if number <= versions[question]:
            hashes[question, number] = sha256
            yield canonical({"body": body, "sha256": sha256})


def _answer(exported: Exported, hashes: dict[tuple[int, int], str]) -> dict[str, Any]:
    return {
        "question": exported.question_id,
        "number": exported.number,
        "version": exported.version,
        "text": exported.text,
        "choice": exported.choice,
        "comment": exported.comment,
        "state": exported.state,
        "receipt": hashes.get((exported.question_id, exported.version)),
    }


def _manifest(
    rfp: RFP, basis: ExportJob | None, files: dict[str, str], answers: int
) -> dict[str, Any]:
    given = basis is not None and rfp.submitted_export_id == basis.pk
    at = rfp.submitted_at.isoformat() if given and rfp.submitted_at else None
    kept = JobArtifact.objects.filter(job_id=basis.pk) if basis else JobArtifact.objects.none()
    return {
        "format": FORMAT,
        "rfp": {"id": rfp.pk, "name": rfp.name, "customer": rfp.customer, "sha256": rfp.sha256},
        "exported_files": [
            {"name": file.name, "sha256": file.sha256} for file in kept.order_by("pk")
        ],
        "submitted_at": at,
        "answers": answers,
        "files": files,
    }
