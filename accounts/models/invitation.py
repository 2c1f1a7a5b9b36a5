"""Invitations: the only way in besides the company's own sign-in service."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.roles import DEFAULT, Role


class Invitation(models.Model):
    """Used once, before it expires. Only a hash of its token is kept; the link is shown once."""

    #: Empty: whoever has the link.
    email = models.EmailField(blank=True)
    #: The link went nowhere but to `email`: who uses it has shown that the address is theirs.
    by_mail = models.BooleanField(default=False)
    role = models.CharField(max_length=20, choices=Role.choices, default=DEFAULT)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True,
        related_name="+",
    )  # fmt: skip
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="accounts_invited_to_a_known_role"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(revoked_at=None),
                name="accounts_invitation_ends_one_way",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email or 'by link'} ({self.get_role_display()})"

    def is_open(self, now: datetime | None = None) -> bool:
        ended = self.accepted_at or self.revoked_at
        return ended is None and self.expires_at > (now or timezone.now())

    @property
    def state(self) -> str:
        if self.accepted_at:
            return "accepted"
        if self.revoked_at:
            return "revoked"
        return "open" if self.is_open() else "expired"
