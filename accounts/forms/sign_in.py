"""The forms of the door: signing in, and asking for a new password."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm, ResetPasswordForm
from allauth.account.models import EmailAddress


class SignInForm(LoginForm):  # type: ignore[misc]
    """Its field is called `username`, as everywhere in Django, and takes an e-mail address too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label, password.label = "User name or e-mail address", "Password"
        login.widget.attrs = {"autocomplete": "username", "autocapitalize": "none",
                              "autofocus": True, "maxlength": "254"}  # fmt: skip
        login.max_length = 254
        password.help_text = ""
        password.widget.attrs.pop("placeholder", None)

    def add_prefix(self, field_name: str) -> str:
        return "username" if field_name == "login" else super().add_prefix(field_name)


class ResetForm(ResetPasswordForm):  # type: ignore[misc]
    """The link goes to an address that somebody has shown to be theirs, and to no other: one that
    was mistyped belongs to a stranger."""

    def clean_email(self) -> str:
        # Small letters, as they are stored, and no comparing by the database: to it a letter from
        # another alphabet may be the same, and the link goes to what was typed.
        email: str = get_adapter().clean_email(self.cleaned_data["email"].lower())
        found = EmailAddress.objects.filter(email=email, verified=True, user__is_active=True)
        self.users = [address.user for address in found.select_related("user")]
        return email
