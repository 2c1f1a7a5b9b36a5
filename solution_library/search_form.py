"""What people type to search the library, or to see how a search works."""

from typing import Any

from django import forms

from solution_library.models import Collection, Document, DocumentKind, Tag

KINDS = [
    ("", "Documents and approved answers"),
    *((kind.value, kind.label) for kind in (DocumentKind.FILE, DocumentKind.ANSWER)),
]


class SearchForm(forms.Form):
    """A question and what to look in. A value that does not exist narrows nothing."""

    q = forms.CharField(required=False, max_length=1000, label="Question or words")
    collection = forms.ModelChoiceField(
        Collection.objects.none(), required=False, empty_label="The whole library", label="In"
    )
    tag = forms.ModelChoiceField(
        Tag.objects.none(), required=False, empty_label="Anything", label="About"
    )
    kind = forms.ChoiceField(required=False, choices=KINDS, label="What")
    approved = forms.BooleanField(required=False, label="Only what has been approved")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choose("collection", Collection.objects.for_user(user))
        self._choose("tag", Tag.objects.all())
        self.fields["q"].widget = forms.TextInput(
            attrs={"type": "search", "data-search": True, "maxlength": 1000}
        )

    def _choose(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows
        if not rows.exists():
            field.widget = forms.HiddenInput()

    @property
    def query(self) -> str:
        self.is_valid()
        return str(getattr(self, "cleaned_data", {}).get("q", "")).strip()

    @property
    def is_narrowed(self) -> bool:
        self.is_valid()
        chosen = getattr(self, "cleaned_data", {})
        return any(chosen.get(name) for name in ("collection", "tag", "kind", "approved"))

    def limits(self) -> dict[str, Any]:
        """What was chosen, as search() and Scope.of() take it."""
        self.is_valid()
        chosen = self.cleaned_data
        return {
            "collections": [chosen["collection"].pk] if chosen.get("collection") else None,
            "tags": [chosen["tag"].pk] if chosen.get("tag") else None,
            "kinds": [chosen["kind"]] if chosen.get("kind") else None,
            "only_approved": bool(chosen.get("approved")),
        }


class TrialForm(SearchForm):
    """A question to try retrieval with, and the document that somebody expects to answer it."""

    q = forms.CharField(
        required=False, max_length=1000, label="Question",
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 1000}),
    )  # fmt: skip
    expected = forms.CharField(
        required=False, max_length=300, label="Document that should answer it",
        help_text="Part of its name or path. You see where it was found, or why it was not.",
    )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.user = user
        self.fields["q"].widget = forms.Textarea(attrs={"rows": 2, "maxlength": 1000})

    @property
    def expected_name(self) -> str:
        self.is_valid()
        return str(getattr(self, "cleaned_data", {}).get("expected", "")).strip()

    @property
    def expected_document(self) -> Document | None:
        """The best match for the name; None where nothing was named, or nothing is called so."""
        name = self.expected_name
        if not name:
            return None
        readable = Document.objects.for_user(self.user).select_related("current_version")
        same = readable.filter(title__iexact=name) | readable.filter(path__iexact=name)
        alike = readable.filter(title__icontains=name) | readable.filter(path__icontains=name)
        return same.order_by("pk").first() or alike.order_by("title", "pk").first()
