"""What the engine is measured against: Celery alone, a group of tasks that do nothing.

`bare` has Celery's own defaults and stores no results. `careful` is the safest that Celery's
settings alone can be made: messages are confirmed by the broker and acknowledged after the work.
"""

import os
from typing import Any

from celery import Celery, group
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from benchmarks.jobs_parts import stamps


def _options() -> dict[str, Any]:
    """For PGMQ what Spelunker's settings say too: without it there is no transport at all."""
    if not os.environ["CELERY_BROKER_URL"].startswith("pgmq"):
        return {}
    return {
        "conn_string": make_conninfo("", **conninfo_to_dict(os.environ["DATABASE_URL"])),
        "init_extension": False,
        "use_notify": True,
        "notify_throttle_interval_ms": 10,
        "polling_interval": 0.2,
        "wait_time_seconds": 0,
    }


def _app(name: str, **settings: Any) -> Celery:
    app = Celery(name, broker=os.environ.get("CELERY_BROKER_URL"), set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        task_default_queue=name,
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        **settings,
    )
    app.task(nothing, name="bare.nothing")
    return app


def nothing(number: int) -> None:
    """Nothing, but to say that it is done."""
    stamps.done(number)


bare = _app("bare", broker_transport_options=_options())
careful = _app(
    "careful",
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_transport_options={**_options(), "confirm_publish": True},
)


def send(count: int, app: Celery) -> None:
    task = app.tasks["bare.nothing"]
    group(task.s(number) for number in range(count)).apply_async()
