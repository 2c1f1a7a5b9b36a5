"""What people type about approved answers."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone

from solution_library.answers import freshness, listing
from solution_library.answers.errors import AnswerRefused
from solution_library.answers.texts import Content, content_of
from solution_library.answers.writing import Details, content_now
from solution_library.document_forms import PersonField, active_people, person
from solution_library.models import Collection, LibraryAnswer, Tag
from solution_library.models.answers import LibraryAnswerQuerySet

#: Whoever writes an answer is offered to look at it again after a year.
VALID_FOR = timedelta(days=365)
DATE = {"type": "date"}


def read_once(*fields: Any) -> None:
    """Else a page that asks whether there is anything to choose, and then shows it, asks the
    database each time. Not with list(), which has them counted first."""
    for field in fields:
        field.choices = [*map(tuple, field.choices)]


class AnswerFilter(forms.Form):
    """Narrows the list of answers; a value that does not exist is left out."""

    q = forms.CharField(required=False, max_length=1000, label="Question or words")
    state = forms.ChoiceField(
        required=False, label="Freshness",
        choices=[("", "Any"), ("usable", "May be used"), *freshness.WORDS.items()],
    )  # fmt: skip
    owner = forms.ChoiceField(required=False)
    collection = forms.ModelChoiceField(
        Collection.objects.none(), required=False, empty_label="All collections"
    )
    tag = forms.ModelChoiceField(Tag.objects.all(), required=False, empty_label="All tags")
    uses = forms.ChoiceField(
        required=False, label="Use",
        choices=[("", "Any"), ("unused", "Never used"), ("used", "Used")],
    )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["q"].widget = forms.TextInput(attrs={"type": "search", "data-search": True})
        self.fields["collection"].queryset = Collection.objects.for_user(user)  # type: ignore[attr-defined]
        others = listing.owners(user).exclude(pk=user.pk)[:200]
        people = [(str(one.pk), person(one)) for one in others]
        self.fields["owner"].choices = [  # type: ignore[attr-defined]
            ("", "Anybody"), ("me", "Mine"), ("none", "Nobody"), *people,
        ]  # fmt: skip
        for name in self.fields.keys() - {"q"}:
            self.fields[name].widget.attrs["data-autosubmit"] = True
        read_once(self.fields["collection"], self.fields["tag"])

    @property
    def is_used(self) -> bool:
        self.is_valid()
        return any(self.cleaned_data.values())

    @property
    def query(self) -> str:
        self.is_valid()
        return str(self.cleaned_data.get("q") or "")

    def narrow(self, answers: LibraryAnswerQuerySet) -> LibraryAnswerQuerySet:
        """Without the words of `q`, which listing.search looks for."""
        self.is_valid()
        chosen, today = self.cleaned_data, timezone.localdate()
        if chosen.get("collection"):
            answers = answers.filter(document__collections=chosen["collection"])
        if chosen.get("tag"):
            answers = answers.filter(document__tags=chosen["tag"])
        if owner := chosen.get("owner"):
            whose = {"me": self.user.pk, "none": None}.get(owner, owner)
            answers = answers.filter(document__owner=whose)
        if uses := chosen.get("uses"):
            used = LibraryAnswer.objects.filter(uses__isnull=False).values("pk")
            only = Q(pk__in=used)
            answers = answers.filter(only if uses == "used" else ~only)
        if state := chosen.get("state"):
            usable = state == "usable"
            answers = answers.usable(today) if usable else listing.in_state(answers, state, today)
        return answers


class AnswerForm(forms.Form):
    """A question with its answer, and what is known beside the words."""

    question = forms.CharField(
        widget=forms.Textarea({"rows": 2, "autofocus": True}), strip=False,
        help_text="As a buyer would ask it.",
    )  # fmt: skip
    choice = forms.CharField(
        required=False, label="Choice", help_text="Yes, No, … where one fits.",
    )  # fmt: skip
    text = forms.CharField(
        required=False, label="Answer", strip=False, widget=forms.Textarea({"rows": 8})
    )
    variants = forms.CharField(
        required=False, label="Also asked as", widget=forms.Textarea({"rows": 3}), strip=False,
        help_text="Other wordings of the question, one per line. They find the answer too.",
    )  # fmt: skip
    owner = PersonField(None, required=False, empty_label="Nobody")
    valid_until = forms.DateField(
        required=False, widget=forms.DateInput(DATE, "%Y-%m-%d"),
        help_text="From the next day on it is not used any more. Its owner is reminded before.",
    )  # fmt: skip
    collections = forms.ModelMultipleChoiceField(
        Collection.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    tags = forms.ModelMultipleChoiceField(
        Tag.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=0)

    def __init__(
        self, *args: Any, user: Any, answer: LibraryAnswer | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        # Who has left since may stay the owner: saving the words must not take it from them.
        owner = answer.document.owner_id if answer else None
        people = active_people() | get_user_model().objects.filter(pk=owner or 0)
        self.fields["owner"].queryset = people.order_by("username")  # type: ignore[attr-defined]
        groups = Collection.objects.for_user(user)
        self.fields["collections"].queryset = groups  # type: ignore[attr-defined]
        for name, rows in (("collections", groups), ("tags", Tag.objects.all())):
            if not rows.exists():
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            self.content = content_of(
                given.get("question", ""), given.get("text", ""), given.get("choice", ""),
                given.get("variants", "").splitlines(),
            )  # fmt: skip
        except AnswerRefused as refusal:
            if not self.errors:
                self.add_error("question" if "question" in str(refusal) else "text", str(refusal))
        return given

    content: Content

    def details(self, origin: str = "") -> Details:
        given = self.cleaned_data
        return Details(
            owner=given.get("owner"), valid_until=given.get("valid_until"), origin=origin,
            collections=list(given.get("collections") or ()), tags=list(given.get("tags") or ()),
        )  # fmt: skip


def initial_of(answer: LibraryAnswer, user: Any) -> dict[str, Any]:
    """What the form shows of an answer."""
    content, document = content_now(answer), answer.document
    return {
        "question": content.question, "text": content.text, "choice": content.choice,
        "variants": "\n".join(content.variants), "version": answer.version,
        "owner": document.owner_id, "valid_until": answer.valid_until,
        "collections": [c.pk for c in document.collections.all()],
        "tags": [t.pk for t in document.tags.all()],
    }  # fmt: skip


def a_year_from(today: date) -> date:
    return today + VALID_FOR


class AnswerBulkForm(forms.Form):
    """What is to be done to the chosen answers; each action reads the field that it needs."""

    action = forms.ChoiceField(
        label="With those ticked",
        choices=[
            ("approve", "Approve"), ("valid", "Set valid until"), ("owner", "Set owner"),
            ("tag", "Add tag"), ("untag", "Remove tag"), ("collection", "Put into collection"),
            ("uncollect", "Take out of collection"), ("retire", "Retire"),
        ],
    )  # fmt: skip
    owner = PersonField(None, required=False, empty_label="Owner…")
    valid_until = forms.DateField(
        required=False, label="Valid until", widget=forms.DateInput(DATE, "%Y-%m-%d")
    )
    tag = forms.ModelChoiceField(Tag.objects.all(), required=False, empty_label="Tag…")
    collection = forms.ModelChoiceField(
        Collection.objects.none(), required=False, empty_label="Collection…"
    )

    def __init__(
        self, *args: Any, user: Any, like: AnswerFilter | None = None, **kwargs: Any
    ) -> None:
        """`like` is the filter of the same page: it has read what there is to choose."""
        kwargs["auto_id"] = "bulk_%s"
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = active_people()  # type: ignore[attr-defined]
        self.fields["collection"].queryset = Collection.objects.for_user(user)  # type: ignore[attr-defined]
        for name in ("tag", "collection") if like else ():
            field: Any = self.fields[name]
            known: Any = like.fields[name] if like else None
            field.choices = [("", field.empty_label), *known.choices[1:]]
        for field in self.fields.values():
            field.widget.attrs["form"] = "bulk"


class AnswerImportForm(forms.Form):
    file = forms.FileField(
        label="Sheet", widget=forms.FileInput({"accept": ".xlsx,.csv"}),
        error_messages={"required": "Choose an .xlsx or .csv file.",
                        "empty": "This file is empty. Choose another one."},
    )  # fmt: skip
    approve = forms.BooleanField(
        required=False, label="I approve these answers",
        help_text="Without it they wait for approval, and are not used until then.",
    )  # fmt: skip
    valid_until = forms.DateField(
        required=False, widget=forms.DateInput(DATE, "%Y-%m-%d"),
        help_text="For the rows that do not say it themselves.",
    )  # fmt: skip
    collections = AnswerForm.base_fields["collections"]
    tags = AnswerForm.base_fields["tags"]

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["collections"].queryset = Collection.objects.for_user(user)  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.MAX_UPLOAD_BYTES:
            limit = settings.MAX_UPLOAD_BYTES // 2**20
            raise forms.ValidationError(f"This file is larger than {limit} MB. Split it, please.")
        return file

    def details(self, user: Any) -> Details:
        given = self.cleaned_data
        return Details(
            owner=user, valid_until=given["valid_until"],
            collections=list(given["collections"]), tags=list(given["tags"]),
        )  # fmt: skip
