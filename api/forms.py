"""What people type about webhooks."""

from typing import Any

from django import forms

from api.models import LONGEST_URL, Event
from api.webhooks.managing import Wish, job_kinds


class WebhookForm(forms.Form):
    """The rest of the rules is in api.webhooks.managing, which programs meet as well."""

    name = forms.CharField(max_length=100, help_text="For you to know it by.")
    url = forms.CharField(
        max_length=LONGEST_URL, label="Address",
        help_text="Where your program takes messages; begins with https://.",
        widget=forms.TextInput({"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    events = forms.MultipleChoiceField(
        choices=Event.choices, label="Tell it when", widget=forms.CheckboxSelectMultiple
    )
    kinds = forms.MultipleChoiceField(
        required=False, label="Only these kinds of jobs", help_text="None chosen: all of them.",
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    others_too = forms.BooleanField(
        required=False, label="Also work that others started and I may see"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = self.fields["kinds"]
        assert isinstance(kinds, forms.MultipleChoiceField)
        kinds.choices = [(label, words) for label, words in job_kinds().items()]

    def wish(self) -> Wish:
        """Of a valid form."""
        given = self.cleaned_data
        return Wish(given["name"], given["url"], tuple(given["events"]), tuple(given["kinds"]),
                    given["others_too"])  # fmt: skip
