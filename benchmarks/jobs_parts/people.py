"""People who are signed in: their cookies, as a browser would send them."""

from typing import Any

CSRF = "c" * 32


def sign_in(name: str, *, staff: bool = False) -> tuple[Any, str]:
    """A person and the Cookie header of a session of theirs."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import (
        BACKEND_SESSION_KEY,
        HASH_SESSION_KEY,
        SESSION_KEY,
        get_user_model,
    )

    user, _ = get_user_model().objects.get_or_create(username=name, defaults={"is_staff": staff})
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    cookies = {settings.SESSION_COOKIE_NAME: session.session_key, settings.CSRF_COOKIE_NAME: CSRF}
    return user, "; ".join(f"{key}={value}" for key, value in cookies.items())
