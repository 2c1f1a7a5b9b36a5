from jobs.management.commands.find_stale_scheduled_jobs import Command as FindStaleScheduledJobs


class Command(FindStaleScheduledJobs):
    """The same under the name that other job libraries use."""
