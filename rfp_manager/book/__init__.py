"""The answer book: all answers with what they rest on, in a file of our own."""

from collections.abc import Callable
from pathlib import Path

from rfp_manager.book.contents import Book, book_of
from rfp_manager.buyers_file import file_name
from rfp_manager.models import ExportJob
from rfp_manager.snapshots import Snapshot, Written

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"


def write_xlsx(job: ExportJob, taken: Snapshot, folder: Path) -> Written:
    from rfp_manager.book.workbook import write

    return _written(job, taken, folder, write, ".xlsx", XLSX)


def write_docx(job: ExportJob, taken: Snapshot, folder: Path) -> Written:
    from rfp_manager.book.document import write

    return _written(job, taken, folder, write, ".docx", DOCX)


def write_pdf(job: ExportJob, taken: Snapshot, folder: Path) -> Written:
    # Here, because it loads the text shaper, which only a PDF needs.
    from rfp_manager.book.pdf import write

    return _written(job, taken, folder, write, ".pdf", PDF)


def _written(
    job: ExportJob, taken: Snapshot, folder: Path, write: Callable[[Book, Path], None],
    ending: str, media_type: str,
) -> Written:  # fmt: skip
    book, path = book_of(job, taken), folder / f"book{ending}"
    write(book, path)
    told = book.report.to_dict()
    return Written(
        path=path,
        name=file_name(job.rfp, f" - answer book{ending}"),
        media_type=media_type,
        exported=taken.taken,
        answers_written=book.answers,
        revision=book.revision,
        report={
            "answers_written": book.answers, "changed": told["changed"], "notes": told["notes"]
        },
    )  # fmt: skip
