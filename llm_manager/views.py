from typing import Any

from django.http import HttpRequest, HttpResponse


def models(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("models")


def test_api(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("test_api")

