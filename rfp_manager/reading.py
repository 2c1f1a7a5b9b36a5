"""Reads a buyer's file in a child process, and keeps what the mapping page shows of it."""

import contextlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.core.files.base import ContentFile
from django.core.files.temp import NamedTemporaryFile

from rfp_manager.importing.types import Questionnaire, QuestionnaireRefused
from rfp_manager.models import RFP
from solution_library.parsing.errors import ChildError
from solution_library.parsing.sandbox import run_in_child

READER = "rfp_manager.importing.child:read_and_show"
#: Beside the buyer's file in the storage.
SUFFIX = ".view"
INDEX = "index.json"
GONE = (
    "The buyer's file is not stored any more, so it cannot be read again. Upload it as a new RFP."
)


@dataclass(frozen=True)
class Reading:
    """`found` is None where nothing in the file asks; `nothing` says what was seen instead."""

    found: Questionnaire | None
    nothing: str
    format: str
    preview: dict[str, Any] = field(repr=False)

    @property
    def questions(self) -> int:
        return len(self.found.questions) if self.found else 0


def read_file(path: Path, filename: str, overrides: dict[str, Any] | None = None) -> Reading:
    """Read the file at `path`, with a person's corrections. Raises QuestionnaireRefused for what
    cannot be read at all."""
    try:
        data = run_in_child(
            READER, path=path, arguments={"filename": filename, "overrides": overrides or None}
        )
        found = data["found"]
        read = Questionnaire.from_dict(found) if found is not None else None
    except ChildError as error:
        raise QuestionnaireRefused(error.reason) from error
    return Reading(read, data["nothing"], data["format"], data["preview"])


def read_again(rfp: RFP, overrides: dict[str, Any] | None = None) -> Reading:
    """Read the stored file of an RFP. Raises QuestionnaireRefused."""
    try:
        source = rfp.questionnaire.open("rb")
    except (FileNotFoundError, ValueError) as error:
        raise QuestionnaireRefused(GONE) from error
    with source, local_copy(source, rfp.filename) as path:
        return read_file(path, rfp.filename, overrides)


@contextlib.contextmanager
def local_copy(stream: IO[bytes] | Any, filename: str) -> Iterator[Path]:
    """The bytes of `stream` in a file of this machine, with the ending of `filename`."""
    with NamedTemporaryFile(suffix=Path(filename).suffix[:10]) as copy:
        for block in iter(lambda: stream.read(1 << 20), b""):
            copy.write(block)
        copy.flush()
        yield Path(copy.name)


def keep_preview(rfp: RFP, preview: dict[str, Any]) -> None:
    """Store the pages of the sheets beside the buyer's file, each to be read on its own."""
    storage, name = rfp.questionnaire.storage, f"{rfp.questionnaire.name}{SUFFIX}"
    if not storage.exists(name):
        storage.save(name, ContentFile(_packed(preview)))


def files_of_rfps(names: list[str]) -> set[str]:
    """Of these names of stored files, the buyers' files of RFPs, and what is kept beside them."""
    stems = {name: name.removesuffix(SUFFIX) for name in names}
    rfps = RFP.objects.filter(questionnaire__in=set(stems.values()))
    known = set(rfps.values_list("questionnaire", flat=True))
    return {name for name, stem in stems.items() if stem in known}


def _packed(preview: dict[str, Any]) -> bytes:
    packed = io.BytesIO()
    index = []
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, sheet in enumerate(preview["sheets"]):
            pages = sheet["pages"]
            for page, content in enumerate(pages):
                archive.writestr(f"{number}/{page}.json", json.dumps(content))
            ends = [[page["rows"][0][0], page["rows"][-1][0]] for page in pages]
            index.append({**sheet, "pages": ends})
        archive.writestr(INDEX, json.dumps(index))
    return packed.getvalue()


class Preview:
    """The kept sheets of one RFP: the index of them all, and pages on demand."""

    def __init__(self, content: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(content))
        self.sheets: list[dict[str, Any]] = json.loads(self._archive.read(INDEX))

    def page(self, sheet: int, page: int) -> dict[str, Any]:
        """{"rows": [[row, {column: text}, hidden]], "merges": [[top, left, bottom, right,
        text]]}; nothing for a page that does not exist."""
        try:
            found: dict[str, Any] = json.loads(self._archive.read(f"{sheet}/{page}.json"))
        except KeyError:
            return {"rows": [], "merges": []}
        return found


def kept_preview(rfp: RFP) -> Preview:
    """The sheets of an RFP; the file is read for those that were imported before there were
    such pages. Raises QuestionnaireRefused."""
    storage, name = rfp.questionnaire.storage, f"{rfp.questionnaire.name}{SUFFIX}"
    if not rfp.questionnaire.name:
        raise QuestionnaireRefused(GONE)
    with contextlib.suppress(FileNotFoundError, zipfile.BadZipFile, KeyError, ValueError):
        return _open_preview(storage, name)
    # Missing, or cut off when the machine stopped: the buyer's file says it again.
    storage.delete(name)
    keep_preview(rfp, read_again(rfp).preview)
    return _open_preview(storage, name)


def _open_preview(storage: Any, name: str) -> Preview:
    with storage.open(name, "rb") as stream:
        return Preview(stream.read())
