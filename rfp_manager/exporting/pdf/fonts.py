"""Fonts that are embedded into a PDF: text is shaped, measured and turned into glyphs.

Only the glyphs that were drawn are embedded. The subset keeps the numbers of its glyphs, so what
was drawn before the font is written stays right.
"""

import unicodedata
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import uharfbuzz as hb

SHIPPED = Path(__file__).resolve().parents[1] / "fonts" / "DejaVuSans.ttf"
MISSING = "\ufffd"  # drawn for a character that no font has
_RIGHT = ("R", "AL")
_STRONG_LEFT = ("L", "EN", "AN")


@dataclass(frozen=True)
class Glyph:
    """`advance`, `dx` and `dy` in thousandths of the font's size."""

    number: int
    advance: float
    dx: float = 0.0
    dy: float = 0.0


@dataclass
class Face:
    """One font file and the glyphs of it that were used."""

    data: bytes
    name: str
    used: dict[int, str] = field(default_factory=dict)  # glyph -> the text it stands for

    def __post_init__(self) -> None:
        self._face = hb.Face(hb.Blob(self.data))
        self._font = hb.Font(self._face)
        self.scale = 1000 / self._face.upem
        self._known: dict[str, bool] = {}

    def has(self, character: str) -> bool:
        if character not in self._known:
            self._known[character] = self._font.get_nominal_glyph(ord(character)) is not None
        return self._known[character]

    def shape(self, text: str, *, leftwards: bool) -> list[Glyph]:
        """The glyphs from left to right, whatever direction the text has."""
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.direction = "rtl" if leftwards else "ltr"
        hb.shape(self._font, buffer)
        glyphs = []
        clusters = sorted({info.cluster for info in buffer.glyph_infos}) + [len(text)]
        ends = dict(zip(clusters, clusters[1:], strict=False))
        told: set[int] = set()
        for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            said = "" if info.cluster in told else text[info.cluster : ends[info.cluster]]
            told.add(info.cluster)
            self.used.setdefault(info.codepoint, said)
            glyphs.append(
                Glyph(
                    info.codepoint, place.x_advance * self.scale,
                    place.x_offset * self.scale, place.y_offset * self.scale,
                )
            )  # fmt: skip
        return glyphs

    def width(self, number: int) -> float:
        return float(self._font.get_glyph_h_advance(number) * self.scale)

    @property
    def is_cff(self) -> bool:
        return len(self._face.reference_table("CFF ").data) > 0

    def metrics(self) -> dict[str, float]:
        """Ascent and descent in thousandths."""
        extents = self._font.get_font_extents("ltr")
        return {
            "ascent": extents.ascender * self.scale,
            "descent": extents.descender * self.scale,
        }

    def subset(self) -> bytes:
        """The font with the used glyphs only, under the numbers that they had."""
        wanted = hb.SubsetInput()
        wanted.sets(hb.SubsetInputSets.GLYPH_INDEX).update(sorted(self.used))
        wanted.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_LAYOUT_CLOSURE
        return bytes(hb.subset(self._face, wanted).blob.data)


@dataclass(frozen=True)
class Run:
    """Glyphs of one font that follow each other from left to right."""

    face: int
    glyphs: tuple[Glyph, ...]

    @property
    def width(self) -> float:
        return sum(glyph.advance for glyph in self.glyphs)


class FontSet:
    """Fonts in the order in which they are asked for a character."""

    def __init__(self, more: list[bytes] | None = None) -> None:
        files = [SHIPPED.read_bytes(), *(more or [])]
        self.faces = [Face(data, f"ANSWER+F{number}") for number, data in enumerate(files)]
        self.missing: dict[str, int] = {}
        self._shaped = lru_cache(maxsize=8192)(self._shape)

    def runs(self, text: str) -> tuple[Run, ...]:
        """One line of text as runs from left to right."""
        return self._shaped(text)

    def width(self, text: str, size: float) -> float:
        """In points."""
        return sum(run.width for run in self.runs(text)) * size / 1000

    def _shape(self, text: str) -> tuple[Run, ...]:
        found = []
        for piece, leftwards in ordered(text):
            parts = list(self._by_face(piece))
            for face, part in reversed(parts) if leftwards else parts:
                glyphs = self.faces[face].shape(part, leftwards=leftwards)
                found.append(Run(face, tuple(glyphs)))
        return tuple(found)

    def _by_face(self, text: str) -> list[tuple[int, str]]:
        parts: list[tuple[int, str]] = []
        for character in text:
            face = self._face_for(character)
            if face is None:
                self.missing[character] = self.missing.get(character, 0) + 1
                face, character = 0, MISSING
            if parts and (parts[-1][0] == face or unicodedata.combining(character)):
                parts[-1] = (parts[-1][0], parts[-1][1] + character)
            else:
                parts.append((face, character))
        return parts

    def _face_for(self, character: str) -> int | None:
        if unicodedata.category(character) in ("Cf", "Mn"):
            return 0
        found = (number for number, face in enumerate(self.faces) if face.has(character))
        return next(found, None)


def undrawable(texts: list[str]) -> set[str]:
    """Characters that the shipped font does not have."""
    face = Face(SHIPPED.read_bytes(), "")
    wanted = {c for text in texts for c in text if not unicodedata.category(c).startswith("C")}
    return {c for c in wanted if not face.has(c) and unicodedata.category(c) != "Mn"}


def is_leftwards(text: str) -> bool:
    """Whether the text is read from right to left, by its first letter."""
    kinds = (unicodedata.bidirectional(c) for c in text)
    return next((kind in _RIGHT for kind in kinds if kind in (*_RIGHT, "L")), False)


def ordered(text: str) -> list[tuple[str, bool]]:
    """The text's parts of one direction, from left to right as they are seen.

    Signs and blanks between two parts of one direction belong to it, all others go with the
    direction of the whole line.
    """
    base = is_leftwards(text)
    parts: list[tuple[str, bool]] = []
    waiting = ""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind not in _RIGHT and kind not in _STRONG_LEFT and kind != "NSM":
            waiting += character
            continue
        left = kind in _RIGHT if kind != "NSM" else (parts[-1][1] if parts else base)
        if parts and parts[-1][1] == left:
            parts[-1] = (parts[-1][0] + waiting + character, left)
        else:
            if waiting:
                _append(parts, waiting, base)
            _append(parts, character, left)
        waiting = ""
    if waiting:
        _append(parts, waiting, base)
    return parts[::-1] if base else parts


def _append(parts: list[tuple[str, bool]], text: str, leftwards: bool) -> None:
    if parts and parts[-1][1] == leftwards:
        parts[-1] = (parts[-1][0] + text, leftwards)
    else:
        parts.append((text, leftwards))


def packed(data: bytes) -> bytes:
    return zlib.compress(data, 6)
