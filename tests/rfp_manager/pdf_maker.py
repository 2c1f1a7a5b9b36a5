"""Writes small PDFs for the tests: text at places, rules, boxes and form fields."""

from dataclasses import dataclass, field

A4 = (595.0, 842.0)
_WIDTH = 0.5  # of the size: about what a letter of Helvetica takes


@dataclass
class Page:
    """Places are in points from the upper left corner, as a form's designer sees them."""

    size: tuple[float, float] = A4
    drawn: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)  # dictionaries of widgets
    rotate: int = 0

    def text(self, x: float, y: float, text: str, *, size: float = 10, bold: bool = False) -> None:
        font = "F2" if bold else "F1"
        shown = text.encode("cp1252", "replace").decode("latin-1")
        shown = shown.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        at = self.size[1] - y - size
        self.drawn.append(f"BT /{font} {size} Tf 1 0 0 1 {x} {at:.1f} Tm ({shown}) Tj ET")

    def wrapped(self, x: float, y: float, text: str, width: float, *, size: float = 10) -> float:
        """Lines of at most `width` points; where the next text may begin."""
        line = ""
        for word in text.split():
            if line and (len(line) + 1 + len(word)) * size * _WIDTH > width:
                self.text(x, y, line, size=size)
                y, line = y + size * 1.2, word
            else:
                line = f"{line} {word}".strip()
        self.text(x, y, line, size=size)
        return y + size * 1.2

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        high = self.size[1]
        self.drawn.append(f"0.7 w {x0} {high - y0:.1f} m {x1} {high - y1:.1f} l S")

    def box(self, x: float, y: float, width: float, height: float) -> None:
        self.drawn.append(f"0.7 w {x} {self.size[1] - y - height:.1f} {width} {height} re S")

    def grid(self, xs: list[float], ys: list[float]) -> None:
        for y in ys:
            self.rule(xs[0], y, xs[-1], y)
        for x in xs:
            self.rule(x, ys[0], x, ys[-1])

    def rect(self, x: float, y: float, width: float, height: float) -> str:
        high = self.size[1]
        return f"[{x} {high - y - height:.1f} {x + width} {high - y:.1f}]"

    def field(
        self, x: float, y: float, width: float, height: float, name: str, more: str = "/FT /Tx"
    ) -> None:
        place = self.rect(x, y, width, height)
        self.fields.append(f"/Type /Annot /Subtype /Widget /F 4 /Rect {place} /T ({name}) {more}")

    def check(self, x: float, y: float, name: str, state: str = "On", more: str = "") -> None:
        place = self.rect(x, y, 10, 10)
        self.fields.append(
            f"/Type /Annot /Subtype /Widget /F 4 /Rect {place} /T ({name}) /FT /Btn /AS /Off "
            f"/AP << /N << /{state} null /Off null >> >> {more}"
        )


@dataclass
class Radio:
    """Buttons of one field; `places` are (page, x, y, state)."""

    name: str
    places: list[tuple[int, float, float, str]]
    more: str = ""


@dataclass
class Maker:
    pages: list[Page] = field(default_factory=list)
    radios: list[Radio] = field(default_factory=list)
    form: str = ""  # more of the AcroForm dictionary
    stream_table: bool = False  # a cross-reference stream instead of a table

    def page(self, size: tuple[float, float] = A4) -> Page:
        self.pages.append(Page(size))
        return self.pages[-1]

    def data(self) -> bytes:
        objects: dict[int, bytes] = {}
        numbers = iter(range(10, 100_000))
        kids, all_fields = [], []
        page_numbers = [next(numbers) for _ in self.pages]
        radio_widgets = self._radios(objects, numbers, page_numbers, all_fields)
        for index, (page, number) in enumerate(zip(self.pages, page_numbers, strict=True)):
            content = "\n".join(page.drawn).encode("latin-1")
            stream = next(numbers)
            objects[stream] = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)
            widgets = list(radio_widgets.get(index, []))
            for entry in page.fields:
                widget = next(numbers)
                objects[widget] = f"<< {entry} /P {number} 0 R >>".encode("latin-1")
                widgets.append(widget)
                all_fields.append(widget)
            kids.append(f"{number} 0 R")
            annotations = " ".join(f"{w} 0 R" for w in widgets)
            objects[number] = (
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {page.size[0]} {page.size[1]}] "
                f"/Rotate {page.rotate} /Contents {stream} 0 R /Annots [{annotations}] "
                "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>"
            ).encode()
        form = f"/AcroForm << /Fields [{' '.join(f'{n} 0 R' for n in all_fields)}] {self.form} >>"
        has_form = bool(all_fields or self.form)
        objects[1] = f"<< /Type /Catalog /Pages 2 0 R {form if has_form else ''} >>".encode()
        objects[2] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
        for number, name in ((3, "Helvetica"), (4, "Helvetica-Bold")):
            objects[number] = (
                f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>"
            ).encode()
        return _file(objects, stream_table=self.stream_table)

    def _radios(self, objects, numbers, page_numbers, all_fields):  # type: ignore[no-untyped-def]
        widgets: dict[int, list[int]] = {}
        for radio in self.radios:
            parent = next(numbers)
            kids = []
            for page, x, y, state in radio.places:
                number = next(numbers)
                place = self.pages[page].rect(x, y, 10, 10)
                objects[number] = (
                    f"<< /Type /Annot /Subtype /Widget /F 4 /Rect {place} /AS /Off "
                    f"/AP << /N << /{state} null /Off null >> >> /Parent {parent} 0 R "
                    f"/P {page_numbers[page]} 0 R >>"
                ).encode()
                kids.append(number)
                widgets.setdefault(page, []).append(number)
            listed = " ".join(f"{n} 0 R" for n in kids)
            objects[parent] = (
                f"<< /FT /Btn /Ff 32768 /T ({radio.name}) /Kids [{listed}] {radio.more} >>"
            ).encode("latin-1")
            all_fields.append(parent)
        return widgets


def _file(objects: dict[int, bytes], *, stream_table: bool) -> bytes:
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = {}
    for number in sorted(objects):
        places[number] = len(out)
        out += b"%d 0 obj\n" % number + objects[number] + b"\nendobj\n"
    size = max(objects) + 1
    at = len(out)
    if stream_table:
        places[size] = at
        rows = b"".join(
            b"\x01" + places[n].to_bytes(4, "big") + b"\0" if n in places else b"\0" * 6
            for n in range(size + 1)
        )
        out += b"%d 0 obj\n<< /Type /XRef /Size %d /W [1 4 1] /Root 1 0 R /Length %d >>\nstream\n" % (
            size, size + 1, len(rows),
        )  # fmt: skip
        out += rows + b"\nendstream\nendobj\n"
    else:
        out += b"xref\n0 1\n0000000000 65535 f \n"
        for number in sorted(places):
            out += b"%d 1\n%010d 00000 n \n" % (number, places[number])
        out += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % size
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % at)
