"""Runs a stack until its standard input is closed, and does what it is told meanwhile.

It reads one order a line as JSON, `{"do": name, ...}`, and answers each with a line of JSON.
The orders are the functions of tests/chaos/orders.py, and `start` and `stop` for services.
"""

import dataclasses
import json
import os
import signal
import sys
import traceback
from typing import Any

from spelunker.embedded.bootstrap import prepare_environment


class Installation:
    """The supervisor of all the processes of one stack."""

    def __init__(self) -> None:
        from spelunker.embedded.postgres import EmbeddedPostgres
        from spelunker.embedded.stack import prepare_database
        from spelunker.embedded.supervisor import Supervisor

        prepare_database()
        names = json.loads(os.environ["CHAOS_SERVICES"])
        self.supervisor = Supervisor([service(n) for n in names], postgres=EmbeddedPostgres())
        self.supervisor.say = lambda words: print(words, file=sys.stderr, flush=True)
        self.supervisor.start()

    def start(self, name: str) -> None:
        """One more service; the supervisor's next look starts it."""
        if name.startswith("web"):
            from spelunker.embedded.stack import collect_static

            collect_static()
        self.supervisor.services.append(service(name))

    def stop(self, name: str) -> None:
        """End a service for good, the hard way."""
        doomed = next(s for s in self.supervisor.services if s.name == name)
        self.supervisor.services.remove(doomed)
        if doomed.process is not None:
            os.killpg(doomed.process.pid, signal.SIGKILL)
            doomed.process.wait()


def service(name: str) -> Any:
    """The supervisor's service of a name such as relay-2, beat-1, web:8123 or batch-1:2.

    A worker is named after its queue; what follows the colon is how many children it has.
    """
    from spelunker.embedded import supervisor

    kind, _, detail = name.partition(":")
    kind = kind.partition("-")[0]
    if kind == "relay":
        made = supervisor.Service(kind, supervisor.manage("relay"))
    elif kind in ("beat", "web"):
        made = next(s for s in supervisor.web_services(int(detail or 0)) if s.name == kind)
    else:
        made = supervisor.worker(kind, int(detail))
    return _renamed(made, name.partition(":")[0])


def _renamed(made: Any, name: str) -> Any:
    """Two of a kind need names of their own, also towards the broker."""
    argv = [f"{name}@chaos" if word.endswith("@embedded") else word for word in made.argv]
    return dataclasses.replace(made, name=name, argv=argv)


def obey(installation: Installation, order: dict[str, Any]) -> Any:
    from django.db import close_old_connections

    from tests.chaos import orders

    name = order.pop("do")
    close_old_connections()
    try:
        if name in ("start", "stop"):
            return getattr(installation, name)(**order)
        return getattr(orders, name)(**order)
    finally:
        close_old_connections()


def answer_to(installation: Installation, line: str) -> dict[str, Any]:
    try:
        return {"result": obey(installation, json.loads(line))}
    except Exception:
        return {"error": traceback.format_exc()}


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests: they close our input
    prepare_environment(["manage.py", "chaos"])
    import django

    django.setup()
    installation = Installation()
    out, sys.stdout = sys.stdout, sys.stderr  # what others print must not get into the answers
    print(json.dumps({"result": "running"}), file=out, flush=True)
    try:
        while line := sys.stdin.readline():
            print(json.dumps(answer_to(installation, line)), file=out, flush=True)
    except BrokenPipeError:
        pass  # the tests are gone
    finally:
        installation.supervisor.stop()


if __name__ == "__main__":
    main()
