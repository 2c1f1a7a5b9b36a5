from django.db.models import QuerySet

from jobs.finding import stale_scheduled_jobs
from jobs.management.commanding import CODES
from jobs.management.commands.find_stale_jobs import Command as FindStaleJobs
from jobs.models import Job


class Command(FindStaleJobs):
    help = (
        "Lists jobs whose time came N hours ago and that were never sent to a worker, as "
        "“created - id: task”. "
    ) + CODES.format(fine="there are none", something="there are some")

    def find(self, hours: float) -> QuerySet[Job]:
        return stale_scheduled_jobs(hours)
