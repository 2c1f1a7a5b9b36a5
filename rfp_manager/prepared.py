"""Queries that every page of an RFP asks: put together from the models once, not for each page.

Putting one together costs Django more processor time than PostgreSQL takes to answer it.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import QuerySet

#: Stands for the number of the RFP; none has it.
PLACE = -(2**62)


class OfRFP:
    """A query about one RFP. `build` is given the RFP's number and may use it in filters alone:
    nothing else of the query may differ from one time to the next."""

    def __init__(self, build: Callable[[int], "QuerySet[Any, Any]"]) -> None:
        self._build = build

    @cached_property
    def _statement(self) -> tuple[str, tuple[Any, ...]]:
        sql, params = self._build(PLACE).query.sql_with_params()
        return sql, tuple(params)

    def rows(self, rfp_id: int) -> list[tuple[Any, ...]]:
        """As the database gives them: for columns of plain types."""
        sql, params = self._statement
        with connection.cursor() as cursor:
            cursor.execute(sql, [rfp_id if value == PLACE else value for value in params])
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found
