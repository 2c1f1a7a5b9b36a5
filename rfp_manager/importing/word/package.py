"""Opening a Word document: its text part and what numbers and styles it."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from rfp_manager.importing import zip_checks
from rfp_manager.importing.types import QuestionnaireRefused
from solution_library.parsing.docx_numbering import Numbering
from solution_library.parsing.docx_styles import Styles
from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.office_xml import main_part, parsed, root_of

Element: TypeAlias = Any  # lxml ships no types

MAX_TEXT_BYTES = 32 * 1024 * 1024  # a thousand pages take about a quarter of it
_DAMAGED = (
    "The Word document is damaged: {what}. Open it in Word, save it again as .docx and upload "
    "that copy."
)


@dataclass
class Package:
    """The parts of a Word document that say what is read; `member` names the text part."""

    member: str
    data: bytes
    root: Element
    styles: Styles
    numbering: Numbering
    has_macros: bool = False
    is_signed: bool = False


def open_package(path: Path) -> Package:
    """Raises QuestionnaireRefused for what is no Word document, damaged or too big."""
    with zip_checks.open_checked(path) as archive:
        try:
            return _read(archive)
        except ParseRefused as error:
            raise damaged("one of its parts is not valid XML") from error


def parse(data: bytes) -> Element:
    """The root of a text part; raises QuestionnaireRefused when it is damaged."""
    try:
        return parsed(data, "the text")
    except ParseRefused as error:
        raise damaged("its text is not valid XML") from error


def damaged(what: str) -> QuestionnaireRefused:
    return QuestionnaireRefused(_DAMAGED.format(what=what))


def _read(archive: zipfile.ZipFile) -> Package:
    member = main_part(archive, "word/document.xml")
    names = {name.lower() for name in archive.namelist()}
    if member not in archive.namelist():
        raise damaged("its text part is missing")
    size = archive.getinfo(member).file_size
    if size > MAX_TEXT_BYTES:
        raise QuestionnaireRefused(
            f"The text of the Word document takes {size // 2**20} MB; at most "
            f"{MAX_TEXT_BYTES // 2**20} MB are read. Split it into parts."
        )
    data = zip_checks.read_part(archive, member)
    root = parse(data)
    if root.find("{*}body") is None:
        raise damaged("its text part holds no text")
    folder = member.rpartition("/")[0]
    return Package(
        member=member,
        data=data,
        root=root,
        styles=Styles(root_of(archive, f"{folder}/styles.xml")),
        numbering=Numbering(root_of(archive, f"{folder}/numbering.xml")),
        has_macros=any(name.endswith("vbaproject.bin") for name in names),
        is_signed=any(name.startswith("_xmlsignatures/") for name in names),
    )
