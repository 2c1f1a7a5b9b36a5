"""Errors of jobs as CSV, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from jobs.models import ItemState, Job, JobItem
from jobs.presenting import item_names, noted_error

HEADER = ("job", "title", "status", "item", "error", "attempts", "finished")
#: A spreadsheet takes a cell that begins so for a formula, also after blanks.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
NAMED_AT_ONCE = 500


class _Echo:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> str:
        return line


def error_lines(jobs: Iterable[Job]) -> Iterator[str]:
    """The lines of the file, one for every error, with a byte order mark for spreadsheets."""
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    yield "\ufeff" + str(writer.writerow(HEADER))
    for job in jobs:
        for row in _rows(job):
            yield str(writer.writerow([safe_cell(value) for value in row]))


def safe_cell(value: Any) -> str:
    """`value` as text that no spreadsheet computes."""
    text = "" if value is None else str(value).replace("\x00", "")
    return "'" + text if text.lstrip(" \u00a0").startswith(FORMULA_STARTS) else text


def _rows(job: Job) -> Iterator[tuple[Any, ...]]:
    head = (job.pk, job.title or job.task_name, job.status)
    if job.last_error:
        yield (*head, "", job.last_error, job.attempt, job.completed_at)
    failed = job.items.filter(state=ItemState.FAILED)
    named = set()
    for item, name in _named(job, failed.iterator(chunk_size=NAMED_AT_ONCE)):
        named.add(item.key)
        yield (*head, name, item.error, item.attempts, item.finished_at)
    for entry in job.errors:
        noted = noted_error(entry)
        if noted.name not in named:
            yield (*head, noted.name, noted.error, "", "")


def _named(job: Job, items: Iterator[JobItem]) -> Iterator[tuple[JobItem, str]]:
    """The items with what people call them, a few hundred at a time."""
    while group := list(islice(items, NAMED_AT_ONCE)):
        names = item_names(job, [item.key for item in group])
        yield from ((item, names.get(item.key, item.key)) for item in group)
