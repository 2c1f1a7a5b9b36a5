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
)
from solution_library.models.documents import DocumentQuerySet

UNFINISHED = (EmbeddingStatus.WAITING, EmbeddingStatus.RUNNING)


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
