"""Makes small PDFs for the tests: text at places, rules, areas, turned pages, foreign scripts."""

from collections.abc import Mapping, Sequence

from tests.solution_library import hostile

_FONTS = b"/Font << /F1 5 0 R /F2 6 0 R >>"


#: The letters of the second font, each at its code; any script fits in one byte a test.
_LETTERS: dict[str, int] = {}
_FIRST_CODE = 33


def _code(letter: str) -> int:
    return _LETTERS.setdefault(letter, _FIRST_CODE + len(_LETTERS))


def _to_unicode() -> bytes:
    codes = "".join(
        f"1 beginbfchar\n<{code:02X}> <{letter.encode('utf-16-be').hex()}>\nendbfchar\n"
        for letter, code in _LETTERS.items()
    )
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /U def "
        f"/CMapType 2 def 1 begincodespacerange <00> <FF> endcodespacerange\n{codes}"
        "endcmap end end"
    ).encode()


def text(
    words: str, x: float, y: float, *, size: float = 11, mode: int = 0, matrix: str = "1 0 0 1"
) -> str:
    """Drawn with its lower left corner at (x, y), in points from the lower left of the page."""
    shown = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F1 {size} Tf {mode} Tr {matrix} {x} {y} Tm ({shown}) Tj ET\n"


def foreign(letters: str, x: float, y: float, *, size: float = 11, step: float = 7) -> str:
    """Letters of any script, one glyph each and side by side from left to right, as drawn."""
    return "".join(
        f"BT /F2 {size} Tf 1 0 0 1 {x + step * place} {y} Tm <{_code(letter):02X}> Tj ET\n"
        for place, letter in enumerate(letters)
    )


def colour(red: float, green: float, blue: float) -> str:
    return f"{red} {green} {blue} rg\n"


def rule(x0: float, y0: float, x1: float, y1: float) -> str:
    return f"0.5 w {x0} {y0} m {x1} {y1} l S\n"


def area(x: float, y: float, width: float, height: float) -> str:
    """Filled with the colour that was set last."""
    return f"{x} {y} {width} {height} re f\n"


def grid(columns: Sequence[float], rows: Sequence[float]) -> str:
    """Rules across at each of the rows and down at each of the columns."""
    across = "".join(rule(columns[0], y, columns[-1], y) for y in rows)
    return across + "".join(rule(x, rows[0], x, rows[-1]) for x in columns)


def image(x: float, y: float, width: float, height: float) -> str:
    return f"q {width} 0 0 {height} {x} {y} cm /P Do Q\n"


def pdf(*pages: str, extra: bytes = b"", picture: tuple[int, int, bytes] | None = None) -> bytes:
    """A page for each content. `extra`: more entries of every page, as /Rotate or /CropBox.
    `picture`: width, height and grey dots of what `image` draws."""
    width, height, dots = picture or (2, 2, b"\x10\x80\x80\x10")
    objects: dict[int, bytes] = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        6: b"<< /Type /Font /Subtype /Type1 /BaseFont /U /ToUnicode 8 0 R /FirstChar 33 "
        b"/LastChar 255 /Widths [%s] /FontDescriptor 9 0 R >>" % (b"600 " * 223),
        8: hostile.stream(_to_unicode()),
        9: b"<< /Type /FontDescriptor /FontName /U /Flags 32 /FontBBox [0 -200 1000 900] "
        b"/ItalicAngle 0 /Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 >>",
        3: hostile.stream(
            dots,
            b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray "
            b"/BitsPerComponent 8" % (width, height),
        ),
    }
    kids = []
    for number, content in enumerate(pages):
        page, stream = 10 + 2 * number, 11 + 2 * number
        kids.append(b"%d 0 R" % page)
        objects[page] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R %s "
            b"/Resources << %s /XObject << /P 3 0 R >> >> >>" % (stream, extra, _FONTS)
        )
        objects[stream] = hostile.stream(content.encode("cp1252"))
    objects[2] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    return hostile.pdf(_sorted(objects))


def _sorted(objects: Mapping[int, bytes]) -> dict[int, bytes]:
    return {number: objects[number] for number in sorted(objects)}


def column(lines: Sequence[str], x: float, top: float, *, size: float = 10) -> str:
    """Lines below each other, one and a quarter of their size apart."""
    return "".join(
        text(line, x, top - 1.25 * size * place, size=size) for place, line in enumerate(lines)
    )
