"""Forms of RFPs and answers."""

from pathlib import PurePath
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File

from llm_manager.models import LLMModel, ModelKind
from rfp_manager.describing import known_about
from rfp_manager.editing import MAX_CHARACTERS
from rfp_manager.importing.pasted import as_file
from rfp_manager.models import RFP, Answer, Question, UnsavedEdit
from solution_library.describing import digest_of_state
from solution_library.models import Collection, Tag
from solution_library.widgets import PlainSelect

NO_QUESTIONNAIRE = (
    "Choose the buyer’s questionnaire: an Excel, Word, PDF, CSV or text file. Or paste its "
    "questions."
)
MAX_PASTED = 500_000  # characters
NO_COMMENT_COLUMN = "The buyer’s file has no column for comments: this stays inside Spelunker."


class RFPForm(forms.Form):
    """What is known about an RFP, and which part of the library may answer it."""

    name = forms.CharField(
        label="Name", required=False, max_length=200, help_text="Empty: the file’s name."
    )
    customer = forms.CharField(label="Customer", required=False, max_length=200)
    due_date = forms.DateField(
        label="Due date", required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    instructions = forms.CharField(
        label="Instructions",
        required=False,
        max_length=10_000,
        widget=forms.Textarea({"rows": 4}),
        help_text="Tone, length and wording that the drafts should keep to.",
    )
    collections = forms.ModelMultipleChoiceField(
        label="Answer only from",
        queryset=Collection.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose none to let the whole library answer.",
    )
    tags = forms.ModelMultipleChoiceField(
        label="Only from documents about",
        queryset=Tag.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="A document with one of them is enough. Choose none for no limit.",
    )
    only_approved = forms.BooleanField(
        label="Only from approved documents",
        required=False,
        help_text="Otherwise all may answer that are neither rejected nor archived.",
    )
    approval_required = forms.BooleanField(
        label="Only approved answers leave in an export", required=False
    )
    four_eyes = forms.BooleanField(
        label="Whoever wrote an answer does not approve it",
        required=False,
        help_text="Four eyes: what you wrote or changed, somebody else approves. Drafts that "
        "nobody has changed need no second person.",
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["four_eyes"].initial = settings.RFP_FOUR_EYES
        collections = self.fields["collections"]
        assert isinstance(collections, forms.ModelMultipleChoiceField)
        collections.queryset = Collection.objects.for_user(user)


class NewRFPForm(RFPForm):
    """A questionnaire file with what is known about the RFP; the name defaults to the file's."""

    #: The file given can be read, but asks nothing: a person may know better.
    can_keep_anyway = False

    file = forms.FileField(
        label="Questionnaire",
        required=False,
        error_messages={"empty": "This file is empty. Choose the buyer’s questionnaire again."},
    )
    pasted = forms.CharField(
        label="Or paste the questions",
        required=False,
        max_length=MAX_PASTED,
        strip=False,
        widget=forms.Textarea({"rows": 5}),
        help_text="One question on each line, numbered or not; or cells copied from a spreadsheet.",
    )
    #: The field that the questionnaire came from, for what is wrong with it.
    source = "file"

    def clean_file(self) -> File[bytes] | None:
        file: File[bytes] | None = self.cleaned_data["file"]
        if file is not None and (file.size or 0) > settings.MAX_UPLOAD_BYTES:
            limit = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
            raise ValidationError(
                f"This file is larger than {limit} MB. Remove pictures and unused sheets from it."
            )
        return file

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        pasted = str(data.pop("pasted", "") or "")
        if pasted.strip() and data.get("file"):
            self.add_error("pasted", "Choose a file or paste the questions, not both.")
        elif pasted.strip():
            self.source, data["file"] = "pasted", _pasted_file(pasted)
        elif not data.get("file") and not self.errors:
            self.add_error("file", NO_QUESTIONNAIRE)
        file = data.get("file")
        if file is not None and not data.get("name"):
            data["name"] = name_of_file(file.name or "")
        return data


def _pasted_file(text: str) -> File[bytes]:
    name, content = as_file(text)
    return ContentFile(content, name=name)


class EditRFPForm(RFPForm):
    """An RFP that is there already; `seen` says which state of it was on the page."""

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: Any, rfp: RFP, **kwargs: Any) -> None:
        known = known_about(rfp)
        initial = known | {"seen": digest_of_state(known)}
        super().__init__(*args, user=user, **{**kwargs, "initial": initial})
        name = self.fields["name"]
        name.required, name.help_text = True, ""
        name.error_messages["required"] = "Give the RFP a name."

    def clean_instructions(self) -> str:
        return _one_kind_of_line_end(self.cleaned_data["instructions"])


def name_of_file(filename: str) -> str:
    """A readable name for an RFP whose file is called `filename`."""
    stem = PurePath(filename.replace("\\", "/")).stem.replace("_", " ")
    kept = "".join(sign for sign in stem if sign.isprintable()).strip()
    return kept[:200] or "Questionnaire"


class AnswerForm(forms.Form):
    """A person's words for one answer, and the version that they were written upon."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    choice = forms.ChoiceField(label="Choice", required=False)
    text = forms.CharField(
        label="Answer",
        required=False,
        max_length=MAX_CHARACTERS,
        strip=False,
        widget=forms.Textarea({"rows": 6, "data-key": "e", "data-key-label": "Edit the answer"}),
    )
    comment = forms.CharField(
        label="Comment",
        required=False,
        max_length=MAX_CHARACTERS,
        strip=False,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not question.allowed_choices:
            del self.fields["choice"]
        else:
            self._offer([str(choice) for choice in question.allowed_choices])
        if question.comment_column is None:
            self.fields["comment"].help_text = NO_COMMENT_COLUMN

    def _offer(self, choices: list[str]) -> None:
        """The buyer's choices, and the present one where it is not among them."""
        present = str(self.initial.get("choice") or "")
        if present and present not in choices:
            choices = [*choices, present]
        offered = [("", "No choice yet"), *((choice, choice) for choice in choices)]
        self.fields["choice"] = forms.ChoiceField(label="Choice", required=False, choices=offered)

    def clean_text(self) -> str:
        return _one_kind_of_line_end(self.cleaned_data["text"])

    def clean_comment(self) -> str:
        return _one_kind_of_line_end(self.cleaned_data["comment"])


def _one_kind_of_line_end(text: str) -> str:
    """Browsers send CRLF; stored that way, every line would look changed in the history."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def answer_form(
    question: Question,
    answer: Answer | None,
    data: Any = None,
    *,
    unsaved: UnsavedEdit | None = None,
) -> AnswerForm:
    """The form as it stands for an answer; version 0 means that there is none yet. What the
    person has typed before and not saved goes before the answer."""
    initial = {"version": 0}
    if answer is not None:
        initial |= {name: getattr(answer, name) for name in ("version", *_TYPED)}
    if unsaved is not None:
        initial |= {name: getattr(unsaved, name) for name in _TYPED}
        initial["version"] = unsaved.base_version
    return AnswerForm(data, question=question, initial=initial)


_TYPED = ("choice", "text", "comment")


class DraftForm(forms.Form):
    """How a responder batch is started."""

    model = forms.ModelChoiceField(
        queryset=LLMModel.objects.usable().filter(kind=ModelKind.CHAT), required=False
    )
    everything = forms.BooleanField(required=False)
    #: What the person was told that it takes (estimating.signed).
    estimate = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)


class AssignForm(forms.Form):
    """Who is to look after the chosen questions, and until when."""

    # It lies in the same form as the other bulk actions, which must not ask for it.
    use_required_attribute = False

    assignee = forms.ModelChoiceField(
        label="Assign to",
        queryset=get_user_model().objects.none(),
        widget=PlainSelect,
        error_messages={"required": "Choose somebody to assign the questions to."},
    )
    due_date = forms.DateField(
        label="Due", required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    note = forms.CharField(label="Note", required=False, max_length=2000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assignee = self.fields["assignee"]
        assert isinstance(assignee, forms.ModelChoiceField)
        people = get_user_model().objects.filter(is_active=True).order_by("username")
        assignee.queryset = people
        # By itself the field reads whole people through a cursor: four trips to the database.
        names = people.values_list("pk", "username")
        assignee.choices = lambda: [("", assignee.empty_label), *names]
