"""Makes the hostile and damaged files that the parsing tests feed to the sandbox."""

import gzip
import io
import pickle
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_RELATIONS = (
    f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}"><Relationship Id="r1" '
    f'Type="{OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>'
)


def paragraph(text: str, style: str = "", run: str = "", properties: str = "") -> str:
    """A Word paragraph; `run` are the run's properties, `properties` the paragraph's."""
    styled = f'<w:pStyle w:val="{style}"/>' if style else ""
    inner = f"<w:pPr>{styled}{properties}</w:pPr>" if styled or properties else ""
    return (
        f'<w:p>{inner}<w:r><w:rPr>{run}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
    )


def word_xml(body: str, prolog: str = "") -> str:
    root = f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    return f'<?xml version="1.0"?>{prolog}{root}'


def docx(body: str, *, prolog: str = "", parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """A Word file with this body XML; `parts` are further members, or replace its own."""
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _RELATIONS,
        "word/document.xml": word_xml(body, prolog),
        **(parts or {}),
    }
    return archive(members)


def archive(members: Mapping[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return stream.getvalue()


def bomb_docx(megabytes: int = 50) -> bytes:
    """Small on disk, huge unpacked."""
    return docx("", parts={"word/document.xml": b" " * (megabytes << 20)})


def lying_docx(megabytes: int = 50) -> bytes:
    """The directory says that the huge part has a thousand bytes."""
    huge = struct.pack("<L", megabytes << 20)
    return bomb_docx(megabytes).replace(huge, struct.pack("<L", 1000))


def boasting_docx() -> bytes:
    """The directory says that a part has 3 GB."""
    content = docx(paragraph("small"))
    size = struct.pack("<L", len(word_xml(paragraph("small"))))
    return content.replace(size, struct.pack("<L", 3 << 30))


def crowded_docx(entries: int = 10_001) -> bytes:
    return docx("", parts={f"word/media/{number}.xml": b"" for number in range(entries)})


def laughs_docx() -> bytes:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    return docx(paragraph("&l9;"), prolog=f"<!DOCTYPE w:document [{levels}]>")


def xxe_docx(target: str) -> bytes:
    prolog = f'<!DOCTYPE w:document [<!ENTITY secret SYSTEM "{target}">]>'
    return docx(paragraph("&secret;"), prolog=prolog)


def pdf(objects: Mapping[int, bytes], *, trailer: bytes = b"", root: int = 1) -> bytes:
    """A PDF of numbered objects with a correct cross-reference table."""
    output = io.BytesIO(b"%PDF-1.7\n")
    output.seek(0, io.SEEK_END)
    places = {}
    for number, content in objects.items():
        places[number] = output.tell()
        output.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    start = output.tell()
    output.write(b"xref\n0 1\n0000000000 65535 f \n")
    for number, place in places.items():
        output.write(b"%d 1\n%010d 00000 n \n" % (number, place))
    size = max(objects) + 1
    trailer = trailer.replace(b"XREF", b"%d" % start)
    output.write(b"trailer\n<< /Size %d /Root %d 0 R %s >>\n" % (size, root, trailer))
    output.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return output.getvalue()


def stream(content: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), extra, content)


def page_objects(content: bytes = b"", *, resources: bytes = b"") -> dict[int, bytes]:
    """Catalog, page tree, one page, its content (object 4) and a font (object 5)."""
    return {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> %s >> >>" % resources,
        4: stream(content),
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }


def text_content(*lines: tuple[str, float, float]) -> bytes:
    """Page content: (text, font size, distance from the bottom) for each line."""
    shown = (
        b"/F1 %.1f Tf 1 0 0 1 72 %.1f Tm (%s) Tj"
        % (size, place, text.replace("(", r"\(").replace(")", r"\)").encode("latin-1"))
        for text, size, place in lines
    )
    return b"BT " + b" ".join(shown) + b" ET"


def pdf_pages(pages: list[list[tuple[str, float, float]]]) -> bytes:
    """A PDF whose pages hold these lines."""
    objects = page_objects()
    kids = []
    for number, lines in enumerate(pages):
        page, content = 10 + 2 * number, 11 + 2 * number
        kids.append(b"%d 0 R" % page)
        objects[page] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 5 0 R >> >> >>" % content
        )
        objects[content] = stream(text_content(*lines))
    objects[2] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    return pdf(objects)


_HELLO = text_content(("Hello from a page", 12, 700))


def prev_loop_pdf() -> bytes:
    return pdf(page_objects(_HELLO), trailer=b"/Prev XREF")


