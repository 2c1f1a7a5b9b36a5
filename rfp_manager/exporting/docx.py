"""Filling answers into a copy of a Word document."""

import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

from rfp_manager.exporting.cell_text import visible
from rfp_manager.exporting.docx_fill import Filler, Target, real_place, target_of
from rfp_manager.exporting.files import write_whole
from rfp_manager.exporting.merging import by_cell
from rfp_manager.exporting.types import ExportRefused, Fill, UntouchedReport
from rfp_manager.exporting.xml_spans import Edit, spans_of, spliced
from rfp_manager.exporting.zip_copy import copy_with
from rfp_manager.importing import zip_checks
from rfp_manager.importing.prose.lines import AFTER_COLUMN, TEXT, TEXT_COLUMN
from rfp_manager.importing.types import Place
from rfp_manager.importing.word.document import WordDocument, read_document
from rfp_manager.importing.word.marks import options_in
from rfp_manager.importing.word.spoken import tidy

Texts = dict[Place, str]


def fill(source: Path, *, fills: Sequence[Fill], out: Path) -> UntouchedReport:
    """Write `out`; raises ExportRefused if anything but the answers would differ."""
    report = UntouchedReport(format="docx")
    document = read_document(source)
    if document.package.is_signed:
        report.notes.append("The document's digital signature is no longer valid.")
    texts = _texts(document, fills, report)
    targets = {place: target_of(document, place) for place in texts}
    filler = Filler(document, list(targets.values()))
    edits = [edit for place, text in texts.items() for edit in filler.edits(targets[place], text)]
    data = source.read_bytes()
    changed = {document.package.member: spliced(document.package.data, edits)} if edits else {}
    write_whole(
        out,
        lambda stream: copy_with(data, changed, stream),
        lambda draft: _verify(source, document, draft, texts, report),
    )
    report.answers_written = len(texts)
    return report


def _texts(document: WordDocument, fills: Sequence[Fill], report: UntouchedReport) -> Texts:
    def anchor(place: Place) -> Place:
        return real_place(document, place)

    return {
        place: visible(text, place, report)
        for place, text in by_cell(fills, anchor, report).items()
    }


def _verify(
    source: Path, old: WordDocument, draft: Path, texts: Texts, report: UntouchedReport
) -> None:
    """Read the copy again, independently of how it was made, and compare it with the original."""
    new = read_document(draft)
    shift = _Shift(texts)
    _compare_parts(source, draft, old.package.member, bool(texts), report)
    if not report.problems:
        _compare_bytes(old, new, texts, shift, report)
        _compare_tables(old, new, texts, report)
        _compare_text(old, new, texts, shift, report)
    report.untouched = not report.problems
    if report.problems:
        raise ExportRefused(
            "The filled file would differ from the buyer's beyond the answers, so it was not "
            f"kept: {'; '.join(report.problems[:3])}."
        )


class _Shift:
    """Where a place stands in the copy: each new paragraph moves those below it by one."""

    def __init__(self, texts: Texts) -> None:
        self._new = sorted(place.row for place in texts if _is_new(place))

    def __call__(self, place: Place) -> Place:
        if place.sheet != TEXT:
            return place
        above = bisect_left(self._new, place.row)
        return Place(TEXT, place.row + above + _is_new(place), TEXT_COLUMN)


def _compare_parts(
    source: Path, draft: Path, member: str, filled: bool, report: UntouchedReport
) -> None:
    with zip_checks.open_checked(source) as old, zip_checks.open_checked(draft) as new:
        if old.namelist() != new.namelist():
            report.problems.append("the list of parts differs")
            return
        for name in old.namelist():
            report.parts_compared += 1
            if name == member and filled:
                report.parts_changed.append(name)
                continue
            before, after = zip_checks.read_part(old, name), zip_checks.read_part(new, name)
            if hashlib.sha256(before).digest() != hashlib.sha256(after).digest():
                report.problems.append(f"the part {name} differs")


