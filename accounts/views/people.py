"""People and invitations, for managers and admins."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import invitations, mfa
from accounts import people as standing
from accounts.access import check_may_see_people, invitation_of, person_of
from accounts.errors import AccountRefused, InvitationRefused, PersonRefused
from accounts.forms.people import InviteForm
from accounts.roles import Role

PAGE_SIZE = 50
ROLES = dict(Role.choices)


@never_cache
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everybody, and the invitations that are open."""
    check_may_see_people(request)
    return _page(request, _invite_form(request))


def _invite_form(request: HttpRequest, data: Any = None) -> InviteForm:
    return InviteForm(data, viewer=request.user, can_mail=settings.EMAIL_CONFIGURED)


def _page(
    request: HttpRequest, form: InviteForm, *, link: str = "", status: int = 200
) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:100]
    page = Paginator(_found(query), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [_row(request.user, person) for person in page]
    waiting = invitations.open_invitations().select_related("invited_by")[:100]
    context = {
        "form": form, "link": link, "page": page, "rows": rows, "query": query,
        "waiting": [(each, standing.may_give(request.user, Role(each.role))) for each in waiting],
        "can_mail": settings.EMAIL_CONFIGURED,
    }  # fmt: skip
    return render(request, "accounts/people.html", context, status=status)


def _found(query: str) -> Any:
    found = standing.people()
    for word in query.split()[:5]:
        found = found.filter(
            Q(username__icontains=word) | Q(first_name__icontains=word)
            | Q(last_name__icontains=word) | Q(email__icontains=word)
        )  # fmt: skip
    return found


def _row(viewer: Any, person: Any) -> dict[str, Any]:
    role = standing.stored_role(person)
    may = standing.may_manage(viewer, person)
    roles = [(r.value, r.label) for r in Role if may and standing.may_give(viewer, r)]
    return {"person": person, "role": role, "may": may, "roles": roles, "anchor": str(person.pk)}


@never_cache
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """By e-mail, or by a link that only the answer to this request shows."""
    check_may_see_people(request)
    form = _invite_form(request, request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    data, mail = form.cleaned_data, request.POST.get("how") == "mail"
    try:
        invitation, token = invitations.invite(
            email=data["email"], role=Role(data["role"]), by=request.user, mail=mail
        )
    except InvitationRefused as refused:
        form.add_error(None, str(refused))
        return _page(request, form, status=422)
    if mail:
        messages.success(request, f"The invitation is on its way to {invitation.email}.")
        return _back()
    link = invitations.link_of(token)
    return _page(request, _invite_form(request), link=link, status=201)


@require_POST
def invitation_revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    invitation = invitation_of(request, invitation_id)
    return _done(
        request, lambda: invitations.revoke(invitation, by=request.user),
        "The invitation is taken back.",
    )  # fmt: skip


@require_POST
def person_role(request: HttpRequest, user_id: int) -> HttpResponse:
    person, wished = person_of(request, user_id), request.POST.get("role", "")
    if wished not in Role.values:
        messages.error(request, "Choose one of the roles.")
        return _back()
    return _done(
        request, lambda: standing.change_role(person, Role(wished), by=request.user),
        f"{_name(person)} is now {ROLES[wished].lower()}.",
    )  # fmt: skip


@require_POST
def person_deactivate(request: HttpRequest, user_id: int) -> HttpResponse:
    person = person_of(request, user_id)
    return _done(
        request, lambda: standing.deactivate(person, by=request.user),
        f"{_name(person)} is deactivated and signed out everywhere.",
    )  # fmt: skip


@require_POST
def person_reactivate(request: HttpRequest, user_id: int) -> HttpResponse:
    person = person_of(request, user_id)
    return _done(
        request, lambda: standing.reactivate(person, by=request.user),
        f"{_name(person)} can sign in again.",
    )  # fmt: skip


@require_POST
def person_reset_factor(request: HttpRequest, user_id: int) -> HttpResponse:
    """For who has lost their device."""
    person = person_of(request, user_id)

    def reset() -> None:
        if not standing.may_manage(request.user, person):
            raise PersonRefused("You may not change this person.")
        mfa.drop(person, by=request.user)

    return _done(
        request, reset, f"{_name(person)} can sign in without a code, and set up a new device."
    )


def _done(request: HttpRequest, change: Callable[[], Any], done: str) -> HttpResponse:
    try:
        change()
    except AccountRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done)
    return _back()


def _name(person: Any) -> str:
    return str(person.get_full_name() or person.get_username())


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("accounts:people"), status=303)