def outline_loop_pdf() -> bytes:
    objects = page_objects(_HELLO)
    objects[1] = b"<< /Type /Catalog /Pages 2 0 R /Outlines 6 0 R >>"
    objects[6] = b"<< /Type /Outlines /First 7 0 R /Last 7 0 R /Count 1 >>"
    objects[7] = b"<< /Title (again) /Parent 6 0 R /Next 7 0 R /Prev 7 0 R /First 7 0 R >>"
    return pdf(objects)


def kids_loop_pdf() -> bytes:
    objects = page_objects(_HELLO)
    objects[2] = b"<< /Type /Pages /Kids [2 0 R] /Count 5 >>"
    return pdf(objects)


def many_pages_pdf(count: int = 200_000) -> bytes:
    objects = page_objects(_HELLO)
    objects[2] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b"3 0 R " * count, count)
    return pdf(objects)


def nested_array_pdf(depth: int = 200_000) -> bytes:
    objects = page_objects(_HELLO)
    objects[6] = b"[" * depth + b"]" * depth
    objects[3] = objects[3].replace(b"/Contents", b"/Extra 6 0 R /Contents")
    return pdf(objects)


def double_flate_pdf(megabytes: int = 1000) -> bytes:
    """A page content of a gigabyte in a few kilobytes."""
    inner = zlib.compressobj(9)
    block = b" " * (1 << 20)
    packed = b"".join(inner.compress(block) for _ in range(megabytes)) + inner.flush()
    packed = zlib.compress(packed, 9)
    objects = page_objects()
    objects[4] = stream(packed, b"/Filter [/FlateDecode /FlateDecode]")
    return pdf(objects)


def nested_forms_pdf(depth: int = 12) -> bytes:
    """Each of `depth` forms draws the next one ten times."""
    return pdf(nested_forms_objects(depth))


def nested_forms_objects(depth: int = 12) -> dict[int, bytes]:
    objects = page_objects(b"/X0 Do", resources=b"/XObject << /X0 10 0 R >>")
    for level in range(depth):
        following = b"/XObject << /X%d %d 0 R >>" % (level + 1, 11 + level)
        extra = b"/Type /XObject /Subtype /Form /BBox [0 0 600 700] /Resources << %s >>" % following
        objects[10 + level] = stream(b"/X%d Do " % (level + 1) * 10, extra)
    extra = (
        b"/Type /XObject /Subtype /Form /BBox [0 0 600 700] /Resources << /Font << /F1 5 0 R >> >>"
    )
    objects[10 + depth] = stream(_HELLO, extra)
    return objects


def picture_pdf(side: int = 2, text: bytes = b"") -> bytes:
    """A page that shows one grey picture, of which two lines of two dots are there, and `text`."""
    shown = b"q 600 0 0 700 0 0 cm /P Do Q" + text
    objects = page_objects(shown, resources=b"/XObject << /P 6 0 R >>")
    extra = b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray"
    objects[6] = stream(b"\x10\x80\x80\x10", extra % (side, side) + b" /BitsPerComponent 8")
    return pdf(objects)


def evil_encoding_pdf(target: Path) -> bytes:
    """A page whose font names a file of the machine, without its ending, as its encoding."""
    objects = page_objects(_HELLO)
    name = b"".join(b"#%02X" % byte for byte in b"/../../../../../.." + bytes(target))
    objects[5] = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Helvetica /Encoding /%s "
        b"/DescendantFonts [6 0 R] >>" % name
    )
    objects[6] = (
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Helvetica "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
    )
    return pdf(objects)


class _Touching:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def touching_pickle(path: Path) -> bytes:
    return gzip.compress(pickle.dumps(_Touching(path)))


def ole(*stream_names: str) -> bytes:
    """The beginning of an old Office file, with the directory names of its streams."""
    names = b"".join(name.encode("utf-16-le") + b"\0" * 20 for name in stream_names)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + names


HOSTILE_MARKDOWN = {
    "brackets": "[" * 50_000,
    "open links": "[a](" * 20_000,
    "closed brackets": "]" * 50_000,
    "emphasis": "*a_" * 40_000,
    "strong": "**a " * 40_000,
    "quotes": ">" * 20_000 + " text",
    "declarations": "<!" * 30_000 + "[",
    "comments": "<!-- " * 30_000,
    "back-ticks": "".join("`" * (1 + n % 7) + " " for n in range(20_000)),
    "tags": "<a " * 30_000,
    "pipes": "|" * 50_000 + "\n|-|\n" + "|" * 50_000,
    "list marks": "- " * 30_000,
    "deep list": "\n".join(" " * n + "- x" for n in range(1_500)),
    "fences": "```{note}\n" * 5_000,
    "entities": "&amp;" * 40_000,
    "backslashes": "\\" * 100_000,
    "table rule": "a | b\n" + "|-" * 50_000 + "x",
    "a note": "!!! tip " + "words and " * 5_000 + "!",
    "one heading": "# " + "a" * 1_000_000,
}
