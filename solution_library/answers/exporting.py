"""Writes approved answers as a sheet: .csv or .xlsx, which the import reads again."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from solution_library.answers import listing
from solution_library.answers.freshness import freshness_of
from solution_library.models import LibraryAnswer
from solution_library.models.answers import LibraryAnswerQuerySet

COLUMNS = (
    "Question", "Answer", "Choice", "Variants", "Valid until", "Tags", "Collections", "Status",
    "Owner", "Used", "Origin", "Changed",
)  # fmt: skip
#: A text with one of these in front would be computed by a spreadsheet that opens the file.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
MOST_IN_A_CELL = 32_767


def rows(answers: LibraryAnswerQuerySet, user: Any) -> Iterator[list[str]]:
    """A row for each of the answers of listing.visible."""
    for answer in listing.for_rows(answers, user).prefetch_related("variants"):
        yield _row(answer)


def _row(answer: LibraryAnswer) -> list[str]:
    document = answer.document
    return [
        answer.question,
        answer.text,
        answer.choice,
        "\n".join(variant.question for variant in answer.variants.all()),
        answer.valid_until.isoformat() if answer.valid_until else "",
        ", ".join(tag.name for tag in document.tags.all()),
        ", ".join(group.name for group in document.collections.all()),
        freshness_of(answer).words,
        document.owner.get_username() if document.owner else "",
        str(getattr(answer, "use_count", "")),
        answer.origin,
        timezone.localtime(answer.updated_at).strftime("%Y-%m-%d %H:%M"),
    ]


def as_csv(lines: Iterable[list[str]]) -> bytes:
    """With a mark that makes Excel read it as UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for line in lines:
        writer.writerow([_harmless(text) for text in line])
    return out.getvalue().encode("utf-8-sig")


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def as_xlsx(lines: Iterable[list[str]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Answers")
    for column, width in zip("ABCDEFGHIJKL", (50, 80, 12, 40, 12, 20, 20, 14, 14, 8, 30, 16),
                             strict=True):  # fmt: skip
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A2"
    sheet.append(list(COLUMNS))
    for line in lines:
        sheet.append([_cell(sheet, text) for text in line])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, text: str) -> Any:
    """Always a text, never a formula; what a cell cannot hold is left out of it."""
    plain = "".join(c for c in text if c in "\t\n\r" or ord(c) >= 32)[:MOST_IN_A_CELL]
    cell = WriteOnlyCell(sheet, value=plain)
    cell.data_type = "s"
    return cell
