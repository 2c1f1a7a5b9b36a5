"""Answers as annotations, values of form fields and pages of an annex."""

from dataclasses import dataclass, field
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, IndirectObject, NameObject, NumberObject

from rfp_manager.exporting.pdf.annex import Entry, annex_pages
from rfp_manager.exporting.pdf.drawing import cross, text_lines
from rfp_manager.exporting.pdf.embedding import FontNumbers
from rfp_manager.exporting.pdf.fonts import FontSet
from rfp_manager.exporting.pdf.increment import (
    Increment,
    dictionary,
    indirect,
    reference,
    text_string,
)
from rfp_manager.exporting.pdf.layout import PAD, Laid, fit
from rfp_manager.exporting.types import ExportRefused
from rfp_manager.importing.pdf.model import Room
from solution_library.parsing.pdf_lines import Box
from solution_library.parsing.pdf_words import turned_box

NARROWEST = 12.0
_TURNS = ("[1 0 0 1 0 0]", "[0 1 -1 0 0 0]", "[-1 0 0 -1 0 0]", "[0 -1 1 0 0 0]")


@dataclass
class Written:
    """What was put on a page, for the comparison afterwards: the page, and the whole text."""

    page: int
    text: str


@dataclass
class Writer:
    """Puts texts into one PDF. `fields`: values are written by form_values."""

    original: bytes
    reader: PdfReader
    fonts: FontSet
    written: list[Written] = field(default_factory=list)
    annex: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.increment = Increment(self.original, self.reader)
        self.numbers = FontNumbers(self.fonts, self.increment)
        self._new: dict[int, list[int]] = {}  # page -> numbers of its new annotations

    def write(self, room: Room, text: str, question: str) -> None:
        """Into the room, as far as it goes; the whole text into the annex if it does not."""
        note = f"… continued in annex, no. {len(self.annex) + 1}"
        if room.box is None:
            self._refer(room, text, question)
            return
        left, right, top, bottom = room.box
        inner = (right - left - 2 * PAD, top - bottom)
        laid = fit(text, inner[0], inner[1], self.fonts, note=note)
        if not laid.whole:
            self.annex.append(Entry(question, text))
        if laid.lines:
            height = min(max(laid.height, 1.0), inner[1])
            box = (left, right, top, top - height)
            self._annotate(room, box, self._shown(laid, box), text)

    def _refer(self, room: Room, text: str, question: str) -> None:
        """No room at all: a small note beside the question says where the answer is."""
        self.annex.append(Entry(question, text))
        note = f"→ annex, no. {len(self.annex)}"
        box = self._margin(room, self.fonts.width(note, 6.0) + 2 * PAD)
        if box is not None:
            laid = Laid((note,), 6.0, whole=False)
            self._annotate(room, box, self._shown(laid, box), f"{note}\n{text}")

    def _margin(self, room: Room, width: float) -> Box | None:
        """Free paper right of the question, or left of it."""
        if room.beside is None:
            return None
        sheet = turned_box(self._sheet(room.page), room.turned)
        left, right, top, _ = room.beside
        if sheet[1] - right >= width + 4:
            return right + 2, right + 2 + width, top, top - 8
        if left - sheet[0] >= width + 4:
            return left - 2 - width, left - 2, top, top - 8
        return None

    def _sheet(self, number: int) -> Box:
        box = self.reader.pages[number - 1].cropbox
        return float(box.left), float(box.right), float(box.top), float(box.bottom)

    def _shown(self, laid: Laid, box: Box) -> str:
        width, height = box[1] - box[0], box[2] - box[3]
        return text_lines(
            laid.lines, left=PAD, top=height, width=width - 2 * PAD, size=laid.size,
            fonts=self.fonts,
        )  # fmt: skip

    def tick(self, room: Room, option: str) -> bool:
        """Cross the printed box of an option; False where there is none for it."""
        wanted = option.strip().casefold()
        for label, box in room.ticks:
            if label.strip().casefold() == wanted:
                self._annotate(room, box, cross(box[1] - box[0], box[2] - box[3]), f"☒ {label}")
                return True
        return False

    def _annotate(self, room: Room, box: Box, drawn: str, text: str) -> None:
        """A free text annotation; what is seen of it is drawn by us, in every viewer alike."""
        shape = self.appearance(box, drawn, room.turned)
        left, right, top, bottom = turned_box(box, (4 - room.turned) % 4)
        number = self.increment.add(
            dictionary(
                {
                    "Type": "/Annot", "Subtype": "/FreeText", "F": "4",
                    "Rect": f"[{left:.2f} {bottom:.2f} {right:.2f} {top:.2f}]",
                    "Contents": text_string(text), "DA": "(/Helv 8 Tf 0.05 0.2 0.5 rg)",
                    "NM": f"(answer-{len(self.written) + 1})", "Border": "[0 0 0]",
                    "AP": f"<< /N {reference(shape)} >>",
                    "P": self._page_reference(room.page),
                }
            )
        )  # fmt: skip
        self._new.setdefault(room.page, []).append(number)
        self.written.append(Written(room.page, text))

    def appearance(self, box: Box, drawn: str, turned: int) -> int:
        """A form XObject as large as the box, turned as the page's text is."""
        width, height = box[1] - box[0], box[2] - box[3]
        return self.increment.add_stream(
            drawn.encode("latin-1"),
            {
                "Type": "/XObject", "Subtype": "/Form",
                "BBox": f"[0 0 {width:.2f} {height:.2f}]", "Matrix": _TURNS[turned % 4],
                "Resources": self.numbers.resources,
            },
        )  # fmt: skip

    def _page_reference(self, number: int) -> str:
        found = self.reader.pages[number - 1].indirect_reference
        if found is None:
            raise ExportRefused(f"Page {number} of the PDF cannot be changed: it is damaged.")
        return f"{found.idnum} {found.generation} R"

    def finish(self) -> bytes:
        """Everything that is appended to the original."""
        for number, added in self._new.items():
            self._extend_annotations(self.reader.pages[number - 1], added)
        if self.annex:
            self._append_pages()
        self.numbers.write()
        return self.increment.data()

    def _extend_annotations(self, page: Any, added: list[int]) -> None:
        more = [indirect(number, self.reader) for number in added]
        raw = page.raw_get("/Annots") if "/Annots" in page else None
        annotations: Any = raw.get_object() if isinstance(raw, IndirectObject) else None
        if isinstance(annotations, ArrayObject):
            annotations.extend(more)
            annotations.indirect_reference = raw
            self.increment.change(annotations)
            return
        known = list(raw) if isinstance(raw, ArrayObject) else []
        page[NameObject("/Annots")] = ArrayObject([*known, *more])
        self.increment.change(page)

    def _append_pages(self) -> None:
        catalog: Any = self.reader.trailer["/Root"]
        root = catalog["/Pages"]
        last = self.reader.pages[-1].mediabox
        size = (float(last.width), float(last.height))
        parent = root.indirect_reference
        for content in annex_pages(self.annex, size, self.fonts):
            stream = self.increment.add_stream(content.encode("latin-1"), {})
            number = self.increment.add(
                dictionary(
                    {
                        "Type": "/Page", "Parent": f"{parent.idnum} {parent.generation} R",
                        "MediaBox": f"[0 0 {size[0]:.2f} {size[1]:.2f}]", "Rotate": "0",
                        "CropBox": f"[0 0 {size[0]:.2f} {size[1]:.2f}]",
                        "Resources": self.numbers.resources, "Contents": reference(stream),
                    }
                )
            )  # fmt: skip
            root["/Kids"].append(indirect(number, self.reader))
            root[NameObject("/Count")] = NumberObject(int(root["/Count"]) + 1)
        kids = root.raw_get("/Kids")
        if isinstance(kids, IndirectObject):
            found: Any = kids.get_object()
            found.indirect_reference = kids
            self.increment.change(found)
        self.increment.change(root)
