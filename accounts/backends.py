"""How a password, and how a session, becomes a person."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import get_user_model


class Backend(AuthenticationBackend):
    """By user name or e-mail address. The profile comes with the person, because every request
    needs its role and time zone: no query more than without."""

    def authenticate(self, request: Any, **credentials: Any) -> Any:
        self._looked_at: set[int] = set()
        return super().authenticate(request, **credentials)

    def _check_password(self, user: Any, password: str) -> Any:
        """What was typed is looked for as a name and as an address, and an address is found twice.
        Its password is hashed once all the same: else the time told that there is an account."""
        if user is None or user.pk in self._looked_at:
            return None
        self._looked_at.add(user.pk)
        return super()._check_password(user, password)

    def get_user(self, user_id: Any) -> Any:
        people = get_user_model()._default_manager.select_related("profile")
        user = people.filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
