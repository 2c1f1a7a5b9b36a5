"""What operators look at: backups that were made, and processes that are alive."""

from django.db import models


class BackupRecord(models.Model):
    """One backup that was made, and when it was last tried whether it can be restored."""

    name = models.CharField(max_length=100, unique=True)
    made_at = models.DateTimeField(auto_now_add=True)
    seconds = models.FloatField()
    bytes = models.PositiveBigIntegerField()
    rows = models.PositiveBigIntegerField()
    files = models.PositiveIntegerField()
    missing_files = models.PositiveIntegerField(default=0, db_default=0)
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return self.name


class ProcessSign(models.Model):
    """A process of the installation, and when it last said that it is there."""

    name = models.CharField(max_length=200, unique=True, help_text="role, host and number")
    role = models.CharField(max_length=40, help_text="relay, beat, worker")
    detail = models.CharField(max_length=200, blank=True, default="", db_default="")
    slots = models.PositiveIntegerField(default=0, db_default=0)
    version = models.CharField(max_length=40, blank=True, default="", db_default="")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["role", "name"]

    def __str__(self) -> str:
        return self.name
