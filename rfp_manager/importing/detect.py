"""What a file is, judged by its bytes; its name and its Content-Type are only claims."""

import codecs
import re
import zipfile
from pathlib import Path

from rfp_manager.importing import zip_checks
from rfp_manager.importing.types import QuestionnaireRefused

HEAD_BYTES = 64 * 1024
OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")

_BINARY_MAGICS = {
    b"MZ": "a Windows program",
    b"\x7fELF": "a Linux program",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"{\\rtf": "an RTF document",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\x1f\x8b": "a gzip archive",
}
_HTML = re.compile(rb"<(!doctype\s+html|html|head|body|table|meta|script|div)\b", re.IGNORECASE)
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_OLD_WORD_STREAM = "WordDocument".encode("utf-16-le")


def detect(path: Path) -> str:
    """The format's name ("xlsx", "docx", "pdf", "csv"); raises QuestionnaireRefused otherwise."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise QuestionnaireRefused(
            "The file is empty. Export the questionnaire again and upload that."
        )
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(path)
    if head.startswith(OLE_MAGIC):
        raise _ole(path)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    for magic, kind in _BINARY_MAGICS.items():
        if head.startswith(magic):
            raise _refused(kind)
    _refuse_markup(head)
    if _looks_binary(head):
        raise _refused("a binary file of an unknown kind")
    return "csv"


def _zip_kind(path: Path) -> str:
    with zip_checks.open_checked(path) as archive:
        types = _content_types(archive)
        names = set(archive.namelist())
    if "spreadsheetml" in types or "ms-excel.sheet.macroenabled" in types:
        return "xlsx"
    if "wordprocessingml" in types or "ms-word.document.macroenabled" in types:
        return "docx"
    if "sheet.binary" in types:
        raise _refused("a binary Excel workbook (.xlsb)")
    if "presentationml" in types:
        raise _refused("a PowerPoint presentation")
    if "mimetype" in names and "content.xml" in names:
        raise _refused("an OpenDocument file (LibreOffice)")
    raise _refused("a zip archive")


def _content_types(archive: zipfile.ZipFile) -> str:
    if "[Content_Types].xml" not in archive.namelist():
        return ""
    data = zip_checks.read_part(archive, "[Content_Types].xml")
    kinds = re.findall(rb"ContentType\s*=\s*[\"']([^\"']+)", data.replace(b"\x00", b""))
    lowered = (kind.decode("latin-1").lower() for kind in kinds)
    return " ".join(kind for kind in lowered if kind.endswith(("main+xml", ".main")))


def _ole(path: Path) -> QuestionnaireRefused:
    data = path.read_bytes()
    if _ENCRYPTED_STREAM in data:
        return QuestionnaireRefused(
            "The file is password protected. Remove the password (File > Info > Protect) and "
            "upload it again."
        )
    if _OLD_WORD_STREAM in data:
        return QuestionnaireRefused(
            "The file is a Word document in the old binary format (.doc). Open it in Word, save "
            "it as .docx and upload that."
        )
    return _refused("an Office file in the old binary format (.xls or .doc)")


def _refuse_markup(head: bytes) -> None:
    text = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if text.startswith(b"<") and _HTML.search(text[:4096]):
        raise _refused("a web page (HTML), whatever its name says")
    if text.startswith(b"<?xml"):
        raise _refused("an XML file")


def _looks_binary(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    if head.count(b"\x00") * 4 > len(head):  # UTF-16 without a mark: nearly every second byte
        even, odd = head[0::2].count(b"\x00"), head[1::2].count(b"\x00")
        return min(even, odd) * 10 > max(even, odd)
    controls = sum(byte < 9 or 13 < byte < 27 for byte in head)
    return controls * 50 > len(head)


def _refused(kind: str) -> QuestionnaireRefused:
    return QuestionnaireRefused(
        f"The file is {kind}. Open it in a spreadsheet program, save it as .xlsx or .csv and "
        "upload that."
    )
