"""Reads a document, however many pages it has, with as many children as that takes.

Each child reads on until its budget is used up and says where the next has to go on. A page
that stops its child is tried once more by a child of its own, then left out and named. Pages wait
packed on disk; when all are there, they are put together, again by children, because a paragraph
may run over any of these borders and what is a heading only shows in the whole.
"""

import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from solution_library.parsing.errors import ChildFailed, ChildRefused
from solution_library.parsing.limits import MEGABYTE, Limits
from solution_library.parsing.ocr import ADVICE, Ocr
from solution_library.parsing.ocr_lines import DOUBTFUL
from solution_library.parsing.pdf_gaps import Gaps
from solution_library.parsing.pdf_join import Place, packed
from solution_library.parsing.pdf_measures import Measures
from solution_library.parsing.pdf_page import Page, page_from_dict, page_to_dict
from solution_library.parsing.reader import about_hidden
from solution_library.parsing.recognised import recognised_pages
from solution_library.parsing.sandbox import stream_from_child
from solution_library.parsing.titles import title_of
from solution_library.parsing.types import Block, ParsedDocument

#: (pages done, pages in all, what is being done), at most twice a second.
Progress = Callable[[int, int, str], None]

_READER = "solution_library.parsing.reader:parts"
_JOINER = "solution_library.parsing.pdf_join:blocks"
_BETWEEN_REPORTS = 0.5
#: Packed pages on disk, and text in memory, of one document.
_MOST_WAITING = 128 * MEGABYTE
_MOST_TEXT = 64 * MEGABYTE
#: A share of the CPU limit: a page that took so long alone does not get a second try.
_MOST_OF_IT = 0.6
#: Seconds that pages may waste, plus so many for each page that was read well.
_WASTED_SECONDS, _WASTED_PER_PAGE = 15.0, 0.25
_WASTED_PAGES = 20
#: Some seconds each: more would hold up everybody else for a day.
_MOST_RECOGNISED = 5_000
#: Seconds for the whole, plus so many for each of its pages.
_WHOLE_SECONDS, _SECONDS_PER_PAGE = 120.0, 0.1


def silent(done: int, total: int, now: str) -> None:
    """Nobody wants to know."""


class PagedReading:
    """One document on its way; `document` does it all."""

    def __init__(
        self,
        path: Path,
        *,
        filename: str,
        limits: Limits,
        progress: Progress | None = None,
        ocr: Ocr | None = None,
    ) -> None:
        self.path, self.filename, self.limits, self._ocr = path, filename, limits, ocr
        self._report = _Reporter(progress or silent)
        self._gaps, self._measures = Gaps(), Measures()
        self._spool = _Spool()
        self._whole: ParsedDocument | None = None
        self._title, self._count, self._next, self._media_type = "", 0, 1, ""
        self._wasted = 0.0
        self._began = time.monotonic()

    def document(self) -> ParsedDocument:
        """Raises ChildRefused or ChildFailed; what `progress` raises ends the reading."""
        with self._spool:
            goes_on = True
            while goes_on:
                goes_on = self._read_on()
            if self._ocr is not None and self._gaps.wanted:
                self._recognise(self._ocr)
            if self._whole is not None and not self._gaps.recognised:
                return self._whole
            return self._joined()

    def _read_on(self) -> bool:
        """Let one child read as far as it comes. True when another one has to go on."""
        begun = self._next
        last_page_at = time.monotonic()
        try:
            with closing(self._stream(begun)) as answers:
                for answer in answers:
                    if "stopped" in answer:
                        return self._next <= self._count and self._next > begun
                    self._take(answer)
                    last_page_at = time.monotonic()
        except ChildFailed as error:
            return self._after_failure(error, begun, time.monotonic() - last_page_at)
        return False

    def _stream(self, first: int) -> Generator[dict[str, Any], None, None]:
        arguments = {"filename": self.filename, "first": first, "budget": budget_of(self.limits)}
        return stream_from_child(_READER, path=self.path, arguments=arguments, limits=self.limits)

    def _take(self, answer: Mapping[str, Any]) -> None:
        if "document" in answer:
            self._whole = ParsedDocument.from_dict(answer["document"])
        elif "pages" in answer:
            self._title, self._count = str(answer["title"]), int(answer["pages"])
            self._media_type = str(answer["media_type"])
            self._gaps.is_picture = self._media_type.startswith("image/")
        else:
            page = page_from_dict(answer)
            if page.number != self._next:
                raise ValueError(f"page {self._next} expected, got {page.number}")
            self._keep(page, answer)
            self._next += 1
            self._report(page.number, self._count, "Reading page {:,} of {:,}")
            self._check_time()

    def _keep(self, page: Page, answer: Mapping[str, Any]) -> None:
        self._gaps.note(page)
        self._measures.add(page)
        self._spool.add(page.number, answer)

    def _after_failure(self, error: ChildFailed, begun: int, seconds: float) -> bool:
        """Decide about the page that stopped its child. True when there is more to read."""
        if self._count == 0 or self._count == 1:
            raise error
        if self._next > self._count:
            return False  # all pages were read; only putting them together was too much
        was_alone = self._next == begun
        if was_alone or seconds > _MOST_OF_IT * self.limits.cpu_seconds:
            self._wasted += seconds
            self._gaps.deadly.append(self._next)
            self._next += 1
            self._check_waste(error)
        return self._next <= self._count

    def _check_waste(self, error: ChildFailed) -> None:
        deadly = len(self._gaps.deadly)
        read = self._next - 1 - deadly
        too_slow = self._wasted > _WASTED_SECONDS + _WASTED_PER_PAGE * read
        if deadly == self._count or too_slow or deadly > _WASTED_PAGES + read / 10:
            number = "one page" if deadly == 1 else f"{deadly} pages"
            raise ChildFailed(
                f"{error.reason} It happened on {number} of the first {self._next - 1}, so the "
                "rest was not tried. Print the file to a new PDF and upload that.",
                error.detail,
            )

    def _check_time(self) -> None:
        seconds = _WHOLE_SECONDS + _SECONDS_PER_PAGE * self._count
        if time.monotonic() - self._began > seconds:
            raise ChildFailed(
                f"After {seconds:,.0f} seconds only {self._next - 1:,} of {self._count:,} pages "
                "were read. Try again when the machine has less to do, or split the file."
            )

    def _recognise(self, ocr: Ocr) -> None:
        wanted = self._gaps.wanted[:_MOST_RECOGNISED]
        place = {number: place for place, number in enumerate(wanted, start=1)}

        def report(number: int) -> None:
            sentence = f"Recognising the text of page {number:,}"
            self._report(place[number] - 1, len(wanted), sentence + " ({:,} of {:,} done)")

        found = recognised_pages(
            self.path, wanted, filename=self.filename, ocr=ocr, limits=self.limits,
            budget=budget_of(self.limits), report=report,
        )  # fmt: skip
        for page, confidence in found:
            self._gaps.recognised.append(page.number)
            if confidence < DOUBTFUL:
                self._gaps.doubtful.append(page.number)
            self._measures.add(page)
            self._spool.add(page.number, page_to_dict(page))

    def _joined(self) -> ParsedDocument:
        warnings = self._gaps.warnings(self._count, "" if self._ocr else ADVICE)
        blocks: list[Block] = []
        size = 0
        for found in self._blocks():
            size += sum(len(block.text) for block in found)
            if size > _MOST_TEXT:
                raise ChildRefused(
                    f"The file unfolds to more than {_MOST_TEXT // MEGABYTE} MB of text."
                )
            blocks += found
        document = ParsedDocument(
            title=title_of(blocks, self.filename, stated=self._title),
            media_type=self._media_type,
            blocks=blocks,
            page_count=self._count,
            warnings=warnings,
        )
        document.warnings += about_hidden(document)
        return document

    def _blocks(self) -> Iterable[list[Block]]:
        measures, places = self._measures.to_dict(), self._spool.places()
        state: Mapping[str, Any] | None = None
        first: int | None = 0
        while first is not None:
            begun, first = first, None
            arguments = {
                "places": places,
                "first": begun,
                "measures": measures,
                "state": state,
                "budget": budget_of(self.limits),
            }
            limits = replace(self.limits, input_bytes=2 * _MOST_WAITING)
            with closing(
                stream_from_child(
                    _JOINER, path=self._spool.path, arguments=arguments, limits=limits
                )
            ) as answers:
                for answer in answers:
                    if "stopped" in answer:
                        first, state = int(answer["stopped"]), answer["state"]
                        break
                    yield _blocks_from(answer["blocks"])
            if first is not None and first <= begun:
                raise ValueError("the pages were not put together")
            self._report(self._count, self._count, "Putting {1:,} pages in order")


