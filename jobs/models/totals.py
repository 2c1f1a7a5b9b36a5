"""What must still be counted when the rows it happened to are gone. Written by SQL only."""

from django.db import models

from jobs.models.job import Status


class DeletedJobs(models.Model):
    """What deleted jobs add to the totals of those that are left, so that no total ever shrinks.
    A trigger of the database keeps it, whoever deletes them."""

    queue = models.CharField(max_length=32)
    kind = models.CharField(max_length=64)
    status = models.CharField(max_length=20, choices=Status.choices)
    jobs = models.PositiveBigIntegerField(default=0)
    starts = models.PositiveBigIntegerField(default=0)
    waited_seconds = models.FloatField(default=0)
    successful_items = models.PositiveBigIntegerField(default=0)
    failed_items = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "deleted jobs"
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "kind", "status"], name="jobs_deleted_counted_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.jobs} {self.kind} in {self.queue}, {self.status}"


class Incident(models.Model):
    """How often the engine had to mend something, since the beginning."""

    name = models.CharField(max_length=40, primary_key=True)
    times = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.times}"
