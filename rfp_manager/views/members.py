"""With whom an RFP is shared, and what each of them may do in it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Role
from jobs.responses import SeeOther
from rfp_manager.access import check_role, own_rfp_of, rfp_of
from rfp_manager.member_forms import AddMemberForm, RoleForm
from rfp_manager.membership import (
    MembershipRefused,
    add_member,
    change_member,
    members_of,
    remove_member,
    still_held,
)
from rfp_manager.models import RFP, RFPMember
from rfp_manager.people import name_of


@require_safe
def members(request: HttpRequest, rfp_id: int) -> HttpResponse:
    return _page(request, rfp_of(request, rfp_id))


def _page(
    request: HttpRequest, rfp: RFP, form: AddMemberForm | None = None, *, status: int = 200
) -> HttpResponse:
    manages = rfp.rights.may_manage
    context = {
        "rfp": rfp,
        "rows": [_row(member, request.user, manages) for member in members_of(rfp)],
        "form": (form or AddMemberForm(rfp=rfp)) if manages else None,
        "own_role": rfp.rights.role,
        "crumbs": [("RFPs", reverse("rfp_manager:list")), (rfp.name, rfp.get_absolute_url())],
    }
    return render(request, "rfp_manager/members.html", context, status=status)


def _row(member: RFPMember, user: Any, manages: bool) -> dict[str, Any]:
    form = RoleForm(initial={"role": member.role}) if manages else None
    return {"member": member, "form": form, "is_own": member.user_id == user.pk}


@require_POST
def member_add(request: HttpRequest, rfp_id: int) -> HttpResponse:
    rfp = own_rfp_of(request, rfp_id)
    form = AddMemberForm(request.POST, rfp=rfp)
    if not form.is_valid():
        return _page(request, rfp, form, status=422)
    person, role = form.cleaned_data["person"], form.cleaned_data["role"]
    try:
        made = add_member(rfp, person, role, user=request.user)
    except MembershipRefused as refusal:
        form.add_error("person", str(refusal))
        return _page(request, rfp, form, status=422)
    words = f"{name_of(person)} is a {made.get_role_display().lower()} of this RFP now."
    messages.success(request, words)
    return SeeOther(_url(rfp))


@require_POST
def member_change(request: HttpRequest, rfp_id: int, member_id: int) -> HttpResponse:
    """Give somebody another role, or share with them no more; anybody may leave."""
    rfp = rfp_of(request, rfp_id, Role.READER)
    removes = request.POST.get("do") == "remove"
    leaves = removes and rfp.memberships.filter(pk=member_id, user=request.user.pk).exists()
    if not leaves:
        check_role(request, rfp, Role.MANAGER)
    try:
        if removes:
            return _remove(request, rfp, member_id)
        member = change_member(rfp, member_id, request.POST.get("role", ""), user=request.user)
    except MembershipRefused as refusal:
        messages.error(request, str(refusal))
    else:
        words = f"{name_of(member.user)} is a {member.get_role_display().lower()} now."
        messages.success(request, words)
    return SeeOther(_url(rfp))


def _remove(request: HttpRequest, rfp: RFP, member_id: int) -> HttpResponse:
    member = remove_member(rfp, member_id, user=request.user)
    if member.user_id == request.user.pk:
        messages.success(request, "You are no member of this RFP any more.")
        return SeeOther(reverse("rfp_manager:list"))
    words = f"{name_of(member.user)} is no member any more. {still_held(rfp, member.user)}"
    messages.success(request, words.strip())
    return SeeOther(_url(rfp))


def _url(rfp: RFP) -> str:
    return reverse("rfp_manager:members", args=[rfp.pk])
