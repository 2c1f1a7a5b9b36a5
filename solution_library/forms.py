"""What people type into the pages of the library."""

from typing import Any

from django import forms
from django.db.models import Q

from llm_manager.models import LLMModel, ModelKind
from solution_library.models import (
    Collection,
    DocumentationSource,
    EmbeddingStatus,
    ReviewStatus,
    SourceKind,
)
from solution_library.models.documents import DocumentQuerySet
from solution_library.previewing import check_source
from solution_library.sources import SourceRefused

UNFINISHED = (EmbeddingStatus.WAITING, EmbeddingStatus.RUNNING)
PATTERN_HELP = "One per line, * stands for anything, e.g. /docs/*"


class DocumentFilter(forms.Form):
    """Narrows the list of documents; a value that does not exist is left out."""

    q = forms.CharField(required=False, max_length=200, label="Name or path")
    status = forms.ChoiceField(
        required=False, choices=[("", "Any status"), *EmbeddingStatus.choices]
    )
    review = forms.ChoiceField(
        required=False, choices=[("", "Any review"), *ReviewStatus.choices]
    )
    collection = forms.ModelChoiceField(
        Collection.objects.all(), required=False, empty_label="All collections"
    )
    source = forms.ModelChoiceField(
        DocumentationSource.objects.defer("credentials"), required=False,
        empty_label="All sources",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget = forms.TextInput(attrs={"type": "search", "data-search": True})
        for name in ("status", "review", "collection", "source"):
            self.fields[name].widget.attrs["data-autosubmit"] = True

    @property
    def is_used(self) -> bool:
        self.is_valid()
        return any(self.cleaned_data.values())

    def narrow(self, documents: DocumentQuerySet) -> DocumentQuerySet:
        self.is_valid()
        chosen = self.cleaned_data
        if text := chosen.get("q"):
            documents = documents.filter(Q(title__icontains=text) | Q(path__icontains=text))
        fields = {"status": "embedding_status", "review": "review_status",
                  "collection": "collections", "source": "source"}  # fmt: skip
        exact = {field: chosen[name] for name, field in fields.items() if chosen.get(name)}
        return documents.filter(**exact)


class UploadForm(forms.Form):
    """What goes along with uploaded files; the files themselves are read from the request."""

    collections = forms.ModelMultipleChoiceField(
        Collection.objects.all(), required=False, widget=forms.CheckboxSelectMultiple,
        label="Put them into",
    )  # fmt: skip
    new_collection = forms.CharField(
        required=False, max_length=300, label="or into a new collection",
        help_text="Collections limit which documents may answer an RFP.",
    )  # fmt: skip

    def chosen(self) -> list[Collection]:
        """The collections, the new one made. Call after is_valid()."""
        found = list(self.cleaned_data["collections"])
        if name := self.cleaned_data["new_collection"]:
            found.append(Collection.objects.get_or_create(name=name)[0])
        return found


class SearchForm(forms.Form):
    q = forms.CharField(required=False, max_length=1000, label="Question or words")
    collection = forms.ModelChoiceField(
        Collection.objects.all(), required=False, empty_label="The whole library", label="In"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget = forms.TextInput(
            attrs={"type": "search", "data-search": True, "maxlength": 1000}
        )


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


class ModelField(forms.ModelChoiceField[LLMModel]):
    """Models of two APIs may have the same name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} ({obj.api})"


class IndexForm(forms.Form):
    """Which embedding model an index is to be built of."""

    model = ModelField(
        LLMModel.objects.none(), label="Embedding model", empty_label="Choose a model"
    )
    anew = forms.BooleanField(
        required=False, label="Make all vectors anew",
        help_text="Without it, what an older index of the model has is taken over.",
    )  # fmt: skip
    reason = forms.CharField(
        required=False, max_length=1000, label="Why it may come into use without an evaluation"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        models = LLMModel.objects.usable().filter(kind=ModelKind.EMBEDDING)
        field = self.fields["model"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = models.select_related("api").defer("api__api_key")
