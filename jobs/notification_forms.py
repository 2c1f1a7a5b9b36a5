"""The form that asks people what they want to be told, and how."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms

from jobs.models import GROUPS, Event, EventChoice
from jobs.notifying import can_email

CHANNELS = {"in_app": "In the app", "by_email": "By e-mail"}


@dataclass(frozen=True)
class Line:
    """One event, with a box for each channel."""

    event: Event
    boxes: list[forms.BoundField]


class EventChoicesForm(forms.Form):
    """A box for each event and channel. What cannot be had is shown with the reason."""

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.no_email = why_no_email(user)
        chosen = {row.event: row for row in EventChoice.objects.filter(user=user)}
        for event in Event:
            own = chosen.get(event, EventChoice())
            for channel, words in CHANNELS.items():
                self.fields[f"{event}-{channel}"] = forms.BooleanField(
                    required=False, label=f"{words}: {event.label}",
                    initial=getattr(own, channel),
                    disabled=channel == "by_email" and bool(self.no_email),
                    widget=forms.CheckboxInput({"class": "checkbox checkbox-sm"}),
                )  # fmt: skip

    def groups(self) -> Iterator[tuple[str, list[Line]]]:
        for title, events in GROUPS.items():
            yield title, [Line(e, [self[f"{e}-{channel}"] for channel in CHANNELS]) for e in events]

    def save(self) -> None:
        """By one statement, so that two clicks at once make one row of each."""
        rows = [
            EventChoice(
                user=self.user, event=event,
                **{channel: self.cleaned_data[f"{event}-{channel}"] for channel in CHANNELS},
            )
            for event in Event
        ]  # fmt: skip
        EventChoice.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["user", "event"], update_fields=[*CHANNELS]
        )


def why_no_email(user: Any) -> str:
    """Why no e-mail can be sent to this person; empty if one can."""
    if not can_email():
        return (
            "This installation has not been told how to send e-mail. "
            "Your administrator can set EMAIL_URL."
        )
    if not user.email:
        return "Your account has no e-mail address. Ask your administrator to add it."
    return ""
