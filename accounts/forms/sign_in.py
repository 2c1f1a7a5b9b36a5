"""The form people sign in with."""

from typing import Any

from allauth.account.forms import LoginForm


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
