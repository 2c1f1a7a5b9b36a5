"""Failed sign-ins, counted in the database: the count outlives a cache and holds for every
process."""

from django.db import models


class SignInAttempts(models.Model):
    """Tries from one network address at one account since the last that succeeded. `who` is a
    keyed hash of the name that was typed (people type passwords there); empty: at any account."""

    who = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=45)
    tries = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["who", "address"], name="accounts_attempts_once")
        ]
        indexes = [models.Index(fields=["last_at"], name="accounts_attempts_old")]

    def __str__(self) -> str:
        return f"{self.tries} from {self.address}"
