from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs.finding import unsent_jobs
from jobs.models import Job
from jobs.sweep import resend


class Command(BaseCommand):
    help = (
        "Sends every waiting job to the broker again, for a broker that was wiped. Without "
        "--commit it only lists them. Sending twice does no harm. Exit code 0: nothing is "
        "waiting, or all was sent; 1: without --commit, something is waiting."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--commit", action="store_true", help="do it")

    def handle(self, *args: Any, **options: Any) -> None:
        waiting = list(Job.objects.sent_and_unclaimed().order_by("priority", "pk"))
        unsent = list(unsent_jobs())
        for job in [*waiting, *unsent]:
            state = "sent and not taken" if job.dispatched_at else "not sent; is a relay running?"
            self.stdout.write(f"{job.pk}: {job.task_name} in {job.queue}, {state}")
        if options["commit"]:
            again = sum(resend(job) for job in waiting)
            self.stdout.write(f"{again} jobs will be sent again.")
        elif waiting or unsent:
            self.stdout.write("Nothing was changed; --commit sends them again.")
            raise SystemExit(1)
