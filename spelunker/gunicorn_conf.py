"""Gunicorn's settings: the embedding model is loaded before the first search needs it."""

import atexit
import contextlib
import os
import sys
import tempfile
import threading
from typing import Any

from spelunker.configuration.operations import log_settings

#: Where the workers of this server add up how long requests take. Before they start, because the
#: client library decides at its import.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="spelunker-metrics-"))
#: With --threads places for Django to work in, and many more for clients to take their time.
worker_class = "spelunker.slow_clients.PatientWorker"
#: Whether a request came over TLS is Django's to believe (settings.TRUSTED_PROXIES), also of a
#: proxy on the same machine, which gunicorn would trust without being asked.
secure_scheme_headers: dict[str, str] = {}
#: The lines of gunicorn itself look like all others.
logconfig_dict = log_settings()


def on_starting(server: Any) -> None:
    """No port is opened on unsafe settings. In the process that has loaded the program anyway:
    another would take as long again to start."""
    import django
    from django.conf import settings
    from django.core.management import CommandError, call_command
    from django.db import connections

    if settings.EMBEDDED:  # `manage.py up` has other ways to be safe
        return
    django.setup()
    try:
        call_command("check", deploy=True, fail_level="ERROR")
    except CommandError as error:
        raise SystemExit(str(error)) from error
    connections.close_all()  # nothing open is handed on to the workers


def worker_exit(server: Any, worker: Any) -> None:
    """The pool is closed by hand, once no request needs it: at the interpreter's own end each of
    its threads is waited for in vain, and a stop took until the grace period was over."""
    from django.db import connection

    if not (worker.booted and not worker.alive):  # the server wants to know that it failed
        return
    worker.tpool.shutdown(wait=True)
    close_pool = getattr(connection, "close_pool", None)  # PostgreSQL's alone
    if close_pool and connection.settings_dict["OPTIONS"].get("pool"):
        close_pool()
    _end(0)


def _end(status: int) -> None:
    """What asked to be called at the end is called. Only taking a program of this size apart is
    left out: it takes a second of the processor, which on a busy machine is ten."""
    atexit._run_exitfuncs()
    os._exit(status)


def child_exit(server: Any, worker: Any) -> None:
    """A worker that has ended keeps its counts, for they only grow, but holds no files open."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    import shutil

    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
    _end(getattr(sys.exception(), "exit_status", 0))  # of the HaltServer that is being handled


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
