"""How big the runs are, and what they run on."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.chaos.checks import Batch
from tests.chaos.model import Model
from tests.chaos.results import Progress
from tests.chaos.stack import Stack
from tests.servers.rabbitmq import RabbitMQ

FULL = os.environ.get("CHAOS_FULL") == "1"
SEEDS = [int(s) for s in os.environ.get("CHAOS_SEEDS", "1,2,3" if FULL else "1").split(",")]


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


Drafts = Callable[..., list[Batch]]


def start_drafts(
    stack: Stack, model: Model, tag: str, sizes: list[int], concurrency: int = 4
) -> list[Batch]:
    """RFPs of so many questions, and the drafting of their answers just queued."""
    batches = []
    tags = [f"{tag}{n}" for n in range(len(sizes))]
    rfps = [stack.tell("rfp", tag=t, questions=size) for t, size in zip(tags, sizes, strict=True)]
    for one, rfp, size in zip(tags, rfps, sizes, strict=True):
        job = stack.tell("draft", rfp=rfp, base_url=model.base_url, concurrency=concurrency)
        batches.append(Batch(one, rfp, job, size))
    return batches
