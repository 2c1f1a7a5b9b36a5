"""Which printed text names a form field, and what the boxes to tick stand for."""

from dataclasses import dataclass, field

from rfp_manager.importing.pdf.flow import Paragraph
from rfp_manager.importing.pdf.model import FormField, Room, Sheet, holds, middle
from rfp_manager.importing.texts import asks
from solution_library.parsing.pdf_columns import Piece, pieces_of
from solution_library.parsing.pdf_lines import Box, TextLine, Word

FARTHEST_LEFT = 320.0
FARTHEST_ABOVE = 48.0
FARTHEST_OPTION = 14.0
FEWEST_WORDS = 3  # of a tooltip that is rather a question than a name


@dataclass
class Asked:
    """One thing to fill in: a field, or buttons of which one is ticked."""

    page: int
    box: Box
    fields: list[FormField] = field(default_factory=list)
    options: list[tuple[str, str, str]] = field(default_factory=list)  # option, field, state
    label: str = ""
    paragraph: Paragraph | None = None

    @property
    def room(self) -> Room:
        """`choices` for buttons; the field's name for everything else."""
        if self.options and self.fields[0].kind in ("check", "radio"):
            return Room(self.page, self.box, choices=tuple(self.options))
        return Room(self.page, self.box, field=self.fields[0].name)

    @property
    def choices(self) -> list[str]:
        if self.fields[0].kind == "choice":
            return [shown for _, shown in self.fields[0].options]
        shown = [option for option, _, _ in self.options]
        return shown if len(shown) > 1 else ["Yes", "No"] if shown else []

    @property
    def value(self) -> str:
        if self.fields[0].kind in ("check", "radio"):
            on = {(field.name, field.value) for field in self.fields if field.value}
            chosen = [option for option, name, state in self.options if (name, state) in on]
            return ", ".join(chosen)
        stored = dict(self.fields[0].options)
        return stored.get(self.fields[0].value, self.fields[0].value)


def asked_on(sheet: Sheet, fields: list[FormField]) -> list[Asked]:
    """The fields of one page from top to bottom; boxes to tick that belong together are one."""
    asked: list[Asked] = []
    boxes = [widget.box for found in fields for widget in found.widgets]
    for form_field in sorted(fields, key=lambda f: (-round(f.box[2] / 4), f.box[0])):
        if form_field.read_only:
            continue
        own = Asked(sheet.number, form_field.box, [form_field], _options(sheet, form_field, boxes))
        before = asked[-1] if asked else None
        if before is not None and _belongs(before, own):
            before.fields.append(form_field)
            before.options += own.options
            before.box = _around(before.box, own.box)
        else:
            asked.append(own)
    return asked


def _belongs(before: Asked, own: Asked) -> bool:
    """Boxes to tick beside each other, with short words between them."""
    if before.fields[0].kind != "check" or own.fields[0].kind != "check":
        return False
    if not before.options or not own.options:
        return False
    short = all(len(option) <= 24 for option, _, _ in before.options + own.options)
    level = abs(middle(before.box)[1] - middle(own.box)[1]) < 6
    return short and level and own.box[0] - before.box[1] < 140


def _around(one: Box, other: Box) -> Box:
    return (
        min(one[0], other[0]), max(one[1], other[1]), max(one[2], other[2]), min(one[3], other[3])
    )  # fmt: skip


def _options(sheet: Sheet, form_field: FormField, boxes: list[Box]) -> list[tuple[str, str, str]]:
    """What each button stands for; its words are no other text of the page any more."""
    if form_field.kind not in ("check", "radio"):
        return []
    found = []
    for widget in form_field.widgets:
        if widget.page == sheet.number:
            words = _beside(sheet, widget.box, boxes)
            text = " ".join(word.text for word in words)
            _take_out(sheet, words)
            found.append((text or widget.state.strip("/") or "Yes", form_field.name, widget.state))
    return found


def _beside(sheet: Sheet, box: Box, boxes: list[Box]) -> list[Word]:
    """The words right of a box to tick, up to the next box or wide gap."""
    best: tuple[float, list[Word]] | None = None
    for line in sheet.lines:
        if line.aside or not box[3] - 2 < line.middle < box[2] + 2:
            continue
        words = sorted((w for w in line.words if w.left >= box[1] - 2), key=lambda w: w.left)
        if not words or words[0].left - box[1] > FARTHEST_OPTION:
            continue
        level = [b[0] for b in boxes if b[3] < line.middle < b[2] and b[0] > box[1]]
        end = min(level, default=float("inf"))
        kept = [word for word in _until_gap(words, line) if word.left < end]
        distance = words[0].left - box[1]
        if best is None or distance < best[0]:
            best = (distance, kept)
    return best[1] if best else []


