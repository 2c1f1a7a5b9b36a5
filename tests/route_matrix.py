"""What the tables of routes and persons have in common; see tests/*/test_route_matrix.py.

A table has one row for each way in which a route can be asked: "detail" reads it, "mapping POST"
sends an empty form to one that can be read too. A row says what each person is answered.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.people import ANONYMOUS, SUSPENDED, People

POST = " POST"
#: Where who is not signed in, or not any more, is sent.
LOGIN = 302
READING = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Row:
    """`codes` by person. `args` names objects of the world; `query` and `data` may name them in
    braces. POST also where the route cannot be read at all."""

    codes: Mapping[str, int]
    args: tuple[str, ...] = ()
    query: str = ""
    post: bool = False
    data: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def ask(client: Client, namespace: str, name: str, row: Row, world: Mapping[str, Any]) -> Any:
    route = name.removesuffix(POST)
    place = f"{namespace}:{route}" if namespace else route
    url = reverse(place, args=[world[one] for one in row.args]) + row.query.format(**world)
    if row.post or name.endswith(POST):
        data = {key: value.format(**world) for key, value in row.data.items()}
        return client.post(url, data, headers=row.headers)
    return client.get(url, headers=row.headers)


def answered(
    matrix: Mapping[str, Row], namespace: str, person: str, people: People, world: Mapping[str, Any]
) -> dict[str, int]:
    """What each row answers a person, each in a world as it was."""
    found = {}
    with undone():
        client = people.client(person)
        for name, row in matrix.items():
            with undone():
                found[name] = ask(client, namespace, name, row, world).status_code
    return found


def expected(matrix: Mapping[str, Row], person: str) -> dict[str, int]:
    outside = person in (ANONYMOUS, SUSPENDED)
    return {
        name: row.codes.get(person, LOGIN) if outside else row.codes[person]
        for name, row in matrix.items()
    }


def unnamed_methods(
    matrix: Mapping[str, Row], namespace: str, client: Client, world: Mapping[str, Any]
) -> list[str]:
    """Routes that take reading or sending without a row that says who gets what."""
    missing = []
    for name, row in matrix.items():
        route = name.removesuffix(POST)
        place = f"{namespace}:{route}" if namespace else route
        with undone():
            answer = client.options(reverse(place, args=[world[one] for one in row.args]))
        allowed = {word.strip() for word in answer.headers.get("Allow", "").split(",")} - {""}
        rows = [matrix.get(route), matrix.get(route + POST)]
        sends = any(r and (r.post or n) for n, r in enumerate(rows))
        reads = rows[0] is not None and not rows[0].post
        if not allowed:
            missing.append(f"{route}: takes any method")
        elif ("POST" in allowed) != sends or (not allowed.isdisjoint({"GET"})) != reads:
            missing.append(f"{route}: {', '.join(sorted(allowed))}")
    return sorted(set(missing))


def changes_for(matrix: Mapping[str, Row], person: str, but: Sequence[str] = ()) -> list[str]:
    """The rows that send something and do not refuse a person."""
    sending = {n: r for n, r in matrix.items() if (r.post or n.endswith(POST)) and n not in but}
    return [name for name, row in sending.items() if row.codes[person] not in (403, 404)]


def body_of(response: Any) -> str:
    whole = b"".join(response.streaming_content) if response.streaming else response.content
    return str(whole.decode("utf-8", "replace")).lower()


@contextmanager
def undone() -> Iterator[None]:
    """What a person changes is as it was for the next one."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
