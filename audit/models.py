"""The audit log: who did what to what, when and from where.

The table is made by hand (migrations/0001_initial.py): its triggers refuse changes, and it stays
out of Django's `flush`. `position`, `previous_hash` and `hash` are the database's own business: it
fills them in when the transaction commits, see docs/operators/audit-log.md.
"""

from django.db import models


class AuditEntry(models.Model):
    """One act. The actor is kept by number and name, for the log outlives accounts."""

    id = models.BigAutoField(primary_key=True)
    #: Counts without a gap from 1; empty until the transaction commits.
    position = models.BigIntegerField(null=True, unique=True, editable=False)
    at = models.DateTimeField(db_index=True)
    action = models.CharField(max_length=60, db_index=True)
    actor_id = models.BigIntegerField(null=True, db_index=True)
    actor_name = models.CharField(max_length=200, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    target_kind = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    target_name = models.CharField(max_length=300, blank=True)
    details = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True, editable=False)
    hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        managed = False
        db_table = "audit_auditentry"
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor_name}: {self.action} {self.target_name}"


class RateCount(models.Model):
    """How often something was done since `began`; see audit.limiting. The table is not in
    PostgreSQL's write-ahead log: after a crash of the server, counting begins anew."""

    bucket = models.CharField(max_length=64, primary_key=True)
    began = models.DateTimeField()
    hits = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.bucket}: {self.hits}"
