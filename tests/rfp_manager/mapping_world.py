"""Questionnaires as buyers send them, small and large, for the tests of mappings and editions."""

import io
from typing import Any

from openpyxl import Workbook

from rfp_manager.creating import create_rfp
from rfp_manager.models import RFP

HEADER = ("No", "Topic", "Question", "Vendor response", "Remarks")
TOPICS = ("backup", "encryption", "access control", "logging", "incident response", "training")


def rows(count: int, *, start: int = 1) -> list[tuple[Any, ...]]:
    """Questions that differ in more than a number."""
    return [
        (
            str(n),
            TOPICS[n % len(TOPICS)].title(),
            f"Do you have a documented {TOPICS[n % len(TOPICS)]} process for area {n}, and who "
            f"{'approves' if n % 2 else 'reviews'} it every {n % 12 + 1} months?",
            None,
            None,
        )
        for n in range(start, start + count)
    ]


def workbook(*sheets: tuple[str, list[tuple[Any, ...]]]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for name, content in sheets:
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def form(count: int = 6, *, name: str = "Security", header: tuple[str, ...] = HEADER) -> bytes:
    return workbook((name, [("Acme supplier form",), (), header, *rows(count)]))


def imported(content: bytes, user: Any, *, filename: str = "tender.xlsx", **values: Any) -> RFP:
    return create_rfp(io.BytesIO(content), filename=filename, user=user, **values)
