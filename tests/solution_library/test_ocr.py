"""Scans and pictures of text are recognised where Tesseract is installed, and say so."""

import io
import json
import os
import shutil
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from solution_library.parsing import ParsedDocument, ParseRefused, ocr, parse_file
from solution_library.parsing.ocr_lines import page_from
from tests.solution_library import hostile
from tests.solution_library import pdf_files as make

HAS_TESSERACT = shutil.which("tesseract") is not None
needs_tesseract = pytest.mark.skipif(
    not HAS_TESSERACT, reason="Tesseract is not installed (scripts/services installs it)"
)
SENTENCE = "We encrypt all data with AES-256"


def scan(*lines: str, width: int = 1100, height: int = 500) -> Any:
    """Grey dots of a page with these lines."""
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(40)
    for number, line in enumerate(lines):
        draw.text((60, 60 + 70 * number), line, fill=0, font=font)
    return page


def scanned_pdf(*lines: str, before: str = "", after: str = "") -> bytes:
    page = scan(*lines)
    picture = (page.width, page.height, page.tobytes())
    contents = [content for content in (before, make.image(20, 450, 572, 260), after) if content]
    return make.pdf(*contents, picture=picture)


def encoded(kind: str, *pages: Any) -> bytes:
    stream = io.BytesIO()
    pages[0].save(
        stream, kind, **({"save_all": True, "append_images": pages[1:]} if pages[1:] else {})
    )
    return stream.getvalue()


def read(tmp_path: Path, content: bytes, **options: Any) -> ParsedDocument:
    path = tmp_path / "upload"
    path.write_bytes(content)
    return parse_file(path, filename="scan.bin", **options)


def said(document: ParsedDocument) -> str:
    return " ".join(block.text for block in document.blocks)


@needs_tesseract
@pytest.mark.slow
def test_a_scanned_page_between_others_is_read_in_its_place(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        scanned_pdf(
            SENTENCE,
            before=make.text("The page before it.", 60, 600),
            after=make.text("The page after it.", 60, 600),
        ),
    )
    assert [block.page for block in found.blocks] == [1, 2, 3]
    assert SENTENCE in found.blocks[1].text
    assert found.warnings == [
        "Text of these pages was recognised (OCR); check quotes against the file: 2."
    ]


@needs_tesseract
@pytest.mark.slow
def test_lines_of_a_scan_become_paragraphs(tmp_path: Path) -> None:
    lines = ["We encrypt all data and we rotate the", "keys every ninety days, as our policy", "on cryptography demands."]  # fmt: skip
    found = read(tmp_path, scanned_pdf(*lines))
    assert [block.text for block in found.blocks] == [" ".join(lines)]
    assert found.page_count == 1


@needs_tesseract
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_a_picture_of_a_page_is_read(tmp_path: Path, kind: str) -> None:
    found = read(tmp_path, encoded(kind, scan(SENTENCE)))
    assert SENTENCE in said(found)
    assert found.media_type == f"image/{kind.lower()}"


@needs_tesseract
@pytest.mark.slow
def test_each_frame_of_a_tiff_is_a_page(tmp_path: Path) -> None:
    content = encoded("TIFF", scan("The first page"), scan(""), scan("The third page"))
    found = read(tmp_path, content)
    assert [(block.page, block.text) for block in found.blocks] == [
        (1, "The first page"), (3, "The third page"),
    ]  # fmt: skip
    assert "empty or scanned) were left out: 2." in found.warnings[0]


@needs_tesseract
def test_a_page_with_text_is_never_recognised(tmp_path: Path) -> None:
    content = make.pdf(make.text("Enough text stands beside this picture, so that it is no scan at all.", 60, 600) + make.image(0, 0, 600, 500))  # fmt: skip
    assert read(tmp_path, content).warnings == []


@needs_tesseract
def test_a_picture_without_text_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ParseRefused, match=r"found no text in it"):
        read(tmp_path, encoded("PNG", scan("")))


def test_without_ocr_a_scan_is_refused_with_what_to_install(tmp_path: Path, settings: Any) -> None:
    settings.OCR_ENABLED = "off"
    for content in (scanned_pdf(SENTENCE), encoded("PNG", scan(SENTENCE))):
        with pytest.raises(ParseRefused, match="apt-get install tesseract-ocr"):
            read(tmp_path, content)


def test_without_ocr_scanned_pages_between_others_are_named(tmp_path: Path) -> None:
    content = scanned_pdf(SENTENCE, before=make.text("The page before it.", 60, 600))
    found = read(tmp_path, content, with_ocr=False)
    assert found.warnings == ["Pages without text (empty or scanned) were left out: 2."]


def bomb(kind: str) -> bytes:
    """A picture whose header announces 900 million dots."""
    small = encoded(kind, scan("", width=300, height=300))
    if kind == "PNG":
        header = b"IHDR" + (30_000).to_bytes(4, "big") * 2 + small[24:29]
        return small[:12] + header + zlib.crc32(header).to_bytes(4, "big") + small[33:]
    return small.replace((300).to_bytes(2, "big") * 2, (30_000).to_bytes(2, "big") * 2)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ParseRefused, match="900 million dots; at most 80 million"):
        read(tmp_path, bomb(kind))


