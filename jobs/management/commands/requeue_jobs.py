from typing import Any

from django.core.management.base import CommandParser

from jobs.finding import unsent_jobs
from jobs.management.commanding import CODES, FINE, SOMETHING, JobsCommand, facts_of
from jobs.models import Job
from jobs.sweep import resend


class Command(JobsCommand):
    help = (
        "Sends every waiting job to the broker again, for a broker that was wiped. Without "
        "--commit it only lists them. Sending twice does no harm. "
    ) + CODES.format(
        fine="nothing is waiting, or all was sent",
        something="without --commit, something is waiting",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        either = parser.add_mutually_exclusive_group()
        either.add_argument("--commit", action="store_true", help="do it")
        either.add_argument("--dry-run", action="store_true", help="only list them (the default)")

    def run(self, options: dict[str, Any]) -> int:
        waiting = list(Job.objects.sent_and_unclaimed().order_by("priority", "pk"))
        unsent = list(unsent_jobs())
        self.facts = {
            "committed": options["commit"],
            "waiting": facts_of(waiting),
            "unsent": facts_of(unsent),
            "sent_again": 0,
        }
        for job in [*waiting, *unsent]:
            state = "sent and not taken" if job.dispatched_at else "not sent; is a relay running?"
            self.say(f"{job.pk}: {job.task_name} in {job.queue}, {state}")
        return self.send(waiting) if options["commit"] else self.leave(bool(waiting or unsent))

    def send(self, waiting: list[Job]) -> int:
        again = self.facts["sent_again"] = sum(resend(job) for job in waiting)
        self.say(f"{again} jobs will be sent again.")
        return FINE

    def leave(self, something: bool) -> int:
        if something:
            self.say("Nothing was changed; --commit sends them again.")
        return SOMETHING if something else FINE
