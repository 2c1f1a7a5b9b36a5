"""Makes an RFP out of the buyer's file."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.db import transaction

from accounts.quotas import QuotaReached, refuse_beyond
from rfp_manager import editions, layouts
from rfp_manager.importing.types import NothingAsked, QuestionnaireRefused
from rfp_manager.models import RFP
from rfp_manager.reading import Reading, keep_preview, local_copy, read_file
from rfp_manager.storing import add_questions, report_of
from solution_library.ingest import (
    UploadRefused,
    as_stream,
    clean_name,
    digest_of,
    room_for_files,
)
from solution_library.models import Collection, Tag


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
    approval_required: bool = False,
    four_eyes: bool | None = None,
    keep_anyway: bool = False,
) -> RFP:
    """Read a questionnaire and store it with its questions, as a form of this layout was
    corrected before. Raises QuestionnaireRefused; NothingAsked for a file that can be read but
    asks nothing, unless it is to be kept anyway for a person to say what asks in it. `four_eyes`:
    None for the house's default."""
    rfp = RFP(
        name=(name or Path(clean_name(filename)).stem)[:200],
        customer=customer[:200],
        owner=user,
        due_date=due_date,
        instructions=instructions,
        only_approved=only_approved,
        approval_required=approval_required,
        four_eyes=settings.RFP_FOUR_EYES if four_eyes is None else four_eyes,
        filename=clean_name(filename),
    )
    with as_stream(stream) as opened:
        read = _read_into(rfp, opened, user)
        if not read.questions and not keep_anyway:
            raise NothingAsked(_nothing(read, rfp.filename))
        with transaction.atomic():
            _refuse_more(user)
            _keep_file(rfp, opened)
            rfp.save()
            rfp.collections.set(collections)
            rfp.tags.set(tags)
            add_questions(rfp, read.found.questions if read.found else [])
            editions.find_and_link(rfp, user)
    with suppress(OSError):  # without it the page reads the buyer's file again
        keep_preview(rfp, read.preview)
    return rfp


def _read_into(rfp: RFP, stream: IO[bytes], user: Any) -> Reading:
    """What the file holds; its columns of the RFP are set, nothing is saved."""
    rfp.sha256 = _digest(stream, rfp.filename)
    read, rfp.mapping = _read(stream, rfp.filename, user)
    rfp.file_format = read.format
    rfp.import_report = report_of(read.found, read.nothing)
    rfp.layout = layouts.fingerprint(read.preview)
    return read


def _refuse_more(user: Any) -> None:
    try:
        refuse_beyond(user, "rfps", lambda: RFP.objects.filter(owner=user).count())
    except QuotaReached as reached:
        raise QuestionnaireRefused(str(reached)) from reached


def _keep_file(rfp: RFP, stream: IO[bytes]) -> None:
    stream.seek(0)
    try:
        with room_for_files():
            rfp.questionnaire.save(rfp.filename, File(stream), save=False)
    except UploadRefused as error:
        raise QuestionnaireRefused(str(error)) from error


def _digest(stream: IO[bytes], filename: str) -> str:
    try:
        return digest_of(stream, filename)
    except UploadRefused as error:
        raise QuestionnaireRefused(str(error)) from error


def _read(stream: IO[bytes], filename: str, user: Any) -> tuple[Reading, dict[str, Any]]:
    """The file as read, and the mapping that it was read by."""
    stream.seek(0)
    with local_copy(stream, filename) as path:
        read = read_file(path, filename)
        known = layouts.recognise(read.preview, user)
        if known is not None:
            again = read_file(path, filename, known.overrides)
            if again.questions:
                return again, known.mapping
        return read, {}


def _nothing(read: Reading, filename: str) -> str:
    seen = "; ".join(layouts.seen_in_words(read.preview))
    said = read.nothing or f"No questions were found in “{filename}”."
    return f"{said} Seen: {seen}." if seen else said
