"""What somebody chooses before a sheet for an expert is made."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q

from rfp_manager.models import RFP
from rfp_manager.packets.making import MAX_NAME
from rfp_manager.people import name_of, people_of
from rfp_manager.standing import Standing

OPEN, THEIRS, ALL = "open", "theirs", "all"


class _Expert(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return name_of(obj)


class PacketForm(forms.Form):
    """Whom the sheet is for, and which questions it holds. Who may not see the whole RFP makes
    one of their own open questions only, and is asked nothing."""

    expert = _Expert(
        label="For",
        queryset=get_user_model().objects.none(),
        required=False,
        empty_label="Somebody without an account",
    )
    name = forms.CharField(
        label="Their name",
        required=False,
        max_length=MAX_NAME,
        help_text="For somebody without an account: you send them the sheet and bring it back.",
    )
    which = forms.ChoiceField(
        label="Questions",
        choices=[
            (OPEN, "All that are not approved yet"),
            (THEIRS, "Those assigned to this person"),
            (ALL, "All"),
        ],
        initial=OPEN,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, rfp: RFP, user: Any, is_whole: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user, self._is_whole = user, is_whole
        if not is_whole:
            self.fields.clear()
            return
        expert = self.fields["expert"]
        assert isinstance(expert, forms.ModelChoiceField)
        holding = Q(rfp_assignments__question__rfp=rfp, rfp_assignments__declined_at=None)
        known = Q(pk__in=people_of(rfp).order_by().values("pk")) | holding
        people = get_user_model().objects.filter(known, is_active=True)
        expert.queryset = people.order_by("username").distinct()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("which") == THEIRS and not cleaned.get("expert"):
            self.add_error("expert", "Choose the person whose questions you mean.")
        return cleaned

    @property
    def whom(self) -> dict[str, Any]:
        """As make_packet takes it."""
        if not self._is_whole:
            return {"expert": self._user}
        return {"expert": self.cleaned_data["expert"], "name": self.cleaned_data["name"]}

    def wants(self, question: Standing) -> bool:
        which = self.cleaned_data.get("which", OPEN)
        if which == THEIRS:
            return bool(question.assignee_id == self.cleaned_data["expert"].pk)
        return which == ALL or question.is_open
