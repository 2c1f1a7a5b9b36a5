import signal
from typing import Any

from django.core.management.base import BaseCommand

from jobs.relay import Relay


class Command(BaseCommand):
    help = "Publishes due jobs to the broker, and sweeps for lost ones. Several may run."

    def handle(self, *args: Any, **options: Any) -> None:
        relay = Relay()

        def stop(*_: object) -> None:
            relay.stopping = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        relay.run()
