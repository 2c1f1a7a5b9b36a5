"""The API, its description, and at last whatever else is asked for below it."""

from django.urls import include, path, re_path

from api import guard, v1
from api.views import reference

app_name = "api"
urlpatterns = [
    path("v1/openapi.json", reference.openapi, name="openapi"),
    path("v1/docs/", reference.docs, name="docs"),
    path("v1/", include(v1.urlpatterns())),
    re_path(r"^(?P<rest>.*)$", guard.unknown, name="unknown"),
]
