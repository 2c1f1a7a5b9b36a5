"""What a file truly is, by its content; its name only decides between kinds of plain text."""

import re
from pathlib import Path

from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.readable import Readable
from solution_library.parsing.text import decode
from solution_library.parsing.words import words

_HEAD = 1 << 16
_UNSUPPORTED = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a Java or macOS program"),
    (b"GIF8", "a GIF image"),
    (b"%!PS", "a PostScript file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"ID3", "an MP3 recording"),
    (b"OggS", "an Ogg recording"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"SQLite format 3\0", "an SQLite database"),
)
# PNG, JPEG and TIFF
_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*")
_AT_OFFSET = (
    (0, b"RIFF", "a media file (WebP, WAV or AVI)"),
    (4, b"ftyp", "a video or HEIC image"),
    (257, b"ustar", "a tar archive"),
)
# Templates have the same shape; drawings, formulas and databases do not.
_OPEN_DOCUMENT = re.compile(
    r"application/vnd\.oasis\.opendocument\.(?:text|spreadsheet|presentation)(?:-template)?"
)
_OLE_STREAMS = (
    ("EncryptedPackage", "locked"),
    ("WordDocument", "an old Word (.doc) file"),
    ("Workbook", "an old Excel (.xls) file"),
    ("Book", "an old Excel (.xls) file"),
    ("PowerPoint Document", "an old PowerPoint (.ppt) file"),
    ("__substg1.0", "an Outlook message (.msg)"),
)
_ADVICE = {
    "an old Word (.doc) file": "Save it as .docx and upload it again.",
    "a binary Excel (.xlsb) workbook": "Save it as .xlsx and upload it again.",
    "an old Excel (.xls) file": "Save it as .xlsx and upload it again.",
    "an old PowerPoint (.ppt) file": "Save it as .pptx and upload it again.",
    "an old Office (OLE) file": "Save it as .docx, .xlsx or .pptx and upload it again.",
    "an Outlook message (.msg)": "Save it as .eml or .pdf and upload it again.",
    "an Apple Pages, Numbers or Keynote file": "Export it as .docx, .xlsx, .pptx or .pdf.",
    "a zip archive": "Unpack it, or give it the ending .zip to add all documents in it.",
    "a Visio drawing": "Save it as .pdf and upload it again.",
}
_SUPPORTED = (
    "Word (.docx), PowerPoint (.pptx), Excel (.xlsx), PDF, OpenDocument (.odt, .ods, .odp), "
    "Rich Text (.rtf), HTML, Markdown, reStructuredText, e-mail (.eml), CSV and plain text"
)
_NAMED = {
    ".md": "md",
    ".markdown": "md",
    ".mdx": "md",
    ".rst": "rst",
    ".txt": "txt",
    ".text": "txt",
    ".csv": "csv",
    ".tsv": "csv",
    ".eml": "eml",
}
# Atomic groups: without them a row of comments can be divided in exponentially many ways.
_MARKUP_START = re.compile(
    r"(?>\s+|<!--.*?-->|<\?xml[^>]{0,300}\?>)*+<(!doctype\s+)?([a-z][\w:-]*)", re.I | re.S
)
_HTML_ROOTS = frozenset(("html", "head", "body"))
_HTML_TAGS = words(
    "title meta link script style base div p h1 h2 h3 h4 h5 h6 table ul ol dl span section",
    "article main nav header footer aside a br center font b i em strong pre blockquote form",
    "img hr",
)
_MAIL = re.compile(r"(?:[A-Z][\w-]{1,40}:[ \t]?.*\n(?:[ \t].*\n)*){3,}")
_MAIL_START = re.compile(r"\s{0,20}(?:From .{0,200}\n)?[A-Za-z][\w-]{1,60}:")
_MAIL_FIELD = re.compile(
    r"^(?:MIME-Version|Message-ID|Received|Return-Path|Delivered-To):", re.I | re.M
)
_RST_SIGN = re.compile(r"^(?:\.\. [\w-]+::|\.\. _[^:\n]+:|:[a-z]+:`|.*\w::$)", re.M)
_MD_SIGN = re.compile(r"^(?:#{1,6} \S|```|~~~|[-*+] \[[ x]\]|\|.*\|$|> )|\]\(\S+\)|\*\*\S", re.M)


