"""RFPs whose answers are drafted while things die."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.model import Model
from tests.chaos.stack import Stack


@dataclass(frozen=True)
class Batch:
    """The drafting of one RFP's answers."""

    tag: str
    rfp: int
    job: int
    questions: int


def draft(
    stack: Stack, model: Model, tag: str, sizes: Sequence[int], concurrency: int = 4
) -> list[Batch]:
    """RFPs of so many questions, and the drafting of their answers just queued."""
    # The model counts for all installations of a run.
    tags = [f"{stack.broker_name.lower()}-{tag}{n}" for n in range(len(sizes))]
    rfps = [stack.tell("rfp", tag=t, questions=n) for t, n in zip(tags, sizes, strict=True)]
    jobs = [
        stack.tell("draft", rfp=rfp, base_url=model.base_url, concurrency=concurrency)
        for rfp in rfps
    ]
    return [Batch(*values) for values in zip(tags, rfps, jobs, sizes, strict=True)]
