"""Gunicorn's settings: the embedding model is loaded before the first search needs it."""

import contextlib
import threading
from typing import Any


def post_worker_init(worker: Any) -> None:
    threading.Thread(target=_warm_up, daemon=True, name="warm-up").start()


def _warm_up() -> None:
    """Load the default embedding model. Whatever goes wrong will be said at the search."""
    from django.db import connection

    from jobs.errors import JobError
    from llm_manager.calling import default_access, embed
    from llm_manager.models import ModelKind

    with contextlib.suppress(JobError, OSError):
        model = default_access(ModelKind.EMBEDDING)
        if not model.is_remote:  # a remote one has nothing to load, and is paid for each call
            embed(model, ["warm-up"], "query")
    connection.close()
