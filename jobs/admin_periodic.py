"""Periodic tasks for administrators: what starts when, and “Run now”."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import OuterRef, QuerySet, Subquery, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Now
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django_celery_beat import admin as package_admin
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from jobs.beat import database_now
from jobs.errors import AlreadyRunning, JobError
from jobs.models import Job
from jobs.periodic import (
    SCHEDULE,
    BadSchedule,
    new_job,
    order_of,
    plan_anew,
    schedulable_names,
    start,
    turn_of,
)
from jobs.queues import QUEUES
from jobs.words import time_words

WHEN = ("interval", "crontab", "solar", "clocked", "start_time")
PRIORITIES = {
    1: "1 – before everything", 2: "2 – most urgent", 3: "3", 4: "4", 6: "6", 7: "7", 8: "8",
    9: "9 – when there is nothing else",
}  # fmt: skip


class PeriodicTaskForm(forms.ModelForm[PeriodicTask]):
    """Refuses at once what could only fail when its time comes."""

    task = forms.ChoiceField(help_text="What is to be done.")
    kwargs = forms.CharField(
        label="Arguments", required=False, initial="{}",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text='As a JSON object, for example {"source_id": 3}.',
    )  # fmt: skip
    queue = forms.ChoiceField(required=False, help_text="Only to overrule that of the task.")
    priority = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)

    class Meta:
        model = PeriodicTask
        fields = (
            "name", "task", "enabled", "description", "interval", "crontab", "solar", "clocked",
            "start_time", "one_off", "kwargs", "queue", "priority", "expires", "expire_seconds",
        )  # fmt: skip
        labels = {
            "expires": "Ends", "expire_seconds": "Of use for", "one_off": "Only once",
            "interval": "Every", "crontab": "At (crontab)", "solar": "At the sun's",
            "clocked": "Once at", "start_time": "Not before",
        }  # fmt: skip
        help_texts = {
            "expires": "From then on it does not start any more.",
            "expire_seconds": "Seconds. A job that no worker has begun by then is dropped.",
            "one_off": "It switches itself off when it has started.",
            "enabled": "", "interval": "", "crontab": "", "solar": "", "clocked": "",
            "name": "", "start_time": "", "description": "",
        }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = schedulable_names()
        if self.instance.task and self.instance.task not in names:
            names = [self.instance.task, *names]  # to be seen, and refused with the reason
        self._choose("task", [("", "---------"), *((name, name) for name in names)])
        self._choose("queue", [("", "That of the task"), *((name, name) for name in QUEUES)])
        self._choose("priority", [("", "5 – as usual"), *PRIORITIES.items()])

    def _choose(self, name: str, choices: list[tuple[Any, str]]) -> None:
        field = self.fields.get(name)
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def clean_kwargs(self) -> str:
        return str(self.cleaned_data["kwargs"]).strip() or "{}"

    def _post_clean(self) -> None:
        """After the row has its values: would it run?"""
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            order = order_of(self.instance, timezone.now())
            turn_of(self.instance, timezone.now())
            _refuse_unknown_rows(new_job(self.instance, order))
        except BadSchedule as error:
            self.add_error(None, str(error))
        except ValidationError as error:
            wrong = error.message_dict.items()
            self.add_error("kwargs", [f"{name}: {' '.join(words)}" for name, words in wrong])


def _refuse_unknown_rows(job: Job) -> None:
    """Raise ValidationError unless the ids among the arguments are those of existing rows."""
    of_every_job = [field.name for field in Job._meta.fields]
    job.clean_fields(exclude={*of_every_job, "job_ptr"})


class PeriodicTaskAdmin(admin.ModelAdmin[PeriodicTask]):
    form = PeriodicTaskForm
    change_list_template = "admin/change_list.html"
    change_form_template = "admin/jobs/periodic_task.html"
    list_display = ("name", "plan", "enabled", "next_start", "last_job", "run_now")
    list_filter = ("enabled", "task")
    list_select_related = ("interval", "crontab", "solar", "clocked")
    search_fields = ("name", "task", "description")
    ordering = ("name",)
    actions = ("run_selected", "enable", "disable")
    readonly_fields = ("crontab_words", "next_start", "last_job", "total_run_count")
    fieldsets = (
        (None, {"fields": ("name", "task", "kwargs", "enabled", "description")}),
        ("When", {"fields": (
            "interval", "crontab", "crontab_words", "solar", "clocked", "start_time", "expires",
            "one_off", "next_start",
        )}),
        ("How", {"fields": ("queue", "priority", "expire_seconds")}),
        ("So far", {"fields": ("last_job", "total_run_count")}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[PeriodicTask]:
        found: QuerySet[PeriodicTask] = (
            super().get_queryset(request).annotate(last_job_id=Subquery(_last_job("pk")))
        )
        return found

    # -- columns ---------------------------------------------------------------------------
    @admin.display(description="When")
    def plan(self, row: PeriodicTask) -> str:
        if row.crontab is not None:
            return str(row.crontab.human_readable)
        return capfirst(str(row.scheduler)) if row.scheduler else "–"

    @admin.display(description="In words")
    def crontab_words(self, row: PeriodicTask) -> str:
        return str(row.crontab.human_readable) if row.pk and row.crontab else "–"

    @admin.display(description="Next start")
    def next_start(self, row: PeriodicTask) -> str:
        if not row.pk or not row.enabled:
            return "–"
        now = database_now()
        try:
            turn = turn_of(row, now)
        except (JobError, ValueError) as error:
            return f"never: {error}"
        if turn.at is None:
            return "–"
        return "now" if turn.is_due else time_words(turn.at, now)

    @admin.display(description="Last job")
    def last_job(self, row: PeriodicTask) -> str | SafeString:
        job_id: int | None = getattr(row, "last_job_id", None)
        job = Job.objects.filter(pk=job_id).first() if job_id else None
        if job is None:
            return "–"
        when = time_words(job.created_at, timezone.now())
        link = format_html('<a href="{}">{}</a>', job.get_absolute_url(), job.get_status_display())
        return format_html("{}, {}", link, when)

    @admin.display(description="")
    def run_now(self, row: PeriodicTask) -> SafeString:
        """A button of the list's own form, so that it posts with the form's token."""
        return format_html(
            '<button type="submit" class="button" formaction="{}" aria-label="Run “{}” now">'
            "Run\N{NO-BREAK SPACE}now</button>",
            reverse("admin:jobs_run_periodic_task", args=[row.pk]), row.name,
        )  # fmt: skip

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = self.list_display
        return shown if self.has_change_permission(request) else shown[:-1]

    # -- starting by hand ------------------------------------------------------------------
    def get_urls(self) -> list[Any]:
        run = self.admin_site.admin_view(self.run_view)
        return [path("<int:pk>/run/", run, name="jobs_run_periodic_task"), *super().get_urls()]

    def run_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = get_object_or_404(PeriodicTask, pk=pk)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        self._run(request, row)
        return HttpResponseRedirect(reverse("admin:django_celery_beat_periodictask_changelist"))

    @admin.action(description="Run selected tasks now", permissions=["change"])
    def run_selected(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        for row in queryset:
            self._run(request, row)

    def _run(self, request: HttpRequest, row: PeriodicTask) -> None:
        """Start the work of `row` in this person's name, and say where it is seen."""
        try:
            job = start(row, timezone.now(), user=request.user)
        except AlreadyRunning as busy:
            self._say(request, messages.WARNING, row, "is already running", busy.existing)
        except BadSchedule as error:
            self.message_user(request, f"“{row.name}” was not started: {error}", messages.ERROR)
        else:
            self.log_change(request, row, f"Started by hand as job {job.pk}.")
            self._say(request, messages.SUCCESS, row, "was started", job)

    def _say(
        self, request: HttpRequest, level: int, row: PeriodicTask, what: str, job: Job | None
    ) -> None:
        text = format_html("“{}” {}", row.name, what)
        if job is not None:
            link = format_html('<a href="{}">job {}</a>', job.get_absolute_url(), job.pk)
            text = format_html("{}: {}", text, link)
        self.message_user(request, text, level)

    # -- switching and changing ------------------------------------------------------------
    @admin.action(description="Enable selected tasks", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        """From now on; the times while it was off are not made up for."""
        off = PeriodicTask.objects.filter(pk__in=queryset.values("pk"), enabled=False)
        number = off.update(enabled=True, last_run_at=None, date_changed=Now())
        self.message_user(request, f"{number} enabled.", messages.SUCCESS)

    @admin.action(description="Disable selected tasks", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        on = PeriodicTask.objects.filter(pk__in=queryset.values("pk"), enabled=True)
        number = on.update(enabled=False, last_run_at=None)
        self.message_user(request, f"{number} disabled.", messages.SUCCESS)

    def save_model(self, request: HttpRequest, obj: PeriodicTask, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and {*form.changed_data} & {*WHEN}:
            plan_anew(PeriodicTask.objects.filter(pk=obj.pk))


def _last_job(outer: str) -> QuerySet[Any, Any]:
    number = KeyTextTransform(SCHEDULE, "kwargs")
    jobs = Job.objects.annotate(of_schedule=number).order_by("-pk")
    mine = jobs.filter(of_schedule=Cast(OuterRef(outer), TextField()))
    return mine.values("pk")[:1]


class ScheduleAdmin(admin.ModelAdmin[Any]):
    """An interval, a crontab …: what uses it follows a change from then on."""

    inlines = (package_admin.PeriodicTaskInline,)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and form.changed_data:
            plan_anew(PeriodicTask.objects.filter(pk__in=obj.periodictask_set.values("pk")))


class CrontabAdmin(ScheduleAdmin):
    list_display = ("__str__", "human_readable")
    fields = (
        "human_readable", "minute", "hour", "day_of_month", "month_of_year", "day_of_week",
        "timezone",
    )  # fmt: skip
    readonly_fields = ("human_readable",)


def _replace(model: Any, by: type[admin.ModelAdmin[Any]]) -> None:
    """The package's own pages publish to the broker; importing them has registered them."""
    admin.site.unregister(model)
    admin.site.register(model, by)


_replace(PeriodicTask, PeriodicTaskAdmin)
_replace(CrontabSchedule, CrontabAdmin)
for _model in (ClockedSchedule, IntervalSchedule, SolarSchedule):
    _replace(_model, ScheduleAdmin)
