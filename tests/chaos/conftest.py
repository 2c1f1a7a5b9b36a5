"""What the runs run on."""

from collections.abc import Iterator

import pytest

from tests.chaos.model import Model
from tests.chaos.results import Progress
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
    if missing := RabbitMQ.missing():
        pytest.skip(missing)
    with RabbitMQ(tmp_path_factory.mktemp("rabbitmq")).running() as broker:
        yield broker
