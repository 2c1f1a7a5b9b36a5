"""The one registry of queues: what each is for and how soon its work should start."""

from dataclasses import dataclass
from typing import Any

MAX_PRIORITY = 9
DEFAULT_PRIORITY = 5


#: However short a queue's target is, a worker that is restarted by a deploy is no outage.
SHORTEST_PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class QueueSpec:
    """A queue. `target_seconds` is the longest time a job should wait for a worker, and `why`
    says where that number comes from; `concurrency` is how many jobs a worker runs at once unless
    it is told otherwise."""

    name: str
    target_seconds: int
    io_bound: bool
    concurrency: int
    usage: str
    usual_run_time: str
    why: str

    @property
    def patience_seconds(self) -> int:
        """Work that has waited so long, while nothing else was started, is blocked."""
        return max(self.target_seconds, SHORTEST_PATIENCE_SECONDS)


QUEUES: dict[str, QueueSpec] = {
    spec.name: spec
    for spec in (
        QueueSpec(
            "default", 10, True, 4,
            "syncs, summaries, checks of LLM APIs, e-mails, housekeeping", "seconds to minutes",
            "somebody has pressed a button and looks at the page; its jobs wait for the network, "
            "so a slot is cheap",
        ),
        QueueSpec(
            "embedding", 60, False, 2,
            "parsing, chunking and embedding of documents", "1 s to 10 min",
            "people upload and go on; each slot takes a processor, and one big document may "
            "hold it for minutes",
        ),
        QueueSpec(
            "batch", 60, True, 2,
            "responder and reviewer batches, exports", "1 to 10 min a slice",
            "a batch takes minutes anyway, and by its slices it makes room for the next one",
        ),
    )
}  # fmt: skip

DEFAULT_QUEUE = "default"


def kombu_queues() -> list[Any]:
    """The queues as the broker must declare them: durable, classic, with priorities."""
    import kombu

    exchange = kombu.Exchange("spelunker", type="direct", durable=True)
    return [
        kombu.Queue(
            name,
            exchange,
            routing_key=name,
            durable=True,
            queue_arguments={"x-max-priority": MAX_PRIORITY},
        )
        for name in QUEUES
    ]


def amqp_priority(priority: int) -> int:
    """Ours counts 1 as most urgent and 9 as least; AMQP counts the other way round."""
    return MAX_PRIORITY - max(0, min(priority, MAX_PRIORITY))


def window() -> int:
    """How many jobs of a queue may be with the broker at once; the rest wait in the table, where
    their order by priority is kept whatever the broker makes of it."""
    from django.conf import settings

    return int(getattr(settings, "JOBS_BROKER_WINDOW", 200))
