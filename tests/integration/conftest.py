"""One database, one RabbitMQ and one driver for all of these tests in a test process."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.integration import actions
from tests.integration.installation import QUEUE, Driver, Installation
from tests.integration.pgmq_broker import PgmqBroker
from tests.servers.memcached import Memcached
from tests.servers.rabbitmq import RabbitMQ


class Broker(Protocol):
    """What a test may do to either broker."""

    @property
    def url(self) -> str: ...
    def messages(self, queue: str) -> int: ...
    def pop(self, queue: str) -> tuple[bytes, dict[str, Any]] | None: ...
    def wipe(self) -> None: ...
    def start(self) -> None: ...


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    # Short and open to others: PostgreSQL runs as its own user where the tests run as root,
    # and the path of its socket has a limit of 107 characters.
    made = Path(tempfile.mkdtemp(prefix="spelunker-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def driver(folder: Path) -> Iterator[Driver]:
    running = Driver(folder)
    yield running
    running.close()


@pytest.fixture(scope="session")
def node(folder: Path) -> Iterator[RabbitMQ]:
    """RabbitMQ, which looks at its consumers every second and not every minute."""
    if RabbitMQ.missing():
        pytest.skip(RabbitMQ.missing())
    erlang = ["-rabbit", "channel_tick_interval", "1000"]
    with RabbitMQ(folder / "rabbitmq", erlang=erlang).running() as running:
        yield running


@pytest.fixture(scope="session", params=["rabbitmq", "pgmq"])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Each test that asks for it runs on both."""
    if request.param == "pgmq":
        return PgmqBroker(request.getfixturevalue("driver"))
    found: Broker = request.getfixturevalue("node")
    return found


@pytest.fixture
def installation(broker: Broker, driver: Driver) -> Iterator[Installation]:
    """On one of the brokers, with nothing running yet and nothing queued."""
    yield from _fresh(broker, driver)


@pytest.fixture
def on_rabbitmq(node: RabbitMQ, driver: Driver) -> Iterator[Installation]:
    yield from _fresh(node, driver)


@pytest.fixture
def on_pgmq(driver: Driver) -> Iterator[Installation]:
    yield from _fresh(PgmqBroker(driver), driver)


def _fresh(broker: Broker, driver: Driver) -> Iterator[Installation]:
    broker.start()
    driver.do(actions.clean)
    while broker.pop(QUEUE):
        pass
    installation = Installation(driver, broker.url)
    yield installation
    installation.close()


@pytest.fixture
def memcached(tmp_path: Path) -> Iterator[Memcached]:
    if Memcached.missing():
        pytest.skip(Memcached.missing())
    with Memcached(tmp_path / "memcached").running() as running:
        yield running
