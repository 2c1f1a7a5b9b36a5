"""What a PDF page or annotation shows, as a content stream."""

from rfp_manager.exporting.pdf.fonts import FontSet, Run, is_leftwards
from rfp_manager.exporting.pdf.layout import LEADING

INK = "0.05 0.2 0.5"  # dark blue: the bidder's words can be told from the buyer's


def text_lines(
    lines: tuple[str, ...],
    *,
    left: float,
    top: float,
    width: float,
    size: float,
    fonts: FontSet,
    ink: str = INK,
) -> str:
    """Lines one below the other, the first with its top at `top`."""
    pieces = ["BT", f"{ink} rg"]
    y = top - size * 0.95
    for line in lines:
        x = left
        if is_leftwards(line):
            x = left + width - fonts.width(line, size)
        for run in fonts.runs(line):
            pieces.append(f"/F{run.face} {_number(size)} Tf")
            pieces.append(f"1 0 0 1 {_number(x)} {_number(y)} Tm {_shown(run, fonts)} TJ")
            x += run.width * size / 1000
        y -= size * LEADING
    return "\n".join([*pieces, "ET"])


def _shown(run: Run, fonts: FontSet) -> str:
    """Glyph numbers, with corrections where a glyph's width is not its own."""
    face = fonts.faces[run.face]
    pieces: list[str] = []
    for glyph in run.glyphs:
        if glyph.dx:
            pieces.append(_number(-glyph.dx))
        pieces.append(f"<{glyph.number:04x}>")
        more = face.width(glyph.number) + glyph.dx - glyph.advance
        if abs(more) > 0.5:
            pieces.append(_number(more))
    return "[" + " ".join(pieces) + "]"


def cross(width: float, height: float) -> str:
    """An X from corner to corner, for a box to tick."""
    inset = min(width, height) * 0.15
    right, top = width - inset, height - inset
    return (
        f"q {INK} RG 1.2 w {_number(inset)} {_number(inset)} m {_number(right)} {_number(top)} l S "
        f"{_number(inset)} {_number(top)} m {_number(right)} {_number(inset)} l S Q"
    )


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"
