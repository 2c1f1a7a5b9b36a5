"""A client that retries doubles nothing, and one that asks again is told whether anything is new."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from api.models import IdempotentCall, Webhook
from rfp_manager.models import RFP
from solution_library.models import Document
from tests.api.api_world import Program, program_of
from tests.jobs.engine import at_once
from tests.rfp_manager.view_world import make_answer, make_rfp, question

HOOK = {"name": "Tickets", "url": "https://203.0.113.9.example/", "events": ["job.failed"]}


def form(content: bytes = b"# Keys\n\nKeys are replaced.\n") -> dict[str, Any]:
    return {"file": SimpleUploadedFile("keys.md", content)}


@pytest.mark.django_db
def test_the_same_upload_with_the_same_key_is_answered_the_same_and_done_once(ana: Program) -> None:
    first = ana.upload("/documents", form(), Idempotency_Key="one")
    again = ana.upload("/documents", form(), Idempotency_Key="one")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert again["Idempotency-Replayed"] == "true" and Document.objects.count() == 1


@pytest.mark.django_db
def test_a_key_that_was_used_for_something_else_is_refused(ana: Program) -> None:
    ana.upload("/documents", form(), Idempotency_Key="one")
    other = ana.upload("/documents", form(b"# Other\n\nText.\n"), Idempotency_Key="one")
    assert other.status_code == 422 and other.json()["type"].endswith("key-reused")
    assert Document.objects.count() == 1


@pytest.mark.django_db
def test_keys_are_each_persons_own_and_are_forgotten_after_a_day(bob: Any, ana: Program) -> None:
    ana.upload("/documents", form(), Idempotency_Key="one")
    assert (
        program_of(bob).upload("/documents", form(b"# B\n"), Idempotency_Key="one").status_code
        == 202
    )
    IdempotentCall.objects.update(at=timezone.now() - timedelta(hours=25))
    later = ana.upload("/documents", form(b"# Later\n"), Idempotency_Key="one")
    assert later.json()["outcome"] == "created"


@pytest.mark.django_db
def test_what_was_refused_is_not_remembered(ana: Program, receiver: Any) -> None:
    bad = {**HOOK, "url": "http://127.0.0.1:1/"}
    assert ana.post("/webhooks", bad, Idempotency_Key="one").status_code == 422
    good = {**HOOK, "url": f"{receiver.base}/hook"}
    assert ana.post("/webhooks", good, Idempotency_Key="one").status_code == 201
    assert Webhook.objects.count() == 1 and IdempotentCall.objects.count() == 1


@pytest.mark.django_db
def test_a_replay_needs_the_scope_that_the_first_request_needed(alice: Any, ana: Program) -> None:
    ana.upload("/documents", form(), Idempotency_Key="one")
    narrow = program_of(alice, "search")
    assert narrow.upload("/documents", form(), Idempotency_Key="one").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_five_requests_at_once_with_one_key_are_one(alice: Any, receiver: Any) -> None:
    programs, given = (
        [program_of(alice) for _ in range(5)],
        {**HOOK, "url": f"{receiver.base}/hook"},
    )
    steps = [lambda p=p: p.post("/webhooks", given, Idempotency_Key="k") for p in programs]
    answers = at_once(*steps)
    connection.close()
    assert [answer.status_code for answer in answers] == [201] * 5
    assert len({answer.content for answer in answers}) == 1 and Webhook.objects.count() == 1


@pytest.mark.django_db
def test_two_people_who_write_one_answer_do_not_overwrite_each_other(
    alice: Any, ana: Program
) -> None:
    asked = question(make_rfp(alice), 1)
    make_answer(asked)
    place = f"/rfps/{asked.rfp_id}/questions/{asked.pk}/answer"
    first = ana.ask("PUT", place, {"version": 1, "text": "Yes."})
    second = ana.ask("PUT", place, {"version": 1, "text": "No."})
    assert (first.status_code, first.json()["version"]) == (200, 2)
    assert (second.status_code, second.json()["current_version"]) == (409, 2)
    assert ana.get(place).json()["text"] == "Yes."
    stale = ana.post(f"{place}/state", {"version": 1, "state": "approved"})
    assert (stale.status_code, stale.json()["current_version"]) == (409, 2)


@pytest.mark.django_db
def test_an_answer_can_be_written_where_there_is_none_but_only_once(
    alice: Any, ana: Program
) -> None:
    asked = question(make_rfp(alice), 1)
    place = f"/rfps/{asked.rfp_id}/questions/{asked.pk}/answer"
    assert ana.get(place).status_code == 404
    assert ana.ask("PUT", place, {"version": 0, "text": "Yes."}).status_code == 200
    assert ana.ask("PUT", place, {"version": 0, "text": "No."}).status_code == 409


@pytest.mark.django_db
def test_what_has_not_changed_is_a_304(alice: Any, ana: Program) -> None:
    rfp = make_rfp(alice)
    first = ana.get(f"/rfps/{rfp.pk}")
    same = ana.get(f"/rfps/{rfp.pk}", If_None_Match=first["ETag"])
    assert (same.status_code, same.content) == (304, b"")
    RFP.objects.update(customer="Port")
    assert ana.get(f"/rfps/{rfp.pk}", If_None_Match=first["ETag"]).status_code == 200


@pytest.mark.django_db
def test_pages_neither_repeat_nor_miss_a_row_when_rows_come_meanwhile(
    alice: Any, ana: Program
) -> None:
    before = {make_rfp(alice, name=f"Tender {n}", questions=1).pk for n in range(5)}
    seen, cursor = [], ""
    for _ in range(3):
        page = ana.get(f"/rfps?limit=2&cursor={cursor}").json()
        seen += [rfp["id"] for rfp in page["items"]]
        cursor = page["next_cursor"] or ""
        make_rfp(alice, name="New", questions=1)
    assert cursor == "" and sorted(seen) == sorted(before)


@pytest.mark.django_db
@pytest.mark.parametrize("cursor", ["x", "WzEsIC0xXQ", "WzIsIDFd", "bnVsbA", "%00", "é", "W1tdXQ"])
def test_a_cursor_that_is_none_of_ours_is_refused(ana: Program, cursor: str) -> None:
    assert ana.get(f"/rfps?cursor={cursor}").status_code == 422


@pytest.mark.django_db
def test_questions_come_in_the_order_of_the_file_and_can_be_narrowed(
    alice: Any, ana: Program
) -> None:
    rfp = make_rfp(alice, questions=5)
    make_answer(question(rfp, 2))
    first = ana.get(f"/rfps/{rfp.pk}/questions?limit=3").json()
    rest = ana.get(f"/rfps/{rfp.pk}/questions?limit=3&cursor={first['next_cursor']}").json()
    assert [q["ordinal"] for q in first["items"] + rest["items"]] == [1, 2, 3, 4, 5]
    answered = ana.get(f"/rfps/{rfp.pk}/questions?show=answered").json()["items"]
    assert [q["ordinal"] for q in answered] == [2]


@pytest.mark.django_db
def test_a_page_of_questions_costs_as_many_queries_as_one_question(
    alice: Any, ana: Program, django_assert_max_num_queries: Any
) -> None:
    rfp = make_rfp(alice, questions=30)
    for n in range(1, 31):
        make_answer(question(rfp, n))
    with django_assert_max_num_queries(16):
        assert len(ana.get(f"/rfps/{rfp.pk}/questions?limit=30").json()["items"]) == 30
