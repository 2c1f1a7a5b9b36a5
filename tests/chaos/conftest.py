"""What the runs run on."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.chaos.model import Model
from tests.chaos.results import Progress
from tests.chaos.size import FULL
from tests.chaos.stack import Stack
from tests.servers.rabbitmq import RabbitMQ


@pytest.fixture(scope="session")
def model() -> Iterator[Model]:
    with Model().running() as served:
        yield served


@pytest.fixture
def progress(request: pytest.FixtureRequest) -> Iterator[Progress]:
    line = Progress(request.node.name)
    yield line
    line.clear()


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    with node(tmp_path_factory) as broker:
        yield broker


@pytest.fixture
def own_rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    """A node for one installation: the workers of another would take its jobs."""
    with node(tmp_path_factory) as broker:
        yield broker


@contextmanager
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    if missing := RabbitMQ.missing():
        pytest.skip(missing)
    with RabbitMQ(tmp_path_factory.mktemp("rabbitmq")).running() as broker:
        yield broker


#: Short times, so that a stopped process is given up and a lost message sent again within
#: seconds, and batches go through many slices.
SHORT = {
    "JOBS_LEASE_SECONDS": "12", "JOBS_LEASE_RENEW_SECONDS": "3", "JOBS_REDISPATCH_SECONDS": "5",
    "JOBS_SLICE_SECONDS": "6", "JOBS_CANCEL_GRACE_SECONDS": "6",
}  # fmt: skip


@pytest.fixture(scope="session", params=["RabbitMQ", "PGMQ"] if FULL else ["RabbitMQ"])
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """One installation for all the smaller trials, on each broker."""
    broker = request.getfixturevalue("rabbitmq") if request.param == "RabbitMQ" else None
    with Stack(tmp_path_factory.mktemp("stack"), broker, SHORT, trials=True) as running:
        yield running
