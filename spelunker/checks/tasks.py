"""Background work: nothing is lost with the broker, and nothing private lies there."""

import inspect
from collections.abc import Iterator
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.module_loading import autodiscover_modules

from audit.redaction import SECRET_NAMES

#: Arguments are ids and choices, for a message is readable for whoever reads the broker.
PRIVATE_NAMES = ("text", "body", "content", "prompt", "answer", "question", "email")


def queues(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Durable, and without rules by which the broker throws messages away. (A task that kills
    its worker is counted in the job's row, so classic queues are safe here.)"""
    dropping = ("x-message-ttl", "x-max-length", "x-max-length-bytes", "x-expires")
    return [
        Error(
            f"Queue “{queue.name}” may lose messages.",
            hint="Make it durable, without limits on age or length.",
            id="spelunker.E022",
        )
        for queue in settings.CELERY_TASK_QUEUES
        if not queue.durable or any(name in (queue.queue_arguments or {}) for name in dropping)
    ]


def results(app_configs: Any, **_: Any) -> list[CheckMessage]:
    backend = str(settings.CELERY_RESULT_BACKEND or "rpc")
    if settings.CELERY_TASK_IGNORE_RESULT and backend.startswith(("rpc", "disabled")):
        return []
    return [
        Error(
            "Results of tasks are stored a second time, where nobody looks after them.",
            hint="Leave CELERY_RESULT_BACKEND unset, or rpc:// for Flower.",
            id="spelunker.E023",
        )
    ]


def arguments(app_configs: Any, **_: Any) -> list[CheckMessage]:
    autodiscover_modules("tasks")
    return [
        Error(
            f"Task {task} has an argument “{name}”, which would lie readable with the broker.",
            hint="Pass the id of a row instead.",
            id="spelunker.E024",
        )
        for task, name in _arguments()
        if SECRET_NAMES.search(name) or name in PRIVATE_NAMES
    ]


def _arguments() -> Iterator[tuple[str, str]]:
    for name, task in sorted(current_app.tasks.items()):
        if not name.startswith("celery."):
            yield from ((name, each) for each in inspect.signature(task.run).parameters)
