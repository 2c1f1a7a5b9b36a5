"""The first version of the API, put together."""

import json
from copy import deepcopy
from functools import lru_cache
from typing import Any

from django.http import Http404
from django.urls import URLPattern
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from api.endpoints import documents, jobs, me, questions, rfps, webhooks
from api.guard import guarded
from api.problems import MEDIA_TYPE, handle

PREFIX = "api/v1/"
DESCRIPTION = """\
Answers RFPs and security questionnaires from your company's own documents.

Send an API token as `Authorization: Bearer spk_…`; each endpoint names the scope that the token
needs, and it can do no more than its owner. Whatever goes wrong is `application/problem+json`
(RFC 9457). Lists give `next_cursor`: pass it as `cursor` for the next page. Answers to GET have an
`ETag`. POST takes an `Idempotency-Key`: a request that is sent twice is done once.
"""


def _api() -> NinjaAPI:
    made = NinjaAPI(
        title="Spelunker", version="1", description=DESCRIPTION, urls_namespace="api",
        docs_url=None, openapi_url=None,
    )  # fmt: skip
    for kind in (Exception, Http404, HttpError, ValidationError):  # the library has its own
        made.add_exception_handler(kind, handle)
    made.add_router("/me", me.router)
    made.add_router("/documents", documents.router)
    made.add_router("/search", documents.searching)
    made.add_router("/rfps", rfps.router)
    made.add_router("/rfps", questions.router)
    made.add_router("/jobs", jobs.router)
    made.add_router("/webhooks", webhooks.router)
    return made


API = _api()


def urlpatterns() -> list[URLPattern]:
    """The endpoints, each behind the guard."""
    patterns = [pattern for pattern in API.urls[0] if isinstance(pattern, URLPattern)]
    named = [pattern for pattern in patterns if pattern.name != "api-root"]
    for pattern in named:
        pattern.callback = guarded(pattern.callback)
    return named


@lru_cache(maxsize=1)
def _described() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(json.dumps(API.get_openapi_schema(path_prefix=PREFIX)))
    for path in schema["paths"].values():
        for endpoint in path.values():
            _complete(endpoint)
    schema["components"]["securitySchemes"] = {
        "Bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "spk_…"}
    }
    schema["servers"] = []
    return schema


def _complete(endpoint: dict[str, Any]) -> None:
    """What the library cannot say: the scope, and that faults have a media type of their own."""
    endpoint["security"] = [{"Bearer": [endpoint["x-scope"]] if endpoint["x-scope"] else []}]
    for status, response in endpoint["responses"].items():
        content = response.get("content", {})
        if int(status) >= 400 and "application/json" in content:
            response["content"] = {MEDIA_TYPE: content["application/json"]}


def described() -> dict[str, Any]:
    """The OpenAPI description."""
    return deepcopy(_described())