def _take_out(sheet: Sheet, words: list[Word]) -> None:
    gone = {id(word) for word in words}
    lines = []
    for line in sheet.lines:
        if any(id(word) in gone for word in line.words):
            rest = [word for word in line.words if id(word) not in gone]
            if not rest:
                continue
            cut = TextLine(rest, line.top, line.bottom, False, line.aside, line.order)
            if id(line) in sheet.bold:
                sheet.bold.add(id(cut))
            lines.append(cut)
        else:
            lines.append(line)
    sheet.lines = lines


def _until_gap(words: list[Word], line: TextLine) -> list[Word]:
    kept = words[:1]
    for word in words[1:]:
        if word.left - kept[-1].right > 0.9 * line.height:
            break
        kept.append(word)
    return kept


def _pieces(sheet: Sheet) -> list[Piece]:
    return [piece for line in sheet.lines if not line.aside for piece in pieces_of(line)]


def name_fields(asked: list[Asked], sheet: Sheet, paragraphs: list[Paragraph]) -> None:
    """Give each its label: its tooltip if that says enough, else the printed text by it."""
    own = [p for p in paragraphs if p.page == sheet.number and (p.text or p.mark)]
    for one in asked:
        tip = one.fields[0].label
        one.paragraph = _paragraph_left(one, own) or _paragraph_above(one, own)
        printed = _printed(one, sheet)
        if len(one.options) == 1 and not tip:
            printed = _single(printed, one.options[0][0])
        if tip and (asks(tip) or len(tip.split()) >= FEWEST_WORDS or not printed):
            one.label = tip
        else:
            one.label = printed or tip


def _single(above: str, option: str) -> str:
    """A box of its own is about its own words, with those above it if they are too few."""
    if option.strip().casefold() in ("yes", "no", "ja", "oui", "on", "x") or not option:
        return above
    if asks(option) or len(option.split()) >= FEWEST_WORDS or not above:
        return option
    return f"{above.rstrip(':')}: {option}"


def _printed(one: Asked, sheet: Sheet) -> str:
    """The words right beside the field, or the whole paragraph that they end."""
    piece = _piece_left(one, sheet)
    if one.paragraph is None:
        return piece.text.rstrip(" :") if piece else ""
    if piece is not None and len(pieces_of(piece.line)) > 1:
        return piece.text.rstrip(" :")
    text = one.paragraph.text or one.paragraph.lines[0].text
    return text.rstrip(" :")


def _piece_left(one: Asked, sheet: Sheet) -> Piece | None:
    y = middle(one.box)[1]
    left = [
        piece
        for piece in _pieces(sheet)
        if piece.line.bottom - 2 < y < piece.line.top + 2
        and piece.right <= one.box[0] + 4
        and one.box[0] - piece.right < FARTHEST_LEFT
    ]
    return max(left, key=lambda piece: piece.right, default=None)


def _paragraph_left(one: Asked, paragraphs: list[Paragraph]) -> Paragraph | None:
    y = middle(one.box)[1]
    for paragraph in paragraphs:
        for line in paragraph.lines:
            beside = line.bottom - 2 < y < line.top + 2 and line.left < one.box[0]
            if beside and one.box[0] - min(line.right, one.box[0]) < FARTHEST_LEFT:
                return paragraph
    return None


def _paragraph_above(one: Asked, paragraphs: list[Paragraph]) -> Paragraph | None:
    near = [
        paragraph
        for paragraph in paragraphs
        if -4 <= paragraph.box[3] - one.box[2] < FARTHEST_ABOVE
        and paragraph.box[0] < one.box[1]
        and one.box[0] < paragraph.box[1]
    ]
    return min(near, key=lambda paragraph: paragraph.box[3], default=None)


def cell_of(one: Asked, boxes: list[Box]) -> int | None:
    """The index of the smallest box that holds the middle of it."""
    x, y = middle(one.box)
    found = [index for index, box in enumerate(boxes) if holds(box, x, y)]
    return min(
        found,
        key=lambda i: (boxes[i][1] - boxes[i][0]) * (boxes[i][2] - boxes[i][3]),
        default=None,
    )
