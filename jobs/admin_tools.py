"""What the admin pages of all apps share: read-only pages, and actions that start jobs."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest

from jobs.errors import AlreadyRunning, JobError

M = TypeVar("M", bound=models.Model)


class ReadOnlyAdmin(admin.ModelAdmin[M]):
    """A record that only the application writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


def start_each(
    modeladmin: admin.ModelAdmin[Any],
    request: HttpRequest,
    objects: Iterable[M],
    start: Callable[[M, Any], Any],
) -> None:
    """Start a job for each object and say how many were, and which were not and why."""
    started, running = 0, 0
    for each in objects:
        try:
            start(each, request.user)
            started += 1
        except AlreadyRunning:
            running += 1
        except (JobError, ValueError) as error:  # ValueError: what could never run
            modeladmin.message_user(request, f"{each}: {error}", messages.ERROR)
    if started:
        modeladmin.message_user(request, f"{_jobs(started)} started.", messages.SUCCESS)
    if running:
        text = f"{_jobs(running)} not started: already running."
        modeladmin.message_user(request, text, messages.WARNING)


def _jobs(number: int) -> str:
    return "1 job" if number == 1 else f"{number} jobs"
