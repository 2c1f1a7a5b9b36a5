"""Programs of the people of the tests."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.api_world import Program, program_of
from tests.solution_library.local_site import Site, serve


@pytest.fixture
def ana(alice: Any) -> Program:
    """Alice's program, with every scope."""
    return program_of(alice)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Site]:
    """A server of somebody's that takes messages at /hook."""
    with serve() as site:
        settings.FETCH_ALLOWED_HOSTS = [site.host_port]
        site.routes["/hook"] = (204, {}, "")
        yield site
