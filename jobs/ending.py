"""Tells others that a job has ended, in the transaction that ends it.

Apps above the engine connect to `job_ended`; the engine knows none of them.
"""

import logging
from collections.abc import Callable

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction

from jobs import database
from jobs.models import Job, Status

logger = logging.getLogger(__name__)
Listener = Callable[[Job, Status], None]
_LISTENERS: list[Listener] = []


def on_job_ended(listener: Listener) -> None:
    """Have `listener` called with every job that ends, as an instance of its kind, and its final
    status. What it writes is there exactly if the end is. Connecting twice is connecting once."""
    if listener not in _LISTENERS:
        _LISTENERS.append(listener)


def tell(job: Job, status: Status) -> None:
    """Call the listeners. One that fails keeps no job from ending: its writes are taken back."""
    for listener in _LISTENERS:
        try:
            with transaction.atomic():
                listener(job, status)
        except SoftTimeLimitExceeded:
            raise
        except Exception as error:
            if database.is_gone(error):
                raise
            logger.error("Nobody was told of the end of job %s", job.pk, exc_info=True)
