"""What log lines say of the job that is at work, in whichever thread of it they are written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any, TypeVar

from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars

T = TypeVar("T")


@contextmanager
def about(**facts: Any) -> Iterator[None]:
    """Lines within tell of these facts: job_id, attempt, user_id, task_id."""
    with bound_contextvars(**{name: value for name, value in facts.items() if value}):
        yield


def in_same_context(work: Callable[..., T]) -> Callable[..., T]:
    """`work` for another thread, its log lines and spans belonging to what goes on here."""

    def run(*args: Any, **kwargs: Any) -> T:
        return context.copy().run(work, *args, **kwargs)

    context = copy_context()
    return run


def begin_task(task_id: Any = "", kwargs: Any = None, **_: Any) -> None:
    """A worker's process starts on a message; nothing of the one before may stick to it."""
    clear_contextvars()
    job_id = kwargs.get("job_id") if isinstance(kwargs, dict) else None
    bind_contextvars(**({"job_id": job_id} if job_id else {}), task_id=task_id)


def end_task(**_: Any) -> None:
    clear_contextvars()
