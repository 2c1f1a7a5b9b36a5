"""Filters of the lists of jobs, and what people choose to be told."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from jobs.models import Job, JobQuerySet, Status
from jobs.queues import QUEUES
from jobs.watching import HOUSEKEEPING
from jobs.words import kind_words

RANGE = "range"
#: How many days back, counted from today.
PERIODS = {"today": 0, "7": 6, "30": 29}
PERIOD_WORDS = {
    "today": "Today", "7": "Last 7 days", "30": "Last 30 days", RANGE: "From … to …",
}  # fmt: skip
UNFINISHED = "unfinished"
SENSIBLE_DAYS = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31)))
#: Above it a number is no id of a job.
MAX_ID = 2**63 - 1


class JobFilter(forms.Form):
    """Narrows the list of jobs; a value that does not exist is left out."""

    q = forms.CharField(required=False, max_length=200, label="Search")
    kind = forms.ChoiceField(required=False)
    status = forms.ChoiceField(required=False)
    person = forms.ChoiceField(required=False)
    queue = forms.ChoiceField(required=False)
    since = forms.ChoiceField(required=False, label="Asked for")
    first = forms.DateField(required=False, label="From")
    last = forms.DateField(required=False, label="To")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        statuses = [(UNFINISHED, "Unfinished"), *Status.choices]
        self._choose("kind", "All kinds", kind_choices(user))
        self._choose("status", "Any status", statuses)
        self._choose("since", "At any time", list(PERIOD_WORDS.items()))
        self._choose_for_staff()
        self._choose_days()
        search = {"type": "search", "data-search": True, "placeholder": "Words of the title"}
        self.fields["q"].widget.attrs.update(search)

    def _choose(self, name: str, everything: str, choices: list[tuple[str, str]]) -> None:
        label = self.fields[name].label
        field = forms.ChoiceField(choices=[("", everything), *choices], required=False, label=label)
        field.widget.attrs["data-autosubmit"] = True
        self.fields[name] = field

    def _choose_for_staff(self) -> None:
        """Only staff see the jobs of others, and know of queues."""
        if self.user.is_staff:
            self._choose("person", "Everybody", self._people())
            self._choose("queue", "All queues", [(queue, queue.capitalize()) for queue in QUEUES])
        else:
            del self.fields["person"], self.fields["queue"]

    def _people(self) -> list[tuple[str, str]]:
        started = Job.objects.filter(started_by=OuterRef("pk"))
        others = get_user_model().objects.filter(Exists(started)).exclude(pk=self.user.pk)
        named = others.order_by("username").values_list("pk", "username")[:200]
        return [("me", "Me"), ("system", "The system"), *((str(pk), name) for pk, name in named)]

    def _choose_days(self) -> None:
        days = {"first": "From", "last": "To"}
        asked = self.data.get("since") == RANGE or any(self.data.get(name) for name in days)
        for name, label in days.items():
            if asked:
                widget = forms.DateInput(attrs={"type": "date"})
                self.fields[name] = forms.DateField(
                    required=False, label=label, widget=widget, validators=SENSIBLE_DAYS
                )
            else:
                del self.fields[name]

    @property
    def is_used(self) -> bool:
        return self.is_valid() and any(self.cleaned_data.values())

    def narrow(self, jobs: JobQuerySet) -> JobQuerySet:
        """The jobs that fit. Housekeeping is among them only when its kind is asked for."""
        self.is_valid()
        for narrowed in (self._by_kind, self._by_queue, self._by_words, self._by_days,
                         self._by_status, self._by_person):  # fmt: skip
            jobs = narrowed(jobs)
        return jobs

    def _by_kind(self, jobs: JobQuerySet) -> JobQuerySet:
        kind = self.cleaned_data.get("kind")
        if kind in HOUSEKEEPING:
            return jobs.filter(task_name=kind)
        people = jobs.exclude(task_name__in=HOUSEKEEPING)
        return people.filter(kind=kind) if kind else people

    def _by_queue(self, jobs: JobQuerySet) -> JobQuerySet:
        queue = self.cleaned_data.get("queue")
        return jobs.filter(queue=queue) if queue else jobs

    def _by_words(self, jobs: JobQuerySet) -> JobQuerySet:
        words = self.cleaned_data.get("q") or ""
        fits = Q(title__icontains=words)
        number = words.removeprefix("#")
        if number.isascii() and number.isdecimal() and int(number) <= MAX_ID:
            fits |= Q(pk=int(number))
        return jobs.filter(fits) if words else jobs

    def _by_days(self, jobs: JobQuerySet) -> JobQuerySet:
        first, last = self._days()
        if first:
            jobs = jobs.filter(created_at__gte=_midnight(first))
        return jobs.filter(created_at__lt=_midnight(last + timedelta(1))) if last else jobs

    def _days(self) -> tuple[date | None, date | None]:
        since = self.cleaned_data.get("since")
        if since in PERIODS:
            return timezone.localdate() - timedelta(days=PERIODS[since]), None
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        return (last, first) if first and last and last < first else (first, last)

    def _by_status(self, jobs: JobQuerySet) -> JobQuerySet:
        status = self.cleaned_data.get("status")
        if status == UNFINISHED:
            return jobs.active()
        return jobs.filter(status=status) if status else jobs

    def _by_person(self, jobs: JobQuerySet) -> JobQuerySet:
        person = self.cleaned_data.get("person")
        if not person:
            return jobs
        starter = {"me": self.user.pk, "system": None}.get(person, person)
        return jobs.filter(started_by=starter)


def kind_choices(user: Any) -> list[tuple[str, str]]:
    """The kinds of work there are; housekeeping for staff only."""
    models = [model for model in apps.get_models() if issubclass(model, Job)]
    kinds = sorted((kind_words(model._meta.label), model._meta.label) for model in models)
    known = [(label, words) for words, label in kinds]
    return [*known, *HOUSEKEEPING.items()] if user.is_staff else known


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
