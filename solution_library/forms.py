"""What people type into the pages of the indexes of vectors."""

from typing import Any

from django import forms

from llm_manager.models import LLMModel, ModelKind


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
