"""What people type about documentation sources."""

from typing import Any

from django import forms

from solution_library.models import DocumentationSource, SourceKind
from solution_library.previewing import check_source
from solution_library.sources import SourceRefused

PATTERN_HELP = "One per line, * stands for anything, e.g. /docs/*"


class SourceForm(forms.ModelForm[DocumentationSource]):
    """A new documentation source. Its kind itself checks the settings."""

    include = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text=PATTERN_HELP,
        label="Only paths like",
    )  # fmt: skip
    exclude = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text=PATTERN_HELP,
        label="Never paths like",
    )  # fmt: skip
    max_pages = forms.IntegerField(
        required=False, min_value=1, label="At most so many pages",
        help_text="For websites and sitemaps; 1,000 if left empty.",
    )  # fmt: skip
    max_depth = forms.IntegerField(
        required=False, min_value=0, label="At most so many links deep",
        help_text="For websites; 10 if left empty.",
    )  # fmt: skip
    branch = forms.CharField(
        required=False, max_length=200, help_text="For git; the usual one if left empty."
    )
    folder = forms.CharField(
        required=False, max_length=500, label="Only this folder",
        help_text="For git: a folder inside the repository.",
    )  # fmt: skip
    token = forms.CharField(
        required=False, max_length=500, label="Access token",
        help_text="For private git repositories. It is stored encrypted and never shown again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    class Meta:
        model = DocumentationSource
        fields = ("name", "kind", "location", "collection")
        widgets = {"kind": forms.RadioSelect}
        help_texts = {
            "location": "The folder's whole path on the server, or the address, e.g. "
            "https://docs.example.com/",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"] = forms.ChoiceField(
            choices=SourceKind.choices, widget=forms.RadioSelect, initial=SourceKind.WEBSITE
        )
        self.fields["location"].label = "Where"

    def config(self) -> dict[str, Any]:
        """The settings as the kind's module takes them; those it has no use for are left out."""
        kind, given = self.cleaned_data["kind"], self.cleaned_data
        place = "path" if kind == SourceKind.FOLDER else "url"
        names = {
            SourceKind.FOLDER: ("include", "exclude"),
            SourceKind.WEBSITE: ("include", "exclude", "max_pages", "max_depth"),
            SourceKind.SITEMAP: ("include", "exclude", "max_pages"),
            SourceKind.GIT: ("include", "exclude", "branch", "folder"),
        }.get(kind, ())
        settings = {name: given[name] for name in names if given.get(name) not in (None, "")}
        return {place: given["location"], **settings}

    def config_with_token(self) -> dict[str, Any]:
        """The settings with the secret, for looking at the source; never to be stored."""
        token = self.cleaned_data.get("token")
        is_git = self.cleaned_data["kind"] == SourceKind.GIT
        return self.config() | ({"token": token} if token and is_git else {})

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("kind") and cleaned.get("location"):
            try:
                check_source(cleaned["kind"], self.config_with_token())
            except SourceRefused as refusal:
                self.add_error("location", refusal.reason)
        return cleaned

    def save(self, commit: bool = True) -> DocumentationSource:
        self.instance.config = self.config()
        if token := self.config_with_token().get("token"):
            self.instance.credentials = token
        return super().save(commit)
