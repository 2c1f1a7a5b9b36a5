"""Writes approved answers as a sheet: .csv or .xlsx, which the import reads again."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from solution_library.answers import listing
from solution_library.answers.cells import harmless, spread
from solution_library.answers.freshness import freshness_of
from solution_library.models import LibraryAnswer
from solution_library.models.answers import LibraryAnswerQuerySet

COLUMNS = (
    "Question", "Answer", "Choice", "Variants", "Valid until", "Tags", "Collections", "Status",
    "Owner", "Used", "Origin", "Changed",
)  # fmt: skip
#: What XML, and so a workbook, cannot hold.
_IMPOSSIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
#: Excel reads "_x000D_" as the sign of that number, unless the "_" is written as one itself.
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


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
        ", ".join(_quoted(tag.name) for tag in document.tags.all()),
        ", ".join(_quoted(group.name) for group in document.collections.all()),
        freshness_of(answer).words,
        document.owner.get_username() if document.owner else "",
        str(getattr(answer, "use_count", "")),
        answer.origin,
        timezone.localtime(answer.updated_at).strftime("%Y-%m-%d %H:%M"),
    ]


def _quoted(name: str) -> str:
    quoted = name.replace('"', '""')
    return f'"{quoted}"' if re.search(r'[,;"\n]', name) else name


def as_csv(lines: Iterable[list[str]]) -> bytes:
    """With a mark that makes Excel read it as UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for line in lines:
        for row in spread(line):
            writer.writerow([harmless(text) for text in row])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(lines: Iterable[list[str]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Answers")
    for column, width in zip("ABCDEFGHIJKL", (50, 80, 12, 40, 12, 20, 20, 14, 14, 8, 30, 16),
                             strict=True):  # fmt: skip
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A2"
    sheet.append(list(COLUMNS))
    for line in lines:
        for row in spread(line):
            sheet.append([_cell(sheet, text) for text in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, text: str) -> Any:
    """Always a text, never a formula, not even when somebody edits the cell."""
    plain = _ESCAPE.sub("_x005F_", _IMPOSSIBLE.sub("", text))
    cell = WriteOnlyCell(sheet, value=harmless(plain) if plain.startswith("'") else plain)
    cell.data_type = "s"
    if harmless(plain) != plain:
        cell.quotePrefix = True
    return cell
