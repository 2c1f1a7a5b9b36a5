"""How a password, and how a session, becomes a person."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import get_user_model


class Backend(AuthenticationBackend):
    """By user name or e-mail address. The profile comes with the person, because every request
    needs its role and time zone: no query more than without."""

    def get_user(self, user_id: Any) -> Any:
        people = get_user_model()._default_manager.select_related("profile")
        user = people.filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
