"""Re-encrypts every stored secret under the first of settings.FIELD_KEYS.

Row by row, each by one conditional UPDATE: whoever stops it half-way leaves every row readable
with the old keys or the new one, and a second run does the rest.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast

from accounts import mfa
from llm_manager.fields import EncryptedField, cipher

ROWS_AT_ONCE = 200
#: A row that somebody else writes meanwhile is read again.
MOST_TRIES = 5


@dataclass
class Rotation:
    """How many secrets there are, and what became of them."""

    secrets: int = 0
    rotated: int = 0
    #: Under the first key already.
    current: int = 0
    #: Where secrets lie that none of the keys reads, as in “llm_manager.LLMApi 7 api_key”.
    unreadable: list[str] = field(default_factory=list)
    #: Written by others so often meanwhile that they were left; they are readable.
    left: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Column:
    """An encrypted field of a model."""

    model: type[models.Model]
    name: str

    def rows(self) -> "QuerySet[models.Model, dict[str, Any]]":
        """Primary keys and stored texts, as they lie in the database."""
        found = self.model._base_manager.annotate(stored=Cast(F(self.name), TextField()))
        return found.exclude(stored="").order_by("pk").values("pk", "stored")

    def place(self, pk: Any) -> str:
        return f"{self.model._meta.label} {pk} {self.name}"


def columns() -> list[Column]:
    """Every encrypted field of every app, in a fixed order."""
    return [
        Column(model, each.name)
        for model in sorted(apps.get_models(), key=lambda model: model._meta.label)
        for each in model._meta.local_fields
        if isinstance(each, EncryptedField) and not model._meta.proxy
    ]


def rotate(
    *, dry_run: bool = False, progress: Callable[[int, int, str], None] = lambda *_: None
) -> Rotation:
    """Bring all secrets under the first key, or with `dry_run` only count them. `progress` is
    told how many of how many are done, and where. Raises KeyUnreadable if there is no key."""
    cipher()
    first, done = Fernet(settings.FIELD_KEYS[0]), Rotation()
    found = columns()
    total = sum(column.rows().count() for column in found)
    for column in found:
        for row in _in_chunks(column):
            done.secrets += 1
            _rotate_row(column, row["pk"], row["stored"], first, done, dry_run)
            progress(done.secrets, total, column.model._meta.label)
    _rotate_factors(done, dry_run)
    return done


def _rotate_factors(done: Rotation, dry_run: bool) -> None:
    """Second factors of people, which are no fields of ours."""
    for place, state in mfa.reseal(dry_run=dry_run):
        done.secrets += 1
        done.rotated += state == mfa.RESEALED
        done.current += state == mfa.CURRENT
        if state == mfa.UNREADABLE:
            done.unreadable.append(place)


def _in_chunks(column: Column) -> Iterator[dict[str, Any]]:
    """By primary key, so that rows which are written meanwhile are met once."""
    rows = list(column.rows()[:ROWS_AT_ONCE])
    while rows:
        yield from rows
        rows = list(column.rows().filter(pk__gt=rows[-1]["pk"])[:ROWS_AT_ONCE])


def _rotate_row(
    column: Column, pk: Any, stored: str, first: Fernet, done: Rotation, dry_run: bool
) -> None:
    for _ in range(MOST_TRIES):
        if _is_under(first, stored):
            done.current += 1
            return
        try:
            secret = cipher().decrypt(stored.encode()).decode()
        except InvalidToken:
            done.unreadable.append(column.place(pk))
            return
        if dry_run or _write(column, pk, stored, secret):
            done.rotated += 1
            return
        row = column.rows().filter(pk=pk).first()
        if row is None:
            return  # deleted, or emptied
        stored = row["stored"]
    done.left.append(column.place(pk))


def _is_under(key: Fernet, stored: str) -> bool:
    try:
        key.decrypt(stored.encode())
    except InvalidToken:
        return False
    return True


def _write(column: Column, pk: Any, stored: str, secret: str) -> bool:
    """Whether the row still held what was read. The field encrypts with the first key."""
    mine = column.model._base_manager.annotate(stored=Cast(F(column.name), TextField()))
    return bool(mine.filter(pk=pk, stored=stored).update(**{column.name: secret}))
