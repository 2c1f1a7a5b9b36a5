"""System checks that keep the rules of background work true."""

from typing import Any

from celery import current_app
from django.core.checks import Error, register
from django.utils.module_loading import autodiscover_modules

from jobs.queues import QUEUES


@register("jobs")
def every_task_has_a_consumed_queue(**_: Any) -> list[Error]:
    from jobs.dispatch import queue_of

    autodiscover_modules("tasks")  # importing Celery's way would run these checks again
    names = [name for name in current_app.tasks if not name.startswith("celery.")]
    return [
        Error(
            f"Task {name} goes to queue “{queue_of(name)}”, which no worker reads.",
            hint="Route it in settings.CELERY_TASK_ROUTES to a queue of jobs/queues.py.",
            id="jobs.E001",
        )
        for name in names
        if queue_of(name) not in QUEUES
    ]