class _Reporter:
    """Not more often than somebody can look."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._last = time.monotonic()

    def __call__(self, done: int, total: int, sentence: str) -> None:
        if time.monotonic() - self._last >= _BETWEEN_REPORTS:
            self._progress(done, total, sentence.format(done, total))
            self._last = time.monotonic()


class _Spool:
    """Pages on disk until all are there. The first ones wait in memory: mostly they are all."""

    _AT_ONCE = 200

    def __init__(self) -> None:
        self._waiting: list[tuple[int, Mapping[str, Any]]] = []
        self._places: dict[int, Place] = {}
        self._end = 0
        self._file: IO[bytes] | None = None

    def __enter__(self) -> "_Spool":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, number: int, page: Mapping[str, Any]) -> None:
        """A page that was added before is replaced."""
        self._waiting.append((number, page))
        if len(self._waiting) >= self._AT_ONCE:
            self._write()

    def places(self) -> list[Place]:
        self._write()
        return [self._places[number] for number in sorted(self._places)]

    @property
    def path(self) -> Path:
        return Path(self._opened().name)

    def _write(self) -> None:
        contents = [(number, packed(page)) for number, page in self._waiting]
        self._waiting.clear()
        try:
            self._opened().write(b"".join(content for _, content in contents))
            self._opened().flush()
        except OSError as error:
            raise ChildFailed("The disk is too full to read the file.", repr(error)) from error
        for number, content in contents:
            self._places[number] = (self._end, len(content))
            self._end += len(content)
        if self._end > _MOST_WAITING:
            raise ChildRefused("The file unfolds to far more text than its pages can show.")

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._file = tempfile.NamedTemporaryFile(prefix="spelunker-pages-")  # noqa: SIM115
        return self._file


def budget_of(limits: Limits) -> dict[str, Any]:
    """A page has what is left of the limits for itself when the budget is used up."""
    return {
        "cpu_seconds": 0.4 * limits.cpu_seconds,
        "memory_bytes": limits.address_space_bytes // 2,
        "output_bytes": limits.output_bytes // 4,
    }


def _blocks_from(raw: Sequence[Mapping[str, Any]]) -> list[Block]:
    part = {"title": "", "media_type": "", "blocks": raw, "page_count": None, "warnings": []}
    return ParsedDocument.from_dict(part).blocks
