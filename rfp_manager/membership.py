"""With whom an RFP is shared, and what they may do in it. Who merely holds some of its questions
is no member: see `rfp_manager.assigning`."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse

from accounts.roles import Role
from audit.recording import record
from jobs.models import Event
from rfp_manager.models import MEMBER_ROLES, RFP, Assignment, Question, RFPMember
from rfp_manager.models.members import role_in
from rfp_manager.people import count_of, name_of, tell


class MembershipRefused(Exception):
    """Nothing was changed; the message says why and what to do."""


@dataclass
class Rights:
    """What a person may do in an RFP, for its pages; asked for once, and only where it matters.
    With a `question` of it: who was given that to answer may write there."""

    user: Any
    rfp: RFP
    question: Question | None = None

    @cached_property
    def role(self) -> Role | None:
        return role_in(self.user, self.rfp)

    @cached_property
    def may_write(self) -> bool:
        return self.reach(Role.CONTRIBUTOR) or self._holds

    @cached_property
    def _holds(self) -> bool:
        given = Assignment.objects.filter(assignee=self.user.pk, declined_at=None)
        return self.question is not None and given.filter(question=self.question.pk).exists()

    @property
    def may_approve(self) -> bool:
        return self.reach(Role.REVIEWER)

    @property
    def may_manage(self) -> bool:
        return self.reach(Role.MANAGER)

    def reach(self, at_least: Role) -> bool:
        return self.role is not None and self.role.rank >= at_least.rank


def may(user: Any, rfp: RFP, at_least: Role) -> bool:
    return Rights(user, rfp).reach(at_least)


def may_in(user: Any, rfp_id: int, at_least: Role) -> bool:
    """The same where only the RFP's number is known."""
    rfp = RFP.objects.filter(pk=rfp_id).only("owner_id").first()
    return rfp is not None and may(user, rfp, at_least)


def members_of(rfp: RFP) -> "QuerySet[RFPMember]":
    return rfp.memberships.select_related("user", "added_by").order_by("user__username")


def addable(rfp: RFP) -> "QuerySet[Any]":
    """Active people who are no members and do not own it."""
    members = rfp.memberships.values("user")
    people = get_user_model().objects.filter(is_active=True).exclude(pk__in=members)
    return people.exclude(pk=rfp.owner_id or 0).order_by("username")


def add_member(rfp: RFP, person: Any, role: str, *, user: Any) -> RFPMember:
    """Share the RFP with somebody; they are told. Raises MembershipRefused."""
    _check(rfp, user, role)
    if not person.is_active:
        raise MembershipRefused(f"{name_of(person)} cannot sign in any more. Choose somebody else.")
    if person.pk == rfp.owner_id:
        raise MembershipRefused(f"{name_of(person)} owns this RFP, and may do everything in it.")
    try:
        with transaction.atomic():
            made = RFPMember.objects.create(rfp=rfp, user=person, role=role, added_by=user)
            _note("member.added", made, user, role=role)
    except IntegrityError as error:
        raise MembershipRefused(
            f"{name_of(person)} is a member already. Change the role in the list below."
        ) from error
    text = f"{name_of(user)} shared “{rfp.name[:120]}” with you, as a {Role(role).label.lower()}."
    url = rfp.get_absolute_url()
    tell(person, text, url, event=Event.SHARED, about=f"shared:{rfp.pk}")
    return made


def change_member(rfp: RFP, member_id: int, role: str, *, user: Any) -> RFPMember:
    """Give a member another role. Raises MembershipRefused."""
    _check(rfp, user, role)
    with transaction.atomic():
        member = _locked(rfp, member_id)
        before = member.role
        if before != role:
            RFPMember.objects.filter(pk=member.pk).update(role=role)
            member.role = role
            _note("member.changed", member, user, before=before, role=role)
    return member


def remove_member(rfp: RFP, member_id: int, *, user: Any) -> RFPMember:
    """Share it with somebody no more; who does this to themselves leaves. What they have written
    stays, and so do the questions assigned to them. Raises MembershipRefused."""
    with transaction.atomic():
        member = _locked(rfp, member_id)
        if member.user_id != user.pk:
            _check(rfp, user)
        _note("member.removed", member, user, role=member.role)
        member.delete()
    if member.user_id != user.pk:
        text = f"{name_of(user)} does not share “{rfp.name[:120]}” with you any more."
        url = reverse("rfp_manager:list")
        tell(member.user, text, url, event=Event.SHARED, about=f"unshared:{rfp.pk}")
    return member


def still_held(rfp: RFP, person: Any) -> str:
    """A sentence on the questions that somebody sees without being a member; "" for none."""
    held = Assignment.objects.filter(question__rfp=rfp, assignee=person, declined_at=None).count()
    if not held:
        return ""
    return f"They still hold {count_of(held)}, which they see until you take them back."


def _check(rfp: RFP, user: Any, role: str | None = None) -> None:
    if not may(user, rfp, Role.MANAGER):
        raise MembershipRefused("Only the RFP's managers decide with whom it is shared.")
    if role is not None and role not in [known.value for known in MEMBER_ROLES]:
        raise MembershipRefused("There is no such role. Choose one of the list.")


def _locked(rfp: RFP, member_id: int) -> RFPMember:
    found = rfp.memberships.select_for_update(of=("self",)).select_related("user")
    member = found.filter(pk=member_id).first()
    if member is None:
        raise MembershipRefused("They are no member any more. Somebody else has removed them.")
    return member


def _note(action: str, member: RFPMember, user: Any, **details: str) -> None:
    whom = {"user": member.user_id, "username": member.user.get_username()}
    record(action, actor=user, target=member.rfp, details=whom | details)
