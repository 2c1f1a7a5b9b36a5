"""What people type about documents: filters, uploads, decisions."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from solution_library import duplicates, reviewing
from solution_library.collecting import collection_named
from solution_library.describing import digest_of_state, known_about
from solution_library.models import (
    Collection,
    Document,
    DocumentationSource,
    EmbeddingStatus,
    ReviewStatus,
    Tag,
)
from solution_library.models.documents import DocumentQuerySet
from solution_library.queries import sources_for
from solution_library.widgets import PlainBoxes, PlainSelect

UNFINISHED = (EmbeddingStatus.WAITING, EmbeddingStatus.RUNNING)
#: What people call a kind of file, and what is in its media type.
FORMATS = {
    "pdf": ("PDF", ("pdf",)),
    "word": ("Word", ("wordprocessingml", "opendocument.text", "rtf")),
    "slides": ("Slides", ("presentation",)),
    "sheet": ("Spreadsheet or table", ("spreadsheet", "csv", "tab-separated")),
    "web": ("Web page", ("html",)),
    "text": ("Text or Markdown", ("markdown", "plain", "x-rst")),
    "mail": ("E-mail", ("rfc822",)),
    "image": ("Picture", ("image/",)),
}
DUE = (("", "Any review date"), ("overdue", "Review overdue"), ("soon", "Due in 30 days"),
       ("none", "No review date"))  # fmt: skip
MORE = ("source", "owner", "due", "format", "duplicates")


def format_of(document: Document) -> str:
    """What people call its kind of file; the media type where there is no such word."""
    names = (label for label, parts in FORMATS.values()
             if any(part in document.media_type for part in parts))  # fmt: skip
    return next(names, document.media_type)


def person(user: Any) -> str:
    return str(user.get_full_name() or user.get_username())


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return person(obj)


class PeopleField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return person(obj)


def active_people() -> Any:
    return get_user_model().objects.filter(is_active=True).order_by("username")


class DocumentFilter(forms.Form):
    """Narrows the list of documents; a value that does not exist is left out."""

    q = forms.CharField(required=False, max_length=200, label="Name or path")
    status = forms.ChoiceField(
        required=False, choices=[("", "Any status"), *EmbeddingStatus.choices], widget=PlainSelect
    )
    review = forms.ChoiceField(
        required=False, choices=[("", "Any review"), *ReviewStatus.choices], widget=PlainSelect
    )
    collection = forms.ModelChoiceField(
        Collection.objects.none(), required=False, empty_label="All collections", widget=PlainSelect
    )
    tag = forms.ModelChoiceField(
        Tag.objects.all(), required=False, empty_label="All tags", widget=PlainSelect
    )
    source = forms.ModelChoiceField(
        DocumentationSource.objects.none(), required=False,
        empty_label="All sources", widget=PlainSelect,
    )  # fmt: skip
    owner = forms.ChoiceField(required=False, widget=PlainSelect)
    due = forms.ChoiceField(required=False, choices=DUE, label="Review date", widget=PlainSelect)
    format = forms.ChoiceField(
        required=False,
        choices=[("", "Any format"), *((key, label) for key, (label, _) in FORMATS.items())],
        widget=PlainSelect,
    )
    duplicates = forms.ChoiceField(
        required=False, choices=[("", "With and without"), ("open", "Only with one")],
        label="Duplicates", widget=PlainSelect,
    )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["q"].widget = forms.TextInput(attrs={"type": "search", "data-search": True})
        self.fields["collection"].queryset = Collection.objects.for_user(user)  # type: ignore[attr-defined]
        self.fields["source"].queryset = sources_for(user)  # type: ignore[attr-defined]
        owners = [("", "Any owner"), ("me", "Mine"), ("none", "Nobody’s"), *_owners(user)]
        self.fields["owner"].choices = owners  # type: ignore[attr-defined]
        for name in self.fields.keys() - {"q"}:
            self.fields[name].widget.attrs["data-autosubmit"] = True

    @property
    def is_used(self) -> bool:
        self.is_valid()
        return any(self.cleaned_data.values())

    @property
    def more_is_used(self) -> bool:
        """Whether one of the filters behind “More filters” is set."""
        self.is_valid()
        return any(self.cleaned_data.get(name) for name in MORE)

    def narrow(self, documents: DocumentQuerySet) -> DocumentQuerySet:
        self.is_valid()
        chosen = self.cleaned_data
        if text := chosen.get("q"):
            documents = documents.filter(Q(title__icontains=text) | Q(path__icontains=text))
        fields = {"status": "embedding_status", "review": "review_status",
                  "collection": "collections", "tag": "tags", "source": "source"}  # fmt: skip
        exact = {field: chosen[name] for name, field in fields.items() if chosen.get(name)}
        for part in (self._owned, self._due, self._like, self._of_format):
            documents = part(documents)
        return documents.filter(**exact)

    def _owned(self, documents: DocumentQuerySet) -> DocumentQuerySet:
        owner = self.cleaned_data.get("owner")
        if not owner:
            return documents
        whose = {"me": self.user.pk, "none": None}.get(owner, owner)
        return documents.filter(owner=whose)

    def _due(self, documents: DocumentQuerySet) -> DocumentQuerySet:
        due, today = self.cleaned_data.get("due"), timezone.localdate()
        if due == "none":
            return documents.filter(review_due=None)
        if due not in ("overdue", "soon"):
            return documents
        in_use = documents.exclude(review_status__in=reviewing.OUT_OF_USE)
        if due == "overdue":
            return in_use.filter(review_due__lt=today)
        return in_use.filter(review_due__range=(today, today + reviewing.SOON))

    def _like(self, documents: DocumentQuerySet) -> DocumentQuerySet:
        if not self.cleaned_data.get("duplicates"):
            return documents
        pairs = duplicates.open_pairs(self.user).order_by()
        return documents.filter(
            Exists(pairs.filter(first=OuterRef("pk"))) | Exists(pairs.filter(second=OuterRef("pk")))
        )

    def _of_format(self, documents: DocumentQuerySet) -> DocumentQuerySet:
        _, parts = FORMATS.get(self.cleaned_data.get("format") or "", ("", ()))
        wanted = Q()
        for part in parts:
            wanted |= Q(media_type__contains=part)
        return documents.filter(wanted)


def _owners(user: Any) -> list[tuple[str, str]]:
    """Those who own documents that `user` may see."""
    owned = Document.objects.for_user(user).files().order_by().values("owner").distinct()
    people = get_user_model().objects.filter(pk__in=owned).exclude(pk=user.pk)
    return [(str(one.pk), person(one)) for one in people.order_by("username")[:200]]


class UploadForm(forms.Form):
    """What goes along with uploaded files; the files themselves are read from the request."""

    collections = forms.ModelMultipleChoiceField(
        Collection.objects.none(), required=False, widget=PlainBoxes,
        label="Put them into",
    )  # fmt: skip
    new_collection = forms.CharField(
        required=False, max_length=300, label="or into a new collection",
        help_text="Collections limit which documents may answer an RFP.",
    )  # fmt: skip
    tags = forms.ModelMultipleChoiceField(
        Tag.objects.all(), required=False, widget=PlainBoxes, label="Tag them",
    )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["collections"].queryset = Collection.objects.for_user(user)  # type: ignore[attr-defined]

    def chosen(self) -> list[Collection]:
        """The collections, the new one made. Call after is_valid(). Raises CollectingRefused."""
        found = list(self.cleaned_data["collections"])
        if name := self.cleaned_data["new_collection"]:
            found.append(collection_named(name, self.user))
        return found


class ReviewForm(forms.Form):
    """A decision about a document."""

    review_status = forms.ChoiceField(
        choices=[(one.value, one.label) for one in reviewing.CHOICES], label="Decision",
        widget=PlainSelect,
        error_messages={"invalid_choice": "There is no such review status. Choose one of the list.",
                        "required": "Choose a review status."},
    )  # fmt: skip
    comment = forms.CharField(
        required=False, max_length=reviewing.MAX_COMMENT, widget=forms.Textarea({"rows": 2}),
        help_text="Kept in the history.",
    )  # fmt: skip
    again = forms.ChoiceField(
        required=False, label="Review again", widget=PlainSelect,
        choices=[("", "No other date"), *((n, f"In {n} months") for n in reviewing.INTERVALS)],
    )  # fmt: skip

    def due(self) -> date | None:
        months = self.cleaned_data.get("again")
        return reviewing.months_from(timezone.localdate(), int(months)) if months else None


class DescribeForm(forms.Form):
    """Who looks after a document, until when, and what it belongs to."""

    owner = PersonField(None, required=False, empty_label="Nobody", widget=PlainSelect)
    review_due = forms.DateField(
        required=False, label="Review on", help_text="A week before, its owner is reminded.",
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
    )  # fmt: skip
    collections = forms.ModelMultipleChoiceField(
        Collection.objects.none(), required=False, widget=PlainBoxes
    )
    tags = forms.ModelMultipleChoiceField(Tag.objects.all(), required=False, widget=PlainBoxes)
    #: Which state of the document was on the page.
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: Any, document: Document, **kwargs: Any) -> None:
        known = known_about(document)
        initial = known | {"seen": digest_of_state(known)}
        super().__init__(*args, **{**kwargs, "initial": initial})
        self.fields["owner"].queryset = active_people()  # type: ignore[attr-defined]
        self.fields["collections"].queryset = Collection.objects.for_user(user)  # type: ignore[attr-defined]


class CollectionForm(forms.ModelForm[Collection]):
    members = PeopleField(
        None, required=False, widget=PlainBoxes,
        help_text="They and administrators see what is in a restricted collection; "
        "everybody else sees nothing of it.",
    )  # fmt: skip

    class Meta:
        model = Collection
        fields = ("name", "description", "is_restricted")
        labels = {"is_restricted": "Only for its members"}
        widgets = {"description": forms.Textarea({"rows": 2})}
        help_texts = {"is_restricted": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["members"].queryset = active_people()  # type: ignore[attr-defined]
        if self.instance.pk:
            self.fields["members"].initial = list(
                self.instance.members.values_list("pk", flat=True)
            )

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())


class TagForm(forms.ModelForm[Tag]):
    class Meta:
        model = Tag
        fields = ("name", "kind")

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(Tag.objects.none(), label="Merge into", empty_label="Choose")

    def __init__(self, *args: Any, tag: Tag, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = Tag.objects.exclude(pk=tag.pk)  # type: ignore[attr-defined]


class BulkForm(forms.Form):
    """What is to be done to the chosen documents; each action reads the field that it needs."""

    action = forms.ChoiceField(choices=[(name, name) for name in (
        "approved", "pending", "rejected", "archived", "owner", "due", "collection",
        "uncollect", "tag", "untag", "read", "remove")])  # fmt: skip
    owner = PersonField(None, required=False, empty_label="Owner…", widget=PlainSelect)
    due = forms.DateField(
        required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), label="Review on"
    )
    collection = forms.ModelChoiceField(
        Collection.objects.none(), required=False, empty_label="Collection…", widget=PlainSelect
    )
    tag = forms.ModelChoiceField(
        Tag.objects.all(), required=False, empty_label="Tag…", widget=PlainSelect
    )
    comment = forms.CharField(required=False, max_length=reviewing.MAX_COMMENT)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": "bulk_%s"})
        self.fields["owner"].queryset = active_people()  # type: ignore[attr-defined]
        self.fields["collection"].queryset = Collection.objects.for_user(user)  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs["form"] = "bulk"


ORDERS: dict[str, tuple[Any, ...]] = {
    "newest": ("-created_at", "-id"),
    "title": ("title", "id"),
    "due": (F("review_due").asc(nulls_last=True), "title", "id"),
    "changed": (F("current_version__created_at").desc(nulls_last=True), "-id"),
}
