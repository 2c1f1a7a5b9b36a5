"""What is known of a person beyond their name and password."""

from django.conf import settings
from django.db import models

from accounts.roles import DEFAULT, Role


class Profile(models.Model):
    """Made with the user. `role` of staff is admin, kept in step by accounts.signals."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profile"
    )
    role = models.CharField(max_length=20, choices=Role.choices, default=DEFAULT)
    #: IANA name; empty: the server's.
    time_zone = models.CharField(max_length=64, blank=True)
    #: One of accounts.formats; empty: the server's.
    date_format = models.CharField(max_length=20, blank=True)
    number_format = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="profile_role_is_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"
