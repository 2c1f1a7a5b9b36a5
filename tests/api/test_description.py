"""The API does what its description says, and the description in the repository is current."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from openapi_spec_validator import validate as validate_openapi

from accounts.scopes import ALL, Scope
from api.v1 import described
from jobs.models import Job
from rfp_manager.models import Answer
from tests.api.api_world import ANSWERED, Program, validate
from tests.solution_library.local_site import Site

FILE = b"Nr,Question,Answer\n1,Do you encrypt backups?,\n2,Do you rotate keys?,\n"


def endpoints() -> Iterator[dict[str, Any]]:
    for path in described()["paths"].values():
        yield from path.values()


def test_the_description_in_the_repository_is_current() -> None:
    call_command("openapi", "--check", stdout=io.StringIO())


def test_the_description_is_valid_openapi() -> None:
    validate_openapi(described())


def test_every_endpoint_says_what_it_does_what_it_needs_and_how_it_fails() -> None:
    names = [endpoint["operationId"] for endpoint in endpoints()]
    assert len(set(names)) == len(names)
    for endpoint in endpoints():
        name = endpoint["operationId"]
        assert endpoint["summary"] and endpoint["tags"], name
        assert endpoint["x-scope"] in ALL or name == "me", name
        faults = {code for code in endpoint["responses"] if int(code) >= 400}
        assert {"401", "403", "429", "500", "503"} <= faults, name
        assert all(
            "application/problem+json" in endpoint["responses"][code]["content"] for code in faults
        )
    assert {endpoint["x-scope"] for endpoint in endpoints()} - {""} == set(Scope.values)


def test_every_answer_has_an_example_that_fits() -> None:
    for endpoint in endpoints():
        for status, response in endpoint["responses"].items():
            found = response.get("content", {}).get("application/json")
            if found:
                assert "example" in found, (endpoint["operationId"], status)
                validate(found["schema"], found["example"])
        body = endpoint.get("requestBody", {}).get("content", {}).get("application/json")
        if body:
            validate(body["schema"], body["example"])


@pytest.mark.django_db
def test_tools_read_the_description_without_a_token_and_people_read_it_as_a_page(
    client: Client, alice: Any
) -> None:
    assert client.get("/api/v1/openapi.json").json()["openapi"].startswith("3.1")
    assert client.get("/api/v1/docs/").status_code == 302
    client.force_login(alice)
    shown = client.get("/api/v1/docs/").content.decode()
    assert all(f'id="{endpoint["operationId"]}"' in shown for endpoint in endpoints())


@pytest.mark.slow
@pytest.mark.django_db
def test_every_endpoint_answers_as_described(
    ana: Program, receiver: Site, django_capture_on_commit_callbacks: Any
) -> None:
    """Each once; the program of the tests holds every answer against the description."""
    ANSWERED.clear()
    _library(ana)
    rfp = ana.upload("/rfps", {"file": SimpleUploadedFile("tender.csv", FILE)}).json()
    place = f"/rfps/{rfp['id']}"
    _answers(ana, place)
    with django_capture_on_commit_callbacks(execute=True):
        export = ana.post(f"{place}/exports", {}).json()
    _exports(ana, place, export["id"])
    for start in ("responder", "reviewer"):
        assert ana.post(f"{place}/{start}", {}).status_code == 202
    assert ana.post(f"{place}/responder", {}).status_code == 409
    _jobs(ana)
    _webhooks(ana, receiver)
    assert {endpoint["operationId"] for endpoint in endpoints()} - ANSWERED == set()


def _library(ana: Program) -> None:
    file = SimpleUploadedFile("keys.md", b"# Keys\n\nKeys are rotated.\n")
    made = ana.upload("/documents", {"file": file}).json()["document"]
    place = f"/documents/{made['id']}"
    assert ana.get("/documents?q=keys").json()["items"][0]["id"] == made["id"]
    assert b"rotated" in b"".join(ana.get(f"{place}/file").streaming_content)
    ana.get(place), ana.get("/search?q=keys"), ana.get("/me")
    assert ana.ask("DELETE", place).status_code == 204


def _answers(ana: Program, place: str) -> None:
    questions = ana.get(f"{place}/questions").json()["items"]
    assert [q["text"] for q in questions] == ["Do you encrypt backups?", "Do you rotate keys?"]
    one = f"{place}/questions/{questions[0]['id']}"
    ana.get("/rfps"), ana.get(place), ana.get(one)
    ana.ask("PUT", f"{one}/answer", {"version": 0, "text": "Yes."})
    version = ana.get(f"{one}/answer").json()["version"]
    ana.post(f"{one}/answer/state", {"version": version, "state": "approved"})
    assert Answer.objects.get().state == "approved"
    assert b"".join(ana.get(f"{place}/original").streaming_content) == FILE


def _exports(ana: Program, place: str, export_id: int) -> None:
    ana.get(f"{place}/exports")
    export = ana.get(f"{place}/exports/{export_id}").json()
    assert export["status"] == "completed", export
    file = ana.get(export["files"][0]["download"])
    assert b"Yes." in b"".join(file.streaming_content)


def _jobs(ana: Program) -> None:
    newest = ana.get("/jobs").json()["items"][0]
    assert ana.get(f"/jobs/{newest['id']}").json()["status"] == "pending"
    assert ana.post(f"/jobs/{newest['id']}/cancel").json()["status"] == "cancelled"
    assert ana.post(f"/jobs/{newest['id']}/retry").json()["retry_of"] == newest["id"]
    assert ana.post(f"/jobs/{newest['id']}/retry").status_code == 409


def _webhooks(ana: Program, receiver: Site) -> None:
    given = {"name": "CI", "url": f"{receiver.base}/hook", "events": ["job.failed"]}
    place = f"/webhooks/{ana.post('/webhooks', given).json()['webhook']['id']}"
    ana.get("/webhooks"), ana.get(place), ana.post(f"{place}/secret")
    ana.ask("PATCH", place, {"name": "CI 2"})
    ping = ana.post(f"{place}/ping").json()
    ana.get(f"{place}/deliveries")
    assert ana.post(f"{place}/deliveries/{ping['id']}/retry").status_code == 409
    ana.post(f"/jobs/{ping['id']}/cancel")
    assert ana.post(f"{place}/deliveries/{ping['id']}/retry").status_code == 202
    assert ana.ask("DELETE", place).status_code == 204
    assert Job.objects.filter(kind="api.WebhookDelivery", status="pending").count() == 0
