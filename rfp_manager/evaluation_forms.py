"""Forms of evaluations, question sets and prompts."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from llm_manager.prompts import MAX_GUIDANCE
from rfp_manager.evaluating.candidates import groups
from rfp_manager.evaluating.reading import MAX_BYTES
from rfp_manager.models import RFP, QuestionSet


class NewEvaluationForm(forms.Form):
    """What is to be tried, and on which questions."""

    question_set = forms.ModelChoiceField(
        label="Questions",
        queryset=QuestionSet.objects.none(),
        empty_label="Choose a question set",
        error_messages={"required": "Choose the questions to ask."},
    )
    candidate = forms.ChoiceField(
        label="Candidate",
        help_text="It is compared with the present default of its kind; all else stays the same.",
        error_messages={
            "required": "Choose what is to be tried.",
            "invalid_choice": "This can not be tried (any more). Choose another candidate.",
        },
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [("", "Choose a candidate"), *groups()]
        self.fields["candidate"].choices = offered  # type: ignore[attr-defined]
        sets: Any = self.fields["question_set"]
        sets.queryset = QuestionSet.objects.for_user(user)


class NewSetForm(forms.Form):
    """Questions of an RFP, or from a file."""

    rfp = forms.ModelChoiceField(
        label="From an RFP",
        queryset=RFP.objects.none(),
        required=False,
        empty_label="No RFP: a file",
        help_text="Answers that people approved or wrote are the reference; what approved answers "
        "cite are the documents that search should find.",
    )
    file = forms.FileField(
        label="From a file",
        required=False,
        help_text="CSV, JSON or JSON lines with a column “question”; “reference answer”, “relevant "
        "documents” (paths or titles), “choices” and “correct choice” may stand beside it.",
        widget=forms.ClearableFileInput({"accept": ".csv,.tsv,.txt,.json,.jsonl,.ndjson"}),
        error_messages={"empty": "This file is empty. Choose another."},
    )
    name = forms.CharField(
        label="Name", required=False, max_length=200, help_text="Empty: that of the RFP or file."
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rfps: Any = self.fields["rfp"]
        rfps.queryset = RFP.objects.for_user(user)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        file = data.get("file")
        if not self.errors and bool(file) == bool(data.get("rfp")):
            raise ValidationError("Choose either an RFP or a file.")
        if file and (file.size or 0) > MAX_BYTES:
            self.add_error("file", f"This file is larger than {MAX_BYTES // 2**20} MB.")
        return data


class PromptForm(forms.Form):
    """Words of the installation's own on how questions are to be answered."""

    name = forms.CharField(label="Name", max_length=100, help_text="Such as “Terse”.")
    text = forms.CharField(
        label="Prompt",
        max_length=MAX_GUIDANCE,
        widget=forms.Textarea({"rows": 10}),
        help_text="The rules on passages and citations are added below it, always.",
    )

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n").strip()
