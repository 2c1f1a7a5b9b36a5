"""What of the operation is written into the audit log."""

from django_celery_beat.models import PeriodicTask

from audit.tracking import Tracked, track

SCHEDULE = Tracked("schedule", ("name", "task", "enabled", "kwargs", "crontab", "interval"))


def connect() -> None:
    """Called once, when the apps are ready."""
    track(PeriodicTask, SCHEDULE)
