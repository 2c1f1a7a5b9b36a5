"""Runs a finished job again: all of it, only what failed, or only what was left undone.

A job that has ended stays as it is; what runs again is a new row that points back to it.
"""

from typing import Any, TypeVar

from django.db import transaction

from jobs.batch import ONLY_THESE_ITEMS, give_items
from jobs.dispatch import enqueue
from jobs.errors import AlreadyRunning, JobError
from jobs.models import ItemState, Job
from jobs.queues import QUEUES

J = TypeVar("J", bound=Job)
#: Arguments that belong to the run and not to the work.
OF_THE_RUN = ("job_id", "user_id", ONLY_THESE_ITEMS)


class CannotRetry(JobError):
    """This job cannot run again; the message says why."""


def retry(job: Job, *, user: Any) -> Job:
    """Queue the same work again, from the stored arguments. Raises CannotRetry while the job
    is unfinished, AlreadyRunning while a twin of it is or while it runs again already."""
    if job.kwargs.get(ONLY_THESE_ITEMS) and job.retry_of_id is None:
        # It was started for certain items: the same work is those and no others.
        return _again_with(job, user, list(job.items.values_list("key", flat=True)), "are known")
    return _again(job, user, {})


def retry_failed_items(job: Job, *, user: Any) -> Job:
    """Queue only the items that failed. Raises CannotRetry if there are none."""
    failed = job.items.filter(state=ItemState.FAILED)
    return _again_with(job, user, list(failed.values_list("key", flat=True)), "failed")


def resume(job: Job, *, user: Any) -> Job:
    """Go on where a failed or cancelled job stopped: queue the items it had not come to.
    Raises CannotRetry if there are none."""
    undone = job.items.filter(state__in=(ItemState.PENDING, ItemState.RUNNING))
    return _again_with(job, user, list(undone.values_list("key", flat=True)), "were left undone")


def _again_with(job: Job, user: Any, keys: list[str], what: str) -> Job:
    if not keys and not job.is_active:
        raise CannotRetry(f"No {job.item_word} of this job {what}.")
    with transaction.atomic():
        again = _again(job, user, {ONLY_THESE_ITEMS: True})
        give_items(again, keys)
    return again


@transaction.atomic
def _again(job: Job, user: Any, overrides: dict[str, Any]) -> Job:
    if job.is_active:
        raise CannotRetry("This job is not finished yet; cancel it first, or wait for its end.")
    _refuse_a_second_time(job)
    try:
        known = job.concrete()
    except (LookupError, Job.DoesNotExist) as error:
        raise CannotRetry(f"This version knows no jobs of the kind “{job.kind}”.") from error
    new = copy_of(known)
    new.started_by, new.retry_of_id = user, job.pk
    arguments = {k: v for k, v in job.kwargs.items() if k not in OF_THE_RUN}
    try:
        return enqueue(
            job.task_name,
            job=new,
            dedup_key=job.dedup_key,
            serial_key=job.serial_key,
            priority=max(1, job.priority),
            queue=job.queue if job.queue in QUEUES else "",
            overrides={**arguments, **overrides},
        )
    except ValueError as error:
        raise CannotRetry(f"This version cannot run it again: {error}") from error


def _refuse_a_second_time(job: Job) -> None:
    """Two clicks are one wish, also for work that may otherwise run twice. The lock makes the
    second click wait for the first one's row."""
    Job.objects.select_for_update(of=("self",)).filter(pk=job.pk).first()
    under_way = Job.objects.active().filter(retry_of_id=job.pk).first()
    if under_way is not None:
        raise AlreadyRunning(under_way)


def copy_of(job: J) -> J:
    """An unsaved job of the same kind with the same title and the kind's own columns, except
    those the kind names in `outcome_columns`, which tell how the last run went."""
    model = type(job)
    own = [f for f in model._meta.local_concrete_fields if model is not Job and not f.primary_key]
    columns = {f.attname: getattr(job, f.attname) for f in own if f.name not in job.outcome_columns}
    return model(title=job.title, args=job.args, **columns)
