from typing import Any

from django.http import HttpRequest, HttpResponse


def job_list(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("job_list")


def notifications(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("notifications")


def artifact(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("artifact")


def detail(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("detail")


def progress(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("progress")


def cancel(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("cancel")


def retry(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("retry")

