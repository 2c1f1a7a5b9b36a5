"""The forms that ask for a code of the second factor."""

from typing import Any

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django import forms

from accounts import guard
from accounts.adapter import network


class Guarded(forms.Form):
    """Codes are short, so their tries are counted as those of passwords are."""

    user: Any

    def clean_code(self) -> str:
        who, address = f"code of {self.user.pk}", network(context.request)
        guard.begin(who, address)  # SignInLocked is answered with the page of a request too many
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except forms.ValidationError:
            guard.failed(who, address)
            raise
        guard.succeeded(who, address)
        return code


class CodeForm(Guarded, AuthenticateForm):  # type: ignore[misc]
    """At sign-in."""


class CodeAgainForm(Guarded, ReauthenticateForm):  # type: ignore[misc]
    """Before something that matters."""
