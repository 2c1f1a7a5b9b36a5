"""What a person may do everywhere; what they may do in one RFP is its membership's matter.

A role may do all that the ones before it may. Reader: sees what is shared with them, and searches.
Contributor: makes RFPs, adds documents, writes answers. Reviewer: approves. Manager: sees every
RFP, and looks after sources, collections and members. Admin: people, models, budgets, operations.
"""

from typing import Any

from django.db import models


class Role(models.TextChoices):
    READER = "reader", "Reader"
    CONTRIBUTOR = "contributor", "Contributor"
    REVIEWER = "reviewer", "Reviewer"
    MANAGER = "manager", "Manager"
    ADMIN = "admin", "Admin"

    @property
    def rank(self) -> int:
        return list(type(self)).index(self)


#: Of somebody whose account says nothing else.
DEFAULT = Role.CONTRIBUTOR


def role_of(user: Any) -> Role:
    """A person's role everywhere. Staff are admins; nobody who is not signed in has more than a
    reader's, and no page shows them anything."""
    if not getattr(user, "is_active", False) or not user.is_authenticated:
        return Role.READER
    if user.is_staff:
        return Role.ADMIN
    profile = getattr(user, "profile", None)
    return Role(profile.role) if profile else DEFAULT


def has_role(user: Any, at_least: Role) -> bool:
    return role_of(user).rank >= at_least.rank
