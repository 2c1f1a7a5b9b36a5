import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from spelunker.embedded.errors import StackError
from spelunker.embedded.ports import require_free_port
from spelunker.embedded.stack import Embedded
from spelunker.embedded.supervisor import log_path
from spelunker.embedded.terminal import log_lines_in


class Command(BaseCommand):
    help = "Runs everything on this machine: database, relay, workers, beat and web server."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-demo", action="store_true", help="without the sample data")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        stop = stop_event()
        stack = Embedded(self.say)
        try:
            require_free_port(options["port"])
            stack.claim()
        except StackError as error:
            raise CommandError(str(error)) from error
        with log_lines_in(log_path("up")):
            try:
                self._open(stack, options["port"], demo=not options["no_demo"])
                self.say(f"Ready after {time.monotonic() - started:.0f} s. Press Ctrl-C to stop.")
                while not stop.wait(0.5):
                    pass
            except StackError as error:
                raise CommandError(str(error)) from error
            except KeyboardInterrupt:
                self.say("")
            finally:
                self.say("Stopping …")
                stack.close()
        self.say("Stopped.")

    def _open(self, stack: Embedded, port: int, *, demo: bool) -> None:
        stack.open()
        if demo:
            stack.demo()
        stack.serve(port)

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def stop_event() -> threading.Event:
    """Set by the second of Ctrl-C's ways: a plain SIGTERM or a closed terminal."""
    event = threading.Event()

    def ask(number: int, _: object) -> None:
        event.set()
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, ask)
    return event
