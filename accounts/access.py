"""The only place that turns (request, id) into an object of this app, or into a 404."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import ApiToken, Invitation, SignIn
from accounts.people import people
from accounts.roles import Role, has_role


def check_may_see_people(request: HttpRequest) -> None:
    """Raises PermissionDenied."""
    if not has_role(request.user, Role.MANAGER):
        raise PermissionDenied("Only managers and admins look after people.")


def person_of(request: HttpRequest, user_id: int) -> Any:
    """Raises PermissionDenied for who does not look after people."""
    check_may_see_people(request)
    return get_object_or_404(people(), pk=user_id)


def invitation_of(request: HttpRequest, invitation_id: int) -> Invitation:
    """Raises PermissionDenied for who does not look after people."""
    check_may_see_people(request)
    return get_object_or_404(Invitation, pk=invitation_id)


def own_token_of(request: HttpRequest, token_id: int) -> ApiToken:
    """Tokens are their owner's matter, and nobody else's."""
    return get_object_or_404(ApiToken, pk=token_id, user_id=request.user.pk)


def own_sign_in_of(request: HttpRequest, sign_in_id: int) -> SignIn:
    return get_object_or_404(SignIn, pk=sign_in_id, user_id=request.user.pk)
