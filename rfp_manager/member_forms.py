"""Forms of the page that says with whom an RFP is shared."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model

from accounts.roles import Role
from rfp_manager.membership import addable
from rfp_manager.models import MEMBER_ROLES, RFP

WHAT = {
    Role.READER: "reads everything in it, changes nothing",
    Role.CONTRIBUTOR: "writes answers, starts drafting and exports",
    Role.REVIEWER: "also approves answers and marks it as submitted",
    Role.MANAGER: "also changes the RFP and decides who is in it",
}


def role_choices() -> list[tuple[str, str]]:
    return [(role.value, f"{role.label}: {WHAT[role]}") for role in MEMBER_ROLES]


class AddMemberForm(forms.Form):
    person = forms.ModelChoiceField(
        label="Person",
        empty_label="Choose somebody",
        queryset=get_user_model().objects.none(),
        error_messages={
            "required": "Choose somebody to share it with.",
            "invalid_choice": "Choose somebody of the list. Members are changed below.",
        },
    )
    role = forms.ChoiceField(
        label="Role", choices=role_choices, initial=Role.CONTRIBUTOR.value,
        widget=forms.RadioSelect,
    )  # fmt: skip

    def __init__(self, *args: Any, rfp: RFP, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields["person"]
        assert isinstance(person, forms.ModelChoiceField)
        person.queryset = addable(rfp)


class RoleForm(forms.Form):
    """One in each row of the list, so its field has no id of its own."""

    role = forms.ChoiceField(choices=[(role.value, role.label) for role in MEMBER_ROLES])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": False, **kwargs})
