"""The admin's form of an LLM API: its key goes in and never comes out."""

from typing import Any
from urllib.parse import urlsplit

from django import forms

from llm_manager.errors import AuthFailed, WrongAddress
from llm_manager.fields import KeyUnreadable, Secret
from llm_manager.models import LLMApi
from llm_manager.providers.transport import checked_address, checked_key


class LLMApiForm(forms.ModelForm[LLMApi]):
    # A local server is entered with its http://, anything else is meant as https.
    base_url = forms.URLField(
        label="Address",
        required=False,
        max_length=200,
        assume_scheme="https",
        help_text="Like https://host/v1; empty for the provider's own.",
    )
    new_key = forms.CharField(
        label="API key",
        required=False,
        max_length=500,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    forget_key = forms.BooleanField(label="Delete the stored key", required=False)

    class Meta:
        model = LLMApi
        fields = ("name", "kind", "base_url", "is_active", "max_concurrency", "timeout_seconds")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = stored_key(self.instance)
        shown = f"Stored: {self.stored}." if self.stored else "None is stored."
        if self.stored is None:
            shown = "The stored key cannot be read with this installation's FIELD_KEYS."
        self.fields["new_key"].help_text = f"{shown} Leave empty to keep it as it is."
        self.address_before = self.instance.base_url

    def clean_new_key(self) -> str:
        try:
            return checked_key(self.cleaned_data["new_key"])
        except AuthFailed as error:
            raise forms.ValidationError(
                "A key has no blanks and only plain letters, digits and signs."
            ) from error

    def clean_base_url(self) -> str:
        base_url: str = self.cleaned_data["base_url"]
        try:
            return checked_address(base_url) if base_url else ""
        except WrongAddress as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        moved = _host(cleaned.get("base_url", "")) != _host(self.address_before)
        keeps = not cleaned.get("new_key") and not cleaned.get("forget_key")
        if self.instance.pk and moved and keeps and self.stored != Secret(""):
            # Otherwise whoever may change an address could have the key sent to theirs.
            self.add_error("new_key", "The key was for another address. Enter it again.")
        return cleaned

    def save(self, commit: bool = True) -> LLMApi:
        if self.cleaned_data["new_key"]:
            self.instance.api_key = Secret(self.cleaned_data["new_key"])
        elif self.cleaned_data["forget_key"]:
            self.instance.api_key = Secret("")
        return super().save(commit)


def stored_key(api: LLMApi) -> Secret | None:
    """The key of an API as it may be shown; None if it cannot be decrypted."""
    if api.pk is None:
        return Secret("")
    try:
        return Secret("") if not api.api_key else api.api_key
    except KeyUnreadable:
        return None


def _host(base_url: str) -> tuple[str, str]:
    parts = urlsplit(base_url)
    return parts.scheme, parts.netloc.lower()