def sniff(path: Readable, filename: str) -> str:
    """The key of the format in the registry; raises ParseRefused naming what else it is."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head.strip(b"\0 \t\r\n\x0b\x0c\xef\xbb\xbf\xff\xfe"):
        raise ParseRefused("The file is empty: it holds nothing but white space.")
    for magic, kind in _UNSUPPORTED:
        if head.startswith(magic):
            raise _refuse_ole(path) if kind == "ole" else unsupported(kind)
    for offset, magic, kind in _AT_OFFSET:
        if head[offset : offset + len(magic)] == magic:
            raise unsupported(kind)
    if head.startswith(_PICTURES):
        return "image"
    if head.lstrip().startswith(b"{\\rtf"):
        return "rtf"
    if b"%PDF-" in head[:1024]:
        return _pdf(head)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip(path)
    return _text(head, filename)


def unsupported(kind: str) -> ParseRefused:
    advice = _ADVICE.get(kind, f"Documents can be {_SUPPORTED}.")
    return ParseRefused(f"This is {kind}, which cannot be read as a document. {advice}")


def _pdf(head: bytes) -> str:
    before = head[: head.index(b"%PDF-")]
    if re.search(rb"<(?:!doctype|html|script|svg|body)", before + head[:1024], re.I):
        raise ParseRefused("This file is a PDF and a web page at once; it looks hostile.")
    if before.startswith((b"PK", b"\0")):
        raise ParseRefused("This file is of two kinds at once; it looks hostile.")
    return "pdf"


def _zip(path: Readable) -> str:
    from solution_library.parsing import zip_checks  # text files needn't wait for it

    with zip_checks.open_checked(path) as archive:
        names = set(archive.namelist())
        if "mimetype" in names:
            stated = zip_checks.read_part(archive, "mimetype")[:200].decode("ascii", "replace")
            if _OPEN_DOCUMENT.fullmatch(stated.strip()):
                return "odf"
            is_book = stated.startswith("application/epub")
            raise unsupported("an EPUB book" if is_book else "an OpenDocument file without text")
    if any(name.startswith("Index/") and name.endswith(".iwa") for name in names):
        raise unsupported("an Apple Pages, Numbers or Keynote file")
    if "[Content_Types].xml" not in names:
        raise unsupported("a zip archive")
    if any(name.startswith("word/") for name in names):
        return "docx"
    if any(name.startswith("ppt/") for name in names):
        return "pptx"
    if "xl/workbook.bin" in names:
        raise unsupported("a binary Excel (.xlsb) workbook")
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    if any(name.startswith("visio/") for name in names):
        raise unsupported("a Visio drawing")
    raise unsupported("an Office container without a text document")


def _refuse_ole(path: Readable) -> ParseRefused:
    """The names of the streams stand in the container's directory as UTF-16."""
    content = path.read_bytes()
    found = (kind for stream, kind in _OLE_STREAMS if stream.encode("utf-16-le") in content)
    kind = next(found, "an old Office (OLE) file")
    if kind == "locked":
        return ParseRefused("The file is password protected. Remove the password and try again.")
    return unsupported(kind)


def _text(head: bytes, filename: str) -> str:
    # An even number of bytes: half a UTF-16 character at the cut would look like damage.
    text = decode(head[: len(head) // 4 * 4] or head, declared_inside=True).text
    named = _NAMED.get(Path(filename).suffix.lower())
    if kind := _markup(text, named):
        return kind
    if _is_mail(text, named):
        return "eml"
    return named if named and named != "eml" else _plain(text)


def _is_mail(text: str, named: str | None) -> bool:
    if named == "eml":
        return bool(_MAIL_START.match(text))
    return bool(_MAIL.match(text) and _MAIL_FIELD.search(text[:4000]))


def _markup(text: str, named: str | None) -> str | None:
    found = _MARKUP_START.match(text)
    if not found:
        return None
    tag = found.group(2).lower()
    if tag in _HTML_ROOTS:
        return "html"
    if tag == "svg":
        raise unsupported("an SVG drawing")
    if text.lstrip().startswith("<?xml") or found.group(1):
        raise unsupported("an XML file")
    # Markdown often begins with a line of HTML; its name says that the rest isn't.
    return "html" if tag in _HTML_TAGS and named is None else None


def _plain(text: str) -> str:
    if _RST_SIGN.search(text) and not _MD_SIGN.search(text):
        return "rst"
    return "md" if len(_MD_SIGN.findall(text)) > 1 else "txt"
