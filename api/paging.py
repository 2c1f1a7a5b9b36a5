"""Pages by cursor. A cursor names the last row that was seen, so that rows which come or go
meanwhile neither repeat nor hide another."""

import base64
import binascii
import json
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from ninja import Field, Schema

from api.problems import not_usable

MOST = 200
USUAL = 50
#: What the database can hold.
MOST_ID = 2**63 - 1
M = TypeVar("M", bound=Model)


class PageQuery(Schema):
    """What every list takes."""

    limit: int = Field(USUAL, ge=1, le=MOST, description=f"How many at once, {MOST} at most.")
    cursor: str = Field(
        "", max_length=200, description="`next_cursor` of the page before; empty: the first page."
    )


def cursor_of(place: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([1, place]).encode()).decode().rstrip("=")


def place_of(cursor: str) -> int | None:
    """The place that a cursor names. Raises Problem (422) for what is none of ours."""
    if not cursor:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        version, place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        version, place = 0, 0
    if version != 1 or type(place) is not int or not 0 <= place <= MOST_ID:
        raise not_usable("This cursor is none of ours. Take `next_cursor` of the page before.")
    return place


def page_of(
    rows: "QuerySet[M]", query: PageQuery, *, by: str = "-pk"
) -> tuple[list[M], str | None]:
    """The rows of a page, and the cursor of the next. `by` is unique among the rows."""
    field, falling = by.removeprefix("-"), by.startswith("-")
    last = place_of(query.cursor)
    if last is not None:
        rows = rows.filter(**{f"{field}__{'lt' if falling else 'gt'}": last})
    found = list(rows.order_by(by)[: query.limit + 1])
    shown = found[: query.limit]
    more = cursor_of(int(getattr(shown[-1], field))) if len(found) > query.limit else None
    return shown, more


def slice_of(places: list[int], query: PageQuery) -> tuple[list[int], str | None]:
    """The same for rising places that are in memory already."""
    last = place_of(query.cursor)
    left = [place for place in places if last is None or place > last]
    shown = left[: query.limit]
    return shown, cursor_of(shown[-1]) if len(left) > query.limit else None


def page(items: list[Any], next_cursor: str | None) -> dict[str, Any]:
    return {"items": items, "next_cursor": next_cursor}
