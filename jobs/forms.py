"""Filters of the lists of jobs."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef
from django.utils import timezone

from jobs.models import Job, JobQuerySet, Status
from jobs.words import kind_words

PERIODS = {"1": "Last 24 hours", "7": "Last 7 days", "30": "Last 30 days"}
UNFINISHED = "unfinished"


class JobFilter(forms.Form):
    """Narrows the list of jobs; a value that does not exist is left out."""

    kind = forms.ChoiceField(required=False)
    status = forms.ChoiceField(required=False)
    person = forms.ChoiceField(required=False)
    since = forms.ChoiceField(required=False, label="Started")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        statuses = [(UNFINISHED, "Unfinished"), *Status.choices]
        self._choose("kind", "All kinds", kind_choices(user))
        self._choose("status", "Any status", statuses)
        self._choose("person", "Everybody", self._people())
        self._choose("since", "At any time", list(PERIODS.items()))

    def _choose(self, name: str, everything: str, choices: list[tuple[str, str]]) -> None:
        label = self.fields[name].label
        field = forms.ChoiceField(
            choices=[("", everything), *choices], required=False, label=label
        )
        field.widget.attrs["data-autosubmit"] = True
        self.fields[name] = field

    def _people(self) -> list[tuple[str, str]]:
        own = [("me", "Me"), ("system", "The system")]
        if not self.user.is_staff:
            return own
        started = Job.objects.filter(started_by=OuterRef("pk"))
        others = get_user_model().objects.filter(Exists(started)).exclude(pk=self.user.pk)
        people = others.order_by("username")[:200]
        return [*own, *((str(person.pk), person.get_username()) for person in people)]

    @property
    def is_used(self) -> bool:
        return self.is_valid() and any(self.cleaned_data.values())

    def narrow(self, jobs: JobQuerySet) -> JobQuerySet:
        self.is_valid()
        chosen = self.cleaned_data
        if chosen.get("kind"):
            jobs = jobs.filter(kind=chosen["kind"])
        if chosen.get("since"):
            start = timezone.now() - timedelta(days=int(chosen["since"]))
            jobs = jobs.filter(created_at__gte=start)
        return self._by_person(self._by_status(jobs))

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
    """The kinds that occur among the jobs that `user` may see."""
    kinds = Job.objects.for_user(user).order_by("kind").values_list("kind", flat=True).distinct()
    return [(kind, kind_words(kind)) for kind in kinds]
