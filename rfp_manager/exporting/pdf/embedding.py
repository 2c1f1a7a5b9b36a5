"""The fonts that were used, as objects of the PDF."""

from collections.abc import Mapping
from typing import Protocol

from rfp_manager.exporting.pdf.fonts import Face, FontSet
from rfp_manager.exporting.pdf.increment import dictionary, reference

_SIGNS = 100


class Objects(Protocol):
    """What takes the objects of a PDF: a file of our own, or what is appended to the buyer's."""

    def reserve(self) -> int: ...

    def add(self, content: bytes, number: int | None = None) -> int: ...

    def add_stream(
        self, data: bytes, entries: Mapping[str, str], number: int | None = None
    ) -> int: ...


class FontNumbers:
    """Numbers of font objects that are written last, when all used glyphs are known."""

    def __init__(self, fonts: FontSet, increment: Objects) -> None:
        self._fonts, self._increment = fonts, increment
        self._numbers = [increment.reserve() for _ in fonts.faces]

    @property
    def resources(self) -> str:
        """For the dictionary of a page or an appearance."""
        named = (f"/F{place} {reference(n)}" for place, n in enumerate(self._numbers))
        return f"<< /Font << {' '.join(named)} >> >>"

    def write(self) -> None:
        for face, number in zip(self._fonts.faces, self._numbers, strict=True):
            _write(face, number, self._increment)


def _write(face: Face, number: int, increment: Objects) -> None:
    data = face.subset()
    extra = {"Subtype": "/OpenType"} if face.is_cff else {"Length1": str(len(data))}
    program = increment.add_stream(data, extra)
    metrics = face.metrics()
    descriptor = increment.add(
        dictionary(
            {
                "Type": "/FontDescriptor", "FontName": f"/{face.name}", "Flags": "4",
                "FontBBox": f"[-1000 {metrics['descent']:.0f} 2000 {metrics['ascent']:.0f}]",
                "ItalicAngle": "0", "Ascent": f"{metrics['ascent']:.0f}",
                "Descent": f"{metrics['descent']:.0f}", "CapHeight": "700", "StemV": "80",
                "FontFile3" if face.is_cff else "FontFile2": reference(program),
            }
        )
    )  # fmt: skip
    cid = {
        "Type": "/Font", "BaseFont": f"/{face.name}",
        "Subtype": "/CIDFontType0" if face.is_cff else "/CIDFontType2",
        "CIDSystemInfo": "<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>",
        "FontDescriptor": reference(descriptor), "W": _widths(face), "DW": "600",
    }  # fmt: skip
    if not face.is_cff:
        cid["CIDToGIDMap"] = "/Identity"
    descendant = increment.add(dictionary(cid))
    unicode = increment.add_stream(_to_unicode(face), {})
    increment.add(
        dictionary(
            {
                "Type": "/Font", "Subtype": "/Type0", "BaseFont": f"/{face.name}",
                "Encoding": "/Identity-H", "DescendantFonts": f"[{reference(descendant)}]",
                "ToUnicode": reference(unicode),
            }
        ),
        number,
    )  # fmt: skip


def _widths(face: Face) -> str:
    told = (f"{glyph} [{face.width(glyph):.1f}]" for glyph in sorted(face.used))
    return f"[{' '.join(told)}]"


def _to_unicode(face: Face) -> bytes:
    """So that the answers can be searched for and copied."""
    # Readers take no more than some hundred signs for one glyph: a letter under a heap of accents.
    pairs = [(glyph, text[:_SIGNS]) for glyph, text in sorted(face.used.items()) if text]
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <ffff> endcodespacerange",
    ]
    for begin in range(0, len(pairs), 100):
        some = pairs[begin : begin + 100]
        lines.append(f"{len(some)} beginbfchar")
        lines += [f"<{glyph:04x}> <{text.encode('utf-16-be').hex()}>" for glyph, text in some]
        lines.append("endbfchar")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")
