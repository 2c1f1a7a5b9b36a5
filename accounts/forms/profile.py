"""What people say about themselves, and the tokens they make."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from accounts.formats import DATE_CHOICES, NUMBER_CHOICES, zone
from accounts.models import Profile
from accounts.models.token import LONGEST
from accounts.scopes import Scope


@lru_cache(maxsize=1)
def zone_choices() -> list[tuple[str, str]]:
    """Places, as this machine knows them; no abbreviations, and no zones for machines only."""
    places = sorted(name for name in available_timezones() if _is_place(name))
    return [(name, name.replace("_", " ")) for name in ["UTC", *places]]


def _is_place(name: str) -> bool:
    region, _, rest = name.partition("/")
    return bool(rest) and region not in ("Etc", "SystemV", "posix", "right", "US", "Canada")


class ProfileForm(forms.ModelForm[User]):
    """A person's name, and how they want to read dates and numbers."""

    time_zone = forms.ChoiceField(required=False)
    date_format = forms.ChoiceField(required=False, choices=DATE_CHOICES, label="Dates and times")
    number_format = forms.ChoiceField(required=False, choices=NUMBER_CHOICES, label="Numbers")

    class Meta:
        model = get_user_model()
        fields = ("first_name", "last_name")

    def __init__(self, *args: Any, profile: Profile, **kwargs: Any) -> None:
        self.profile = profile
        mine = {name: getattr(profile, name) for name in OWN}
        super().__init__(*args, **(kwargs | {"initial": mine}))
        server = f"The server’s ({timezone.get_default_timezone_name()})"
        choices: list[tuple[str, str]] = [("", server), *zone_choices()]
        if zone(profile.time_zone) and profile.time_zone not in dict(choices):
            choices.append((profile.time_zone, profile.time_zone))
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def save(self, commit: bool = True) -> Any:
        with transaction.atomic():
            user = self.instance
            user.save(update_fields=["first_name", "last_name"])
            for name in OWN:
                setattr(self.profile, name, self.cleaned_data[name])
            self.profile.save(update_fields=list(OWN))
        return user


OWN = ("time_zone", "date_format", "number_format")


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(max_length=100, help_text="What it is for, e.g. the nightly import.")
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, widget=forms.CheckboxSelectMultiple, label="It is good for"
    )
    last_day = forms.DateField(
        label="Its last day", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="A year from now at most.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        self.fields["last_day"].initial = today + timedelta(days=90)
        self.fields["last_day"].widget.attrs |= {"min": today, "max": today + timedelta(days=365)}

    def clean_last_day(self) -> date:
        day: date = self.cleaned_data["last_day"]
        if not timezone.localdate() <= day <= timezone.localdate() + timedelta(days=365):
            raise forms.ValidationError("Choose a day from today on, a year from now at most.")
        return day

    def expires_at(self) -> datetime:
        """The end of its last day, where the person is."""
        end = timezone.make_aware(datetime.combine(self.cleaned_data["last_day"], time.max))
        return min(end, timezone.now() + LONGEST)
