"""The API described: for programs as OpenAPI, for people as a page."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from api.v1 import described

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Parameter:
    name: str
    place: str
    type: str
    is_required: bool
    says: str


@dataclass(frozen=True)
class Endpoint:
    """One endpoint as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    says: str
    scope: str
    parameters: list[Parameter]
    takes: str
    takes_example: str
    answers: list[tuple[str, str]]
    example: str


@require_safe
@login_not_required
def openapi(request: HttpRequest) -> HttpResponse:
    """Holds nothing of anybody's, so that tools can read it without a token."""
    return JsonResponse(described(), json_dumps_params={"indent": 1})


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    schema = described()
    groups: dict[str, list[Endpoint]] = {}
    for tag, endpoint in _endpoints(schema):
        groups.setdefault(tag, []).append(endpoint)
    found = sorted(schema["components"]["schemas"].items())
    schemas = [(name, list(_fields(one))) for name, one in found if "properties" in one]
    told = [_plain(part) for part in schema["info"]["description"].split("\n\n")]
    context = {
        "groups": groups.items(), "info": schema["info"], "told": told, "schemas": schemas
    }  # fmt: skip
    return render(request, "api/docs.html", context)


def _plain(text: str) -> str:
    """The description is Markdown; it uses nothing of it but these marks."""
    return " ".join(text.replace("`", "").split())


def _endpoints(schema: dict[str, Any]) -> Iterator[tuple[str, Endpoint]]:
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if method in methods:
                found = methods[method]
                yield found["tags"][0], _endpoint(path, method, found)


def _endpoint(path: str, method: str, found: dict[str, Any]) -> Endpoint:
    body = found.get("requestBody", {}).get("content", {})
    media = next(iter(body), "")
    return Endpoint(
        id=found["operationId"], method=method.upper(), path=path, summary=found["summary"],
        says=_plain(found.get("description", "")), scope=found["x-scope"],
        parameters=[*map(_parameter, found.get("parameters", [])), *_form(body, media)],
        takes=media, takes_example=_example(body.get(media, {})),
        answers=[(code, each["description"]) for code, each in found["responses"].items()],
        example=_first_example(found["responses"]),
    )  # fmt: skip


def _parameter(found: dict[str, Any]) -> Parameter:
    says = found.get("description") or found["schema"].get("description", "")
    return Parameter(
        found["name"], found["in"], _type(found["schema"]), bool(found.get("required")), says
    )


def _form(body: dict[str, Any], media: str) -> Iterator[Parameter]:
    """The fields of a form; those of JSON stand in its schema."""
    if media != "multipart/form-data":
        return
    schema = body[media]["schema"]
    for name, found in schema.get("properties", {}).items():
        needed = name in schema.get("required", ())
        yield Parameter(name, "form", _type(found), needed, found.get("description", ""))


def _fields(schema: dict[str, Any]) -> Iterator[Parameter]:
    for name, found in schema["properties"].items():
        needed = name in schema.get("required", ())
        yield Parameter(name, "", _type(found), needed, found.get("description", ""))


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(_type, schema["anyOf"])))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "any")


def _example(content: dict[str, Any]) -> str:
    found = content.get("example")
    return json.dumps(found, indent=2, ensure_ascii=False) if found is not None else ""


def _first_example(responses: dict[str, Any]) -> str:
    for response in responses.values():
        for content in response.get("content", {}).values():
            if said := _example(content):
                return said
    return ""