def _compare_bytes(
    old: WordDocument,
    new: WordDocument,
    texts: Texts,
    shift: _Shift,
    report: UntouchedReport,
) -> None:
    """With the answers cut out, both texts must be the same to the byte."""
    before = [target_of(old, place) for place in texts if not _is_new(place)]
    after = [target_of(new, shift(place)) for place in texts]
    if _digest(old, before) != _digest(new, after):
        report.problems.append("the text differs outside of the answers")


def _is_new(place: Place) -> bool:
    return place.sheet == TEXT and place.column == AFTER_COLUMN


def _digest(document: WordDocument, targets: list[Target]) -> str:
    """SHA-256 of the text part without the elements that hold answers."""
    data, units = document.package.data, [target.unit for target in targets]
    spans = spans_of(data, document.package.root, units)
    cuts = [Edit(span.start, span.end, b"") for span in set(spans.values())]
    return hashlib.sha256(spliced(data, _outermost(cuts))).hexdigest()


def _outermost(cuts: list[Edit]) -> list[Edit]:
    kept: list[Edit] = []
    for cut in sorted(cuts, key=lambda cut: (cut.start, -cut.end)):
        if not kept or cut.start >= kept[-1].end:
            kept.append(cut)
    return kept


def _compare_tables(
    old: WordDocument, new: WordDocument, texts: Texts, report: UntouchedReport
) -> None:
    if old.tables.keys() != new.tables.keys():
        report.problems.append("the list of tables differs")
        return
    filled: dict[Place, list[str]] = {}
    for place, text in texts.items():
        cell = target_of(old, place).cell
        if cell is not None:
            filled.setdefault(Place(place.sheet, *cell.area.anchor), []).append(text)
    for name, table in old.tables.items():
        copy = new.tables[name]
        if [c.area for c in table.cells.values()] != [c.area for c in copy.cells.values()]:
            report.problems.append(f"the cells of “{name}” differ")
            continue
        for (row, column), cell in table.cells.items():
            place, after = Place(name, row, column), copy.cells[row, column]
            report.cells_compared += 1
            if place in filled:
                held = all(_holds(after.said, after.text, text) for text in filled[place])
            else:
                held = (cell.text, cell.label) == (after.text, after.label)
            if not held:
                report.problems.append(f"cell {place.ref} of “{name}” differs")


def _compare_text(
    old: WordDocument,
    new: WordDocument,
    texts: Texts,
    shift: _Shift,
    report: UntouchedReport,
) -> None:
    after = new.paragraphs
    for place, text in texts.items():
        if place.sheet != TEXT:
            continue
        written = after.get(shift(place).row)
        if written is None or not _holds(written.said, written.text, text):
            report.problems.append(f"paragraph {place.row} does not hold its answer")
    filled = {place.row for place in texts if place.sheet == TEXT and not _is_new(place)}
    for row, paragraph in old.paragraphs.items():
        report.cells_compared += 1
        copy = after.get(shift(Place(TEXT, row, TEXT_COLUMN)).row)
        if copy is None or (row not in filled and not _same(paragraph, copy)):
            report.problems.append(f"paragraph {row} differs")
    new_rows = sum(map(_is_new, texts))
    if len(new.paragraphs) != len(old.paragraphs) + new_rows:
        report.problems.append("the number of paragraphs differs")


def _same(one: object, other: object) -> bool:
    names = ("text", "label", "level", "style")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _holds(said: object, shown: str, text: str) -> bool:
    """Whether the answer can be read, or its box is the one that is ticked."""
    options = options_in(said)  # type: ignore[arg-type]
    wanted = _flat(text)
    if options is not None and any(_flat(label) == wanted for label in options.labels):
        return [_flat(options.labels[n]) for n in options.ticked] == [wanted]
    boxes = getattr(said, "boxes", [])
    return (
        wanted in _flat(shown)
        or (len(boxes) == 1 and boxes[0].ticked)
        or any(_flat(control.text) == wanted for control in getattr(said, "controls", []))
    )


def _flat(text: str) -> str:
    return " ".join(tidy(text).split()).casefold()
