"""The forms of LLM APIs and models. A key goes in and never comes out."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.db.models import Q, QuerySet

from llm_manager.errors import AuthFailed, WrongAddress
from llm_manager.fields import KeyUnreadable, Secret
from llm_manager.models import LLMApi, LLMModel, ModelKind, PriceSource, ProviderKind
from llm_manager.providers.parsing import storable_text
from llm_manager.providers.transport import checked_address, checked_key

BUILTIN = ProviderKind.BUILTIN
PRICES = {"input_price", "output_price", "cached_price"}


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
        fields = (
            "name", "kind", "base_url", "is_active", "max_concurrency", "requests_per_minute",
            "tokens_per_minute", "timeout_seconds", "first_byte_seconds",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = stored_key(self.instance)
        shown = f"Stored: {self.stored}." if self.stored else "None is stored."
        if self.stored is None:
            shown = "The stored key cannot be read with this installation's FIELD_KEYS."
        self.fields["new_key"].help_text = f"{shown} Leave empty to keep it as it is."
        self.destination_before = _destination(self.instance.kind, self.instance.base_url)

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
        self._keep_key_at_home(cleaned)
        first, whole = cleaned.get("first_byte_seconds"), cleaned.get("timeout_seconds")
        if first and whole and first > whole:
            self.add_error("first_byte_seconds", "This cannot be longer than the whole call.")
        return cleaned

    def _keep_key_at_home(self, cleaned: dict[str, Any]) -> None:
        """Otherwise whoever may change an address could have the key sent to theirs."""
        kind = cleaned.get("kind", self.instance.kind)
        moved = _destination(kind, cleaned.get("base_url", "")) != self.destination_before
        keeps = not cleaned.get("new_key") and not cleaned.get("forget_key")
        if self.instance.pk and moved and keeps and self.stored != Secret(""):
            self.add_error("new_key", "The key was for another address. Enter it again.")

    def save(self, commit: bool = True) -> LLMApi:
        if self.cleaned_data.get("new_key"):
            self.instance.api_key = Secret(self.cleaned_data["new_key"])
        elif self.cleaned_data.get("forget_key"):
            self.instance.api_key = Secret("")
        if commit and self.instance.pk:
            self.instance.save(update_fields=self.columns())
            return self.instance
        return super().save(commit)

    def columns(self) -> list[str]:
        """What was changed and nothing else: a check may be writing the rest just now."""
        columns = {field.name for field in LLMApi._meta.concrete_fields}
        named = columns.intersection(self.changed_data)
        key_changed = {"new_key", "forget_key"}.intersection(self.changed_data)
        return sorted(named | ({"api_key"} if key_changed else set()))


def stored_key(api: LLMApi) -> Secret | None:
    """The key of an API as it may be shown; None if it cannot be decrypted."""
    if api.pk is None:
        return Secret("")
    try:
        return Secret("") if not api.api_key else api.api_key
    except KeyUnreadable:
        return None


def _destination(kind: str, base_url: str) -> tuple[str, str]:
    """Where a key goes. Without an address of its own that is the provider's."""
    if not base_url:
        return kind, ""
    parts = urlsplit(base_url)
    return parts.scheme, parts.netloc.lower()


class ApiPageForm(LLMApiForm):
    """The form on our own pages: a kind is chosen once, for all that follows depends on it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["kind"].disabled = True
        else:
            offered = [choice for choice in ProviderKind.choices if choice[0] != BUILTIN]
            self.fields["kind"] = forms.ChoiceField(choices=offered)
            self.fields["new_key"].help_text = "Stored encrypted, and never shown again."
            del self.fields["forget_key"], self.fields["is_active"]
        if self.instance.kind == BUILTIN:
            for name in ("base_url", "new_key", "forget_key", "requests_per_minute",
                         "tokens_per_minute", "timeout_seconds", "first_byte_seconds"):  # fmt: skip
                self.fields.pop(name, None)
        elif not self.stored and self.instance.pk and self.stored is not None:
            del self.fields["forget_key"]


class ModelForm(forms.ModelForm[LLMModel]):
    """What people may say of a model. Prices that they change are theirs from then on."""

    is_free = forms.BooleanField(
        label="It costs nothing", required=False, help_text="Say so, and it counts as known."
    )

    class Meta:
        model = LLMModel
        fields = ("name", "kind", "context_window", "dimensions", "input_price", "output_price",
                  "cached_price", "fallback")  # fmt: skip
        labels = {
            "context_window": "Reads at most",
            "input_price": "Input",
            "output_price": "Output",
            "cached_price": "Cached input",
        }
        help_texts = {
            "name": "As it is shown here; empty for its id.",
            "context_window": "Tokens; empty if unknown.",
            "dimensions": "Numbers in a vector, for embedding models.",
            "input_price": "",
            "output_price": "",
            "cached_price": "Empty: as other input.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "fallback" in self.fields:
            self.fields["fallback"] = forms.ModelChoiceField(
                self._stand_ins(), required=False, empty_label="None", label="Stand-in",
                help_text="Answers while this model's API is out of order.",
                initial=self.instance.fallback_id,
            )  # fmt: skip
        if self.instance.price_source != PriceSource.UNKNOWN:
            del self.fields["is_free"]
        if self.instance.is_system_default:
            self.fields["kind"].disabled = True
            self.fields["kind"].help_text = "It is the default of its kind, so this stays."

    def _stand_ins(self) -> QuerySet[LLMModel]:
        """Usable models that write, and the one that was chosen, usable or not."""
        fit = Q(is_available=True, api__is_active=True, kind=ModelKind.CHAT)
        found = LLMModel.objects.filter(fit | Q(pk=self.instance.fallback_id))
        return found.exclude(pk=self.instance.pk).select_related("api").defer("api__api_key")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("fallback") and cleaned.get("kind") != ModelKind.CHAT:
            self.add_error("fallback", "Only models that write can have a stand-in.")
        if cleaned.get("is_free") and any(cleaned.get(name) for name in PRICES):
            self.add_error("is_free", "It has a price above, so it is not free.")
        return cleaned

    def save(self, commit: bool = True) -> LLMModel:
        """Writes what was changed and nothing else: a check may be writing the rest just now."""
        changed = [name for name in self.changed_data if name in self.Meta.fields]
        if PRICES.intersection(changed) or self.cleaned_data.get("is_free"):
            self.instance.price_source = PriceSource.ENTERED
            changed.append("price_source")
        if self.instance.pk is None or not commit:
            return super().save(commit)
        if changed:
            self.instance.save(update_fields=changed)
        return self.instance


class NewModelForm(ModelForm):
    """A model that its API does not list: a deployment, an alias, a server without lists."""

    class Meta(ModelForm.Meta):
        fields = ("model_id", "kind", "name", "context_window", "dimensions", "input_price",
                  "output_price", "cached_price")  # fmt: skip
        labels = ModelForm.Meta.labels | {"model_id": "Id"}
        help_texts = ModelForm.Meta.help_texts | {"model_id": "Exactly as the API calls it."}

    def clean_model_id(self) -> str:
        model_id: str = self.cleaned_data["model_id"]
        if storable_text(model_id) != model_id:
            raise forms.ValidationError("This holds characters that no id has.")
        if LLMModel.objects.filter(api_id=self.instance.api_id, model_id=model_id).exists():
            raise forms.ValidationError("This API has a model of this id already.")
        return model_id
