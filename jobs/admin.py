"""The list of all jobs for administrators, and what they can do about them."""

from typing import Any, Protocol

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from jobs import admin_periodic, retrying, transitions  # noqa: F401 (registers its pages)
from jobs.admin_tools import start_each
from jobs.error_csv import error_lines
from jobs.models import Job, JobAttempt, Status
from jobs.presenting import shown_percent
from jobs.words import kind_words


class Again(Protocol):
    """Queues the work of a finished job, or a part of it, once more."""

    def __call__(self, job: Job, *, user: Any) -> Job: ...


class AttemptInline(admin.TabularInline[JobAttempt, Job]):
    model = JobAttempt
    fields = readonly_fields = ("number", "worker", "started_at", "ended_at", "outcome")
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(admin.ModelAdmin[Job]):
    """Only the engine writes jobs; people act on them through the actions."""

    list_display = (
        "id", "title", "kind_words", "status", "percent", "failed_items", "started_by",
        "created_at", "completed_at",
    )  # fmt: skip
    list_filter = ("status", "kind", "queue", "created_at")
    list_select_related = ("started_by",)
    search_fields = ("title", "celery_task_id", "last_error")
    date_hierarchy = "created_at"
    inlines = (AttemptInline,)
    actions = (
        "retry", "retry_failed_items", "resume", "cancel", "mark_failed", "export_errors",
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Job | None = None) -> list[str]:
        return [field.name for field in Job._meta.fields]

    @admin.display(description="Kind", ordering="kind")
    def kind_words(self, job: Job) -> str:
        return kind_words(job.kind)

    @admin.display(description="Done")
    def percent(self, job: Job) -> str:
        percent = shown_percent(job)
        return "–" if percent is None else f"{percent} %"

    @admin.action(description="Retry selected jobs", permissions=["change"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._again(request, queryset, retrying.retry)

    @admin.action(description="Retry only the failed items", permissions=["change"])
    def retry_failed_items(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._again(request, queryset, retrying.retry_failed_items)

    @admin.action(description="Resume: do what was left undone", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._again(request, queryset, retrying.resume)

    def _again(self, request: HttpRequest, queryset: QuerySet[Job], how: Again) -> None:
        over = queryset.exclude(status__in=(Status.PENDING, Status.PROCESSING))
        self._left_out(request, queryset.count() - over.count(), "not over yet")
        start_each(self, request, over, lambda job, user: how(job, user=user))

    @admin.action(description="Cancel selected jobs", permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        active = list(queryset.filter(status__in=(Status.PENDING, Status.PROCESSING)))
        for job in active:
            transitions.request_cancel(job)
        self._left_out(request, queryset.count() - len(active), "over already")
        if active:
            self.message_user(request, f"{len(active)} asked to stop.", messages.SUCCESS)

    @admin.action(description="Mark selected jobs as failed", permissions=["change"])
    def mark_failed(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        reason = f"Marked as failed by {request.user.get_username()}."
        jobs = list(queryset)
        marked = [transitions.finish_unclaimed(job, Status.FAILED, error=reason) for job in jobs]
        self._left_out(
            request, marked.count(False), "over already, or a worker is at it (cancel it instead)"
        )
        if any(marked):
            text = f"{marked.count(True)} marked as failed."
            self.message_user(request, text, messages.SUCCESS)

    @admin.action(description="Export errors of selected jobs as CSV", permissions=["view"])
    def export_errors(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponseBase:
        response = StreamingHttpResponse(
            error_lines(queryset.iterator()), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = 'attachment; filename="job-errors.csv"'
        response["X-Content-Type-Options"] = "nosniff"
        return response

    def _left_out(self, request: HttpRequest, number: int, why: str) -> None:
        if number:
            self.message_user(request, f"{number} left as they are: {why}.", messages.WARNING)
