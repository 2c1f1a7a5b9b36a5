"""Whom an RFP is shared with, and what each of them may do in it."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.roles import Role, role_of
from rfp_manager.models.rfps import RFP

#: There are no administrators of one RFP.
MEMBER_ROLES = (Role.READER, Role.CONTRIBUTOR, Role.REVIEWER, Role.MANAGER)


class RFPMember(models.Model):
    """A person with whom an RFP is shared. The database's own defaults are what a member could do
    before there were roles: programs of the version before go on adding members."""

    rfp = models.ForeignKey(RFP, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="rfp_memberships"
    )
    role = models.CharField(
        max_length=20,
        choices=[(role.value, role.label) for role in MEMBER_ROLES],
        default=Role.REVIEWER,
        db_default=Role.REVIEWER.value,
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    added_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "rfp_manager_rfp_members"
        unique_together: ClassVar = [("rfp", "user")]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in MEMBER_ROLES]),
                name="rfp_known_member_role",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


def role_in(user: Any, rfp: RFP) -> Role | None:
    """Somebody's role in an RFP: its owner and who is a manager everywhere are its managers, a
    member has the role of the membership. An owner who has become a reader everywhere looks on.
    None: the RFP does not exist for this person. One query at most, for members."""
    everywhere = role_of(user)
    if everywhere.rank >= Role.MANAGER.rank:
        return Role.MANAGER
    if rfp.owner_id is not None and rfp.owner_id == user.pk:
        return Role.READER if everywhere is Role.READER else Role.MANAGER
    found = RFPMember.objects.filter(rfp=rfp.pk, user=user.pk).values_list("role", flat=True)
    given = found.first()
    return Role(given) if given else None
