"""The filter of the usage page, and the form of a budget."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone

from llm_manager.models import Budget, LLMModel, LLMUsage, Outcome
from llm_manager.subjects import choices, subjects

OWN = "range"
PERIODS = (
    ("month", "This month"), ("last", "Last month"), ("7", "Last 7 days"), ("30", "Last 30 days"),
    ("90", "Last 90 days"), ("365", "Last 365 days"), (OWN, "From … to …"),
)  # fmt: skip
USUAL_PERIOD = "30"
SENSIBLE_DAYS = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31)))
#: So many purposes, outcomes and subjects are told apart in the filters.
MOST_CHOICES = 200
FAILED = "failed"


@dataclass(frozen=True)
class Days:
    """A span of whole days, both ends included, in the installation's time zone."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.first, time.min))

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return timezone.make_aware(datetime.combine(self.last + timedelta(days=1), time.min))

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1


class UsageFilter(forms.Form):
    """Which calls the usage page tells of. A value that does not exist is left out."""

    period = forms.ChoiceField(choices=PERIODS, required=False, label="Period")
    first = forms.DateField(required=False, label="From", validators=SENSIBLE_DAYS)
    last = forms.DateField(required=False, label="To", validators=SENSIBLE_DAYS)
    model = forms.ChoiceField(required=False, label="Model")
    subject = forms.ChoiceField(required=False, label="For")
    person = forms.ChoiceField(required=False, label="Person")
    purpose = forms.ChoiceField(required=False, label="Purpose")
    outcome = forms.ChoiceField(required=False, label="Outcome")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("period", USUAL_PERIOD)
        listed = [(str(model.pk), str(model)) for model in LLMModel.objects.all()[:MOST_CHOICES]]
        self._choose("model", "All models", listed)
        self._choose("subject", "Everything", self._with_chosen(choices(user), user))
        self._choose("purpose", "All purposes", _purposes())
        self._choose("outcome", "Any outcome", OUTCOMES)
        if user.is_staff:
            self._choose("person", "Everybody", _people())
        else:
            del self.fields["person"]
        for name in ("first", "last"):
            if self.data.get("period") == OWN or self.data.get(name):
                self.fields[name].widget = forms.DateInput(attrs={"type": "date"})
            else:
                del self.fields[name]

    def _choose(self, name: str, everything: str, offered: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", everything), *offered]

    def _with_chosen(self, offered: list[tuple[str, str]], user: Any) -> list[tuple[str, str]]:
        """An older subject that a link of the page names is offered, too."""
        chosen = str(self.data.get("subject") or "")[:60]
        if not chosen or any(key == chosen for key, _ in offered):
            return offered
        return [*offered, (chosen, subjects([chosen], user)[chosen].name)]

    def chosen(self, name: str) -> Any:
        self.is_valid()
        return self.cleaned_data.get(name) or None

    @property
    def is_used(self) -> bool:
        return self.is_valid() and any(self.cleaned_data.values())

    @property
    def days(self) -> Days:
        today = timezone.localdate()
        period = self.chosen("period") or USUAL_PERIOD
        if period == OWN or self.chosen("first") or self.chosen("last"):
            return self._own_days(today)
        if period == "month":
            return Days(today.replace(day=1), today)
        if period == "last":
            last = today.replace(day=1) - timedelta(days=1)
            return Days(last.replace(day=1), last)
        return Days(today - timedelta(days=int(period) - 1), today)

    def _own_days(self, today: date) -> Days:
        last = self.chosen("last") or today
        first = self.chosen("first") or last - timedelta(days=int(USUAL_PERIOD) - 1)
        return Days(min(first, last), max(first, last))


OUTCOMES = [
    (Outcome.OK.value, "Answered"), (FAILED, "Failed"), (Outcome.STARTED.value, "Under way"),
    (Outcome.LOST.value, "Interrupted"),
]  # fmt: skip


def _purposes() -> list[tuple[str, str]]:
    """Those of the newest calls; all of them would mean to read the whole table."""
    newest = LLMUsage.objects.order_by("-id").values_list("purpose", flat=True)[:2000]
    return [(name, name.replace("_", " ").capitalize()) for name in sorted(set(newest))]


def _people() -> list[tuple[str, str]]:
    named = get_user_model().objects.order_by("username").values_list("pk", "username")
    return [(str(pk), name) for pk, name in named[:MOST_CHOICES]]


class BudgetForm(forms.ModelForm[Budget]):
    """Everything about a budget."""

    subject = forms.ChoiceField(required=False, label="Only work on")

    class Meta:
        model = Budget
        fields = ("name", "limit", "period", "user", "subject")

    def __init__(self, *args: Any, viewer: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["subject"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Everything"), *self._subjects(viewer)]
        people = self.fields["user"]
        assert isinstance(people, forms.ModelChoiceField)
        people.queryset = get_user_model().objects.filter(is_active=True).order_by("username")
        people.empty_label = "Everybody"
        self.fields["limit"].label = "Limit in US dollars"
        self.fields["limit"].help_text = people.help_text = ""

    def _subjects(self, viewer: Any) -> list[tuple[str, str]]:
        offered, present = choices(viewer), self.instance.subject
        if not present or any(key == present for key, _ in offered):
            return offered
        return [*offered, (present, subjects([present], viewer)[present].name)]
