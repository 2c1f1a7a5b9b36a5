"""Inviting people, and coming in by an invitation."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.people import may_give
from accounts.roles import DEFAULT, Role


class RoleField(forms.ChoiceField):
    """The roles that somebody may give."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Role.choices, initial=DEFAULT.value, **kwargs)

    def narrow(self, viewer: Any) -> None:
        self.choices = [(r.value, r.label) for r in Role if may_give(viewer, r)]


class InviteForm(forms.Form):
    """Whom, and to which role."""

    email = forms.EmailField(
        required=False, label="E-mail address", max_length=254,
        help_text="Whoever has the link can use it; the address goes into their account.",
    )  # fmt: skip
    role = RoleField()

    def __init__(self, *args: Any, viewer: Any, can_mail: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, RoleField)
        field.narrow(viewer)
        if can_mail:
            self.fields["email"].help_text = "Where the invitation is sent; not needed for a link."


class JoinForm(forms.Form):
    """The account that an invitation promises."""

    username = forms.CharField(
        max_length=150, label="User name",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )  # fmt: skip
    name = forms.CharField(
        max_length=200, label="Your name",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    password = forms.CharField(
        max_length=4096, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    again = forms.CharField(
        max_length=4096, strip=False, label="The password again",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def clean_username(self) -> str:
        return str(get_adapter().clean_username(self.cleaned_data["username"].strip()))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        password, again = data.get("password"), data.get("again")
        if password and again and password != again:
            self.add_error("again", "This is not the same password.")
        if password:
            self._check_strength(data)
        return data

    def _check_strength(self, data: dict[str, Any]) -> None:
        first, _, last = data.get("name", "").partition(" ")
        user = get_user_model()(username=data.get("username", ""), first_name=first, last_name=last)
        try:
            validate_password(data["password"], user)
        except ValidationError as error:
            self.add_error("password", error)
