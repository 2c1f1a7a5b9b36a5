"""The matrix of routes and persons has no hole: each route of the whole site stands in a table."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, include, path

from tests.route_matrix import POST

APPS = ("accounts", "api", "audit", "jobs", "llm_manager", "rfp_manager", "solution_library",
        "spelunker")  # fmt: skip


def routes(found: Any = None, namespaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """(namespace, name) of every route but those of the administrators' pages, which are closed as
    a whole. One without a name is named by its address."""
    for one in (found or get_resolver()).url_patterns:
        if isinstance(one, URLPattern):
            yield ":".join(namespaces), one.name or str(one.pattern)
        elif isinstance(one, URLResolver) and one.app_name != "admin":
            inner = (*namespaces, one.namespace) if one.namespace else namespaces
            yield from routes(one, inner)


def tables() -> Iterator[ModuleType]:
    for app in APPS:
        name = f"tests.{app}.test_route_matrix"
        if find_spec(name) is not None:
            yield import_module(name)


def named() -> set[tuple[str, str]]:
    """A module has one MATRIX and its NAMESPACE, or MATRICES by their namespaces."""
    found = set()
    for table in tables():
        matrices = getattr(table, "MATRICES", None) or {table.NAMESPACE: table.MATRIX}
        for space, matrix in matrices.items():
            found |= {(space, name.removesuffix(POST)) for name in matrix}
    return found


def missing(found: Any = None) -> list[str]:
    return sorted(f"{space}:{name}" for space, name in set(routes(found)) - named())


def test_every_route_of_the_site_stands_in_a_table() -> None:
    assert missing() == []


def test_no_table_names_a_route_that_is_gone() -> None:
    assert sorted(named() - set(routes())) == []


def a_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open to all")


@pytest.mark.parametrize("place", ["", "deep/down/"])
def test_a_route_that_nobody_has_thought_of_turns_this_red(place: str) -> None:
    forgotten = path("forgotten/", a_view, name="forgotten")
    more = path(place, include([forgotten])) if place else forgotten
    patterns = [*import_module(settings.ROOT_URLCONF).urlpatterns, more]
    site = type("Site", (), {"url_patterns": patterns})()
    assert ":forgotten" in missing(site)
