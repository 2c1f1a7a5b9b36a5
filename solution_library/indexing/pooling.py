"""Passages of several documents, embedded together: small documents fill the model's batches."""

import threading
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from celery.exceptions import SoftTimeLimitExceeded

from jobs.errors import JobError, StopBatch, TransientItemError
from jobs.working import abandoned
from llm_manager.calling import ModelAccess
from llm_manager.control.ledger import Booking
from llm_manager.providers.base import EmbeddingReply, Spent
from solution_library.indexing.passages import GROUP, embed_passages
from solution_library.indexing.vectors import Vector

#: A model's id, and for whom it works.
Kind: TypeAlias = tuple[int, Booking]
#: What speaks about the model or its API, not about a passage, holds for all who wait for it.
FOR_ALL = (StopBatch, TransientItemError, ConnectionError, TimeoutError)
#: How often a thread that waits for others looks whether anybody waits for it.
LOOK_SECONDS = 1.0
#: Calls at once of a model of this machine. The model sees to it that they take no more cores than
#: there are; while the last run of one call ends, the other call has those that are free.
OWN_SEATS = 2


@dataclass(eq=False)
class _Order:
    """One document's passages, and what has become of them."""

    texts: Sequence[str]
    rows: dict[int, Vector] = field(default_factory=dict)
    build: str = ""
    error: BaseException | None = None
    #: One passage of a mixed group was refused: this order is to be tried without the others.
    alone: bool = False

    @property
    def is_settled(self) -> bool:
        return self.error is not None or self.alone or len(self.rows) == len(self.texts)


class PassagePool:
    """Has the signature of `embed_passages`, for threads that embed at the same time.

    No thread of its own: whoever waits for a vector embeds the next group, with its own passages
    or with those of others that came before. So everything ends with the threads that use it.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queues: dict[Kind, deque[tuple[_Order, int]]] = defaultdict(deque)
        self._busy: dict[Kind, int] = defaultdict(int)

    def __call__(
        self, model: ModelAccess, texts: Sequence[str], booking: Booking
    ) -> EmbeddingReply:
        """A vector for each text. Raises what embed_passages raises."""
        kind, order = (model.pk, booking), _Order(texts)
        with self._changed:
            self._queues[kind].extend((order, place) for place in range(len(texts)))
        while group := self._next_group(kind, order, _seats(model)):
            self._embed(model, kind, group)
        if order.alone:
            return embed_passages(model, texts, booking)
        if order.error is not None:
            raise order.error
        found = np.stack([order.rows[place] for place in range(len(texts))])
        # Whoever made the call has booked it.
        return EmbeddingReply(found, order.build, Spent())

    def _next_group(self, kind: Kind, order: _Order, seats: int) -> list[tuple[_Order, int]]:
        """What this thread is to embed next; nothing when its own order is settled."""
        with self._changed:
            while not order.is_settled:
                if self._queues[kind] and self._busy[kind] < seats:
                    self._busy[kind] += 1
                    return self._take(kind)
                self._changed.wait(LOOK_SECONDS)
                if abandoned():
                    order.error = JobError("Nobody waits for this document any more.")
            self._withdraw(kind, order)
            return []

    def _take(self, kind: Kind) -> list[tuple[_Order, int]]:
        """The passage that has waited longest, and those that are about as long: a model computes
        each of a batch as if it were as long as the longest."""
        queue = self._queues[kind]
        length = len(_text_of(queue[0]))
        by_length = sorted(
            range(1, len(queue)), key=lambda n: abs(len(_text_of(queue[n])) - length)
        )
        taken = {0, *by_length[: GROUP - 1]}
        self._queues[kind] = deque(wish for n, wish in enumerate(queue) if n not in taken)
        return [queue[n] for n in sorted(taken)]

    def _withdraw(self, kind: Kind, order: _Order) -> None:
        """What has failed is not to be embedded, or paid for, any more."""
        if len(order.rows) < len(order.texts):
            kept = [wish for wish in self._queues[kind] if wish[0] is not order]
            self._queues[kind] = deque(kept)

    def _embed(self, model: ModelAccess, kind: Kind, group: list[tuple[_Order, int]]) -> None:
        try:
            reply = embed_passages(model, [o.texts[place] for o, place in group], kind[1])
        except SoftTimeLimitExceeded as limit:
            self._fail({id(o): o for o, _ in group}, limit)
            raise
        except BaseException as error:
            self._fail({id(o): o for o, _ in group}, error)
        else:
            for (order, place), vector in zip(group, reply.vectors, strict=True):
                order.build = reply.build
                order.rows[place] = vector
        finally:
            with self._changed:
                self._busy[kind] -= 1
                self._changed.notify_all()

    def _fail(self, orders: dict[int, _Order], error: BaseException) -> None:
        for order in orders.values():
            if len(orders) == 1 or isinstance(error, FOR_ALL):
                order.error = error
            else:
                order.alone = True


def _text_of(wish: tuple[_Order, int]) -> str:
    order, place = wish
    return order.texts[place]


def _seats(model: ModelAccess) -> int:
    """Calls at once. One place at an API is left to the people who search meanwhile."""
    return max(1, model.max_concurrency - 1) if model.is_remote else OWN_SEATS
