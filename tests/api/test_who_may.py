"""Who is let in, what a token is good for, and how often it may ask."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import Profile
from accounts.tokens import live_tokens, revoke
from api.v1 import described
from jobs.models import Job
from tests.api.api_world import Program, program_of
from tests.rfp_manager.view_world import make_answer, make_rfp, question

pytestmark = pytest.mark.django_db


def kind(response: Any) -> str:
    return str(response.json()["type"]).rpartition(":")[2]


def test_without_a_token_every_endpoint_asks_for_one() -> None:
    for path, methods in described()["paths"].items():
        for method in methods:
            url = path.replace("{", "").replace("}", "")
            for name in ("document_id", "rfp_id", "question_id", "export_id", "file_id",
                         "job_id", "webhook_id", "delivery_id"):  # fmt: skip
                url = url.replace(name, "1")
            answer = Program("").ask(method.upper(), url)
            assert (answer.status_code, kind(answer)) == (401, "no-token"), (method, path)
            assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_session_is_no_token(alice: Any) -> None:
    client = Client()
    client.force_login(alice)
    assert client.get("/api/v1/me").status_code == 401
    assert client.get("/api/v1/me", headers={"Authorization": "Basic YTpi"}).status_code == 401


def test_an_unknown_revoked_or_expired_token_and_one_of_somebody_inactive_are_refused(
    alice: Any, ana: Program
) -> None:
    assert ana.get("/me").status_code == 200
    over = timezone.now() - timedelta(seconds=1)
    live_tokens().update(created_at=over - timedelta(days=1), expires_at=over)
    assert kind(ana.get("/me")) == "bad-token"
    live_tokens().model.objects.update(expires_at=timezone.now() + timedelta(days=1))
    revoke(live_tokens().get(), by=alice)
    assert kind(ana.get("/me")) == "bad-token"
    assert kind(Program("spk_" + "x" * 43).get("/me")) == "bad-token"
    again = program_of(alice)
    assert again.get("/me").status_code == 200
    for is_active in (False, True):  # who comes back makes new tokens
        alice.is_active = is_active
        alice.save()
        assert kind(again.get("/me")) == "bad-token"


def test_a_token_without_the_scope_is_told_which_one_is_missing(alice: Any) -> None:
    narrow = program_of(alice, "search")
    assert narrow.get("/search?q=keys").status_code == 200
    answer = narrow.get("/documents")
    assert (answer.status_code, answer.json()["missing_scope"]) == (403, "documents:read")
    upload = narrow.upload("/documents", {"file": SimpleUploadedFile("a.md", b"# A\n")})
    assert upload.json()["missing_scope"] == "documents:write"


def test_a_token_can_do_no_more_than_its_owner(alice: Any, bob: Any, ana: Program) -> None:
    rfp = make_rfp(alice)
    asked = question(rfp, 1)
    make_answer(asked)
    place = f"/rfps/{rfp.pk}/questions/{asked.pk}/answer"
    stranger = program_of(bob)
    for path in (f"/rfps/{rfp.pk}", f"/rfps/{rfp.pk}/questions", place):
        assert stranger.get(path).status_code == 404
    assert stranger.get("/rfps").json()["items"] == []
    rfp.members.add(bob, through_defaults={"role": "contributor"})
    approve = {"version": 1, "state": "approved"}
    assert stranger.get(place).status_code == 200
    assert stranger.post(f"{place}/state", approve).status_code in (403, 422)
    assert ana.post(f"{place}/state", approve).status_code == 200


def test_a_reader_reads_and_changes_nothing(alice: Any, ana: Program) -> None:
    Profile.objects.update_or_create(user=alice, defaults={"role": "reader"})
    assert ana.get("/documents").status_code == 200
    for place in ("/documents", "/rfps"):
        file = SimpleUploadedFile("a.csv", b"Question,Answer\nDo you encrypt?,\n")
        answer = ana.upload(place, {"file": file})
        assert answer.status_code == 403, answer.json()
    webhook = {"name": "x", "url": "https://example.com", "events": ["job.failed"]}
    assert ana.post("/webhooks", webhook).status_code == 403


def test_nobody_elses_job_is_seen_or_stopped(alice: Any, bob: Any, ana: Program) -> None:
    job = Job.objects.create(task_name="jobs.canary", title="Secret", started_by=bob)
    assert ana.get(f"/jobs/{job.pk}").status_code == 404
    assert ana.post(f"/jobs/{job.pk}/cancel").status_code == 404
    assert ana.get("/jobs").json()["items"] == []


def test_who_asks_too_often_is_told_when_to_come_again(settings: Any, ana: Program) -> None:
    settings.API_READS_PER_MINUTE = 2
    assert [ana.get("/me").status_code for _ in range(3)] == [200, 200, 429]
    answer = ana.get("/me")
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert ana.post("/jobs/1/cancel").status_code == 404, "changes are counted apart"


def test_what_is_not_there_is_a_problem_with_a_sentence(ana: Program) -> None:
    for path in ("/documents/1", f"/documents/{10**30}", "/documents/x", "/nowhere", "/"):
        answer = ana.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
        assert answer.json()["detail"].endswith((".", "/"))


def test_a_method_that_is_not_taken_and_a_body_that_is_no_json_are_problems(ana: Program) -> None:
    answer = ana.ask("DELETE", "/me")
    assert (answer.status_code, answer["Allow"], kind(answer)) == (405, "GET", "method-not-allowed")
    assert ana.post("/webhooks", b"{nope").status_code == 400
    unknown = ana.post("/webhooks", {"nam": "x"})
    assert unknown.status_code == 422
    assert {"where": "body.nam", "says": "Extra inputs are not permitted"} in unknown.json()[
        "errors"
    ]


def test_what_is_too_large_is_refused_before_it_is_read(settings: Any, ana: Program) -> None:
    settings.MAX_UPLOAD_BYTES = 100
    file = SimpleUploadedFile("a.md", b"x" * 200)
    assert ana.upload("/documents", {"file": file}).status_code == 413
    assert (
        ana.post("/webhooks", b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)).status_code == 413
    )


def test_head_is_get_without_the_body(ana: Program) -> None:
    assert ana.ask("HEAD", "/me").status_code == 200
