"""Two hundred pages are crawled under two hundred kills: each has one document, always whole."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.checks import nothing_is_left
from tests.chaos.crawl import Crawl, Pages
from tests.chaos.results import Progress, keep, spread
from tests.chaos.size import FULL, SEEDS
from tests.chaos.stack import Stack
from tests.servers.rabbitmq import RabbitMQ
from tests.solution_library.local_site import serve

pytestmark = [pytest.mark.chaos, pytest.mark.slow]
PAGES, KILLS = (200, 200) if FULL else (8, 3)
#: Two workers with spare children, as an installation has them.
SERVICES = ("relay-1", "default-1:2", "default-2:2", "embedding-1:1")
AFTER_LEASE = 60


@pytest.fixture
def pages() -> Iterator[Pages]:
    with serve() as site:
        yield Pages(site, PAGES, seconds=0.1)


@pytest.mark.parametrize("seed", SEEDS[:1])
@pytest.mark.contract("F1", "A8")
def test_no_page_is_lost_or_doubled_and_the_old_version_serves_while_workers_are_killed(
    own_rabbitmq: RabbitMQ, pages: Pages, progress: Progress, tmp_path: Path, seed: int
) -> None:
    allowed = {"FETCH_ALLOWED_HOSTS": pages.site.host_port}
    with Stack(tmp_path / "stack", own_rabbitmq, allowed, SERVICES) as stack:
        crawl = Crawl(stack, pages, random.Random(seed), progress)
        start = time.monotonic()
        crawl.under_fire(KILLS)
        crawl.look()
        lost, doubled = crawl.lost_and_doubled()
        nothing_is_left(stack)
        hits, asked = crawl.hits, len(pages.site.asked)
        keep(
            "crawl under kills", broker=stack.broker_name, seed=seed, pages=PAGES,
            editions=pages.edition, kills=dict(hits.kinds), syncs=hits.syncs,
            ended=dict(hits.ended), lost=lost, doubled=doubled, torn=len(hits.torn),
            created=hits.counts["created"], updated=hits.counts["updated"],
            failed_for_now=hits.failed, requests=asked, taken_up=spread(crawl.taken_up()),
            seconds=round(time.monotonic() - start), lease=stack.lease,
        )  # fmt: skip
        assert (lost, doubled, hits.torn) == (0, 0, [])
        changed = PAGES * (pages.edition - 1)
        assert (hits.counts["created"], hits.counts["updated"]) == (PAGES, changed)
        assert hits.kinds.total() == KILLS
        assert max(crawl.taken_up(), default=0.0) < stack.lease + AFTER_LEASE