@needs_tesseract
@pytest.mark.slow
def test_a_picture_bomb_in_a_pdf_costs_only_its_page(tmp_path: Path) -> None:
    packer = zlib.compressobj(9)
    dots = b"".join(packer.compress(b"\xff" * (1 << 20)) for _ in range(858)) + packer.flush()
    objects = hostile.page_objects(
        b"q 600 0 0 700 0 0 cm /P Do Q", resources=b"/XObject << /P 6 0 R >>"
    )
    size = b"/Type /XObject /Subtype /Image /Width 30000 /Height 30000"
    objects[6] = hostile.stream(
        dots, size + b" /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode"
    )
    with pytest.raises(ParseRefused, match="holds only images"):
        read(tmp_path, hostile.pdf(objects))


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\r\n\x1a\n" + b"\0" * 50, b"\xff\xd8\xff" + b"x" * 50, b"II*\0" + b"\0" * 50],
)
def test_a_damaged_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ParseRefused, match="damaged"):
        read(tmp_path, content)


HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"


def row(line: int, left: int, text: str, confidence: float = 90) -> str:
    return f"5\t1\t1\t1\t{line}\t1\t{left}\t{100 + 60 * line}\t{20 * len(text)}\t40\t{confidence}\t{text}\n"


def test_a_word_cut_by_the_end_of_a_line_is_whole_again() -> None:
    page, _ = page_from(
        HEAD + row(1, 50, "encryp-") + row(2, 50, "tion"), number=1, scale=4, height=3000
    )
    assert [(line.text, line.wraps_word) for line in page.lines] == [
        ("encryp", True),
        ("tion", False),
    ]


def test_confidence_is_weighed_by_letters() -> None:
    tsv = HEAD + row(1, 50, "abcdefghi", 100) + row(1, 400, "x", 0)
    assert page_from(tsv, number=1, scale=4, height=3000)[1] == pytest.approx(90)


@pytest.mark.parametrize("tsv", ["", HEAD, HEAD + "5\t1\n", HEAD + row(1, 50, " ")])
def test_strange_answers_give_no_text_or_an_error(tsv: str) -> None:
    try:
        page, _ = page_from(tsv, number=1, scale=4, height=3000)
    except ValueError:
        return
    assert page.items == []


@pytest.mark.parametrize(
    "picture",
    [
        {},
        {"page": 1, "width": 10**6, "height": 10**6, "scale": 4, "dots": ""},
        {"page": 1, "width": 10, "height": 10, "scale": 4, "dots": "AAAA"},
        {"page": 1, "width": "x", "height": 10, "scale": 0, "dots": ""},
    ],
)
def test_a_child_that_sends_nonsense_for_a_picture_is_not_believed(picture: dict[str, Any]) -> None:
    with pytest.raises(ocr.RecognitionFailed):
        ocr.Ocr("/bin/false", "eng", "/usr").page(picture)


def test_the_languages_are_those_that_are_named_and_installed() -> None:
    assert ocr.usual_languages(["osd", "deu", "eng", "fra"]) == ["eng", "deu", "fra"]
    assert len(ocr.usual_languages([f"l{chr(97 + n)}x" for n in range(20)])) == 4


PROGRAM = Path(ocr.__file__).with_name("ocr_program.py")


def confined(command: list[str], **changes: Any) -> "subprocess.CompletedProcess[str]":
    """Runs a program as Tesseract is run."""
    start = {
        "import_from": str(PROGRAM.parents[2]),
        "parent_pid": os.getpid(),
        "command": command,
        "environment": {},
        "confinement": {
            "executable": os.path.realpath(command[0]),
            "readable": [str(PROGRAM.parents[1])],
            "cpu_seconds": 5,
            "address_space_bytes": 1 << 30,
            **changes,
        },
    }
    return subprocess.run(
        [sys.executable, "-I", "-S", str(PROGRAM), json.dumps(start)],
        env={}, capture_output=True, text=True, timeout=20, input="hello",
    )  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux's")
def test_the_program_reads_its_input_and_nothing_else(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary")
    assert confined(["/bin/cat"]).stdout == "hello"
    other = confined(["/bin/cat", str(secret)])
    assert other.returncode != 0 and "canary" not in other.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux's")
def test_the_program_starts_no_other_and_writes_nothing(tmp_path: Path) -> None:
    shell = os.path.realpath("/bin/sh")
    assert confined([shell, "-c", "echo fine"]).stdout == "fine\n"
    assert confined([shell, "-c", f"echo x > {tmp_path}/new"]).returncode != 0
    assert not (tmp_path / "new").exists()
    assert "hello" not in confined([shell, "-c", "/bin/cat; true"]).stdout
