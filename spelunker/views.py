from typing import Any

from django.http import HttpRequest, HttpResponse


def home(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("home")

