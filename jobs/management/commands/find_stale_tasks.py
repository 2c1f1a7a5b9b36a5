from jobs.management.commands.find_stale_jobs import Command as FindStaleJobs


class Command(FindStaleJobs):
    """The same under the name that other job libraries use."""
