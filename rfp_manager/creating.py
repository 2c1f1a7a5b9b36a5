"""Makes an RFP out of the buyer's file."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.core.files import File
from django.core.files.temp import NamedTemporaryFile
from django.db import transaction

from rfp_manager.importing.types import FoundQuestion, Questionnaire, QuestionnaireRefused
from rfp_manager.models import RFP, Question, Section
from solution_library.ingest import UploadRefused, clean_name, digest_of
from solution_library.models import Collection, Tag
from solution_library.parsing.sandbox import ChildError, run_in_child

READER = "rfp_manager.importing.child:read"


def create_rfp(
    stream: IO[bytes] | Path,
    *,
    filename: str,
    name: str = "",
    customer: str = "",
    user: Any,
    due_date: date | None = None,
    instructions: str = "",
    collections: Iterable[Collection] = (),
    tags: Iterable[Tag] = (),
    only_approved: bool = False,
) -> RFP:
    """Read a questionnaire and store it with its questions. Raises QuestionnaireRefused."""
    if isinstance(stream, Path):
        with open(stream, "rb") as opened:
            return create_rfp(
                opened, filename=filename, name=name, customer=customer, user=user,
                due_date=due_date, instructions=instructions, collections=collections,
                tags=tags, only_approved=only_approved,
            )  # fmt: skip
    filename = clean_name(filename)
    found, digest = _read(stream, filename)
    with transaction.atomic():
        rfp = RFP(
            name=(name or Path(filename).stem)[:200],
            customer=customer[:200],
            owner=user,
            due_date=due_date,
            instructions=instructions,
            only_approved=only_approved,
            filename=filename,
            file_format=found.format,
            sha256=digest,
            import_report=_report(found),
        )
        stream.seek(0)
        rfp.questionnaire.save(filename, File(stream), save=False)
        rfp.save()
        rfp.collections.set(collections)
        rfp.tags.set(tags)
        _add_questions(rfp, found.questions)
    return rfp


def _read(stream: IO[bytes], filename: str) -> tuple[Questionnaire, str]:
    try:
        digest = digest_of(stream, filename)
    except UploadRefused as error:
        raise QuestionnaireRefused(str(error)) from error
    stream.seek(0)
    with NamedTemporaryFile(suffix=Path(filename).suffix[:10]) as copy:
        for block in iter(lambda: stream.read(1 << 20), b""):
            copy.write(block)
        copy.flush()
        return read_safely(Path(copy.name), filename), digest


def read_safely(path: Path, filename: str) -> Questionnaire:
    """Read a questionnaire in a sandboxed child. Raises QuestionnaireRefused."""
    try:
        data = run_in_child(READER, path=path, arguments={"filename": filename})
        found = Questionnaire.from_dict(data)
    except ChildError as error:
        raise QuestionnaireRefused(error.reason) from error
    if not found.questions:
        raise QuestionnaireRefused(
            f"No questions were found in “{filename}”. Is it the questionnaire? Its questions "
            "should stand in one column, each with an empty cell for the answer."
        )
    return found


def _report(found: Questionnaire) -> dict[str, Any]:
    return {
        "format": found.format,
        "sheets": [sheet.to_dict() for sheet in found.sheets],
        "warnings": found.warnings,
    }


def _add_questions(rfp: RFP, found: list[FoundQuestion]) -> None:
    sections: dict[tuple[str, str], Section] = {}
    rows = []
    for question in found:
        key = (question.place.sheet, question.section)
        if key not in sections:
            sections[key] = Section.objects.create(
                rfp=rfp, ordinal=len(sections) + 1, sheet=key[0][:200], title=key[1][:500]
            )
        rows.append(_question(rfp, sections[key], question))
    Question.objects.bulk_create(rows, batch_size=500)


def _question(rfp: RFP, section: Section, found: FoundQuestion) -> Question:
    comment = found.comment_place
    return Question(
        rfp=rfp,
        section=section,
        ordinal=found.ordinal,
        number=found.number[:100],
        text=found.text,
        sheet=found.place.sheet[:200],
        row=found.place.row,
        column=found.place.column,
        answer_row=found.answer_place.row,
        answer_column=found.answer_place.column,
        comment_row=comment.row if comment else None,
        comment_column=comment.column if comment else None,
        allowed_choices=found.allowed_choices,
        existing_answer=found.existing_answer,
    )
