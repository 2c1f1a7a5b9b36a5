"""The audit log as people look through it."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from audit.actions import ACTIONS, label
from audit.models import AuditEntry

HEADER = ("position", "time (UTC)", "action", "person", "person id", "address", "request",
          "kind", "id", "what", "details", "hash")  # fmt: skip
#: A spreadsheet takes a cell that begins so for a formula, also after blanks.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
MOST_LINES = 200_000


class AuditForm(forms.Form):
    """Narrows the log down; what cannot be read narrows nothing and says so."""

    who = forms.CharField(label="Person", max_length=200, required=False)
    action = forms.ChoiceField(label="What happened", required=False)
    about = forms.CharField(label="About", max_length=200, required=False)
    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        choices = sorted(ACTIONS.items(), key=lambda pair: pair[1].casefold())
        self.fields["action"].choices = [("", "Anything"), *choices]  # type: ignore[attr-defined]

    @property
    def is_used(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    def chosen(self) -> QuerySet[AuditEntry]:
        """The entries that fit, the newest first."""
        self.is_valid()
        given = self.cleaned_data
        found = AuditEntry.objects.order_by("-id")
        if given.get("who"):
            found = found.filter(actor_name__icontains=_clean(given["who"]))
        if given.get("action"):
            found = found.filter(action=given["action"])
        if given.get("about"):
            found = found.filter(_about(_clean(given["about"])))
        return _within(found, given.get("since"), given.get("until"))


def _about(words: str) -> Q:
    return Q(target_name__icontains=words) | Q(ip=words) | Q(request_id=words)


def _clean(text: str) -> str:
    return text.replace("\x00", "")


def _within(found: QuerySet[AuditEntry], since: Any, until: Any) -> QuerySet[AuditEntry]:
    if since:
        found = found.filter(at__gte=_midnight(since))
    if until and until.year < 9999:
        found = found.filter(at__lt=_midnight(until + timedelta(days=1)))
    return found


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def told(entry: AuditEntry) -> list[tuple[str, str]]:
    """The details in words: (name, value)."""
    fields = entry.details.get("fields") if isinstance(entry.details, dict) else None
    if isinstance(fields, list):
        return [(str(each.get("name", "")), _change(each)) for each in fields]
    pairs = entry.details.items() if isinstance(entry.details, dict) else []
    return [(str(name).replace("_", " "), _short(value)) for name, value in pairs]


def _change(each: dict[str, Any]) -> str:
    if "to" not in each:
        return _short(each.get("now"))
    return f"{_short(each.get('from'))} → {_short(each.get('to'))}"


def _short(value: Any) -> str:
    if value is None or value == "":
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def csv_lines(found: QuerySet[AuditEntry]) -> Iterator[bytes]:
    """The entries as CSV, the oldest first. A byte order mark first: without it Excel takes the
    text for another encoding."""
    yield b"\xef\xbb\xbf" + _line(HEADER)
    for entry in found.order_by("id")[:MOST_LINES].iterator(chunk_size=2000):
        yield _line(_cells(entry))


def _cells(entry: AuditEntry) -> tuple[Any, ...]:
    details = json.dumps(entry.details, ensure_ascii=False) if entry.details else ""
    return (
        entry.position, f"{entry.at:%Y-%m-%d %H:%M:%S}", label(entry.action), entry.actor_name,
        entry.actor_id, entry.ip, entry.request_id, entry.target_kind, entry.target_id,
        entry.target_name, details, entry.hash,
    )  # fmt: skip


def _line(cells: tuple[Any, ...]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerow([_safe(cell) for cell in cells])
    return buffer.getvalue().encode("utf-8", "replace")


def _safe(value: Any) -> str:
    text = "" if value is None else str(value)
    return "'" + text if text.lstrip(" \u00a0").startswith(FORMULA_STARTS) else text
