"""Chosen questions are drafted again, they alone, and never over what a person has decided."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jobs.models import Job
from jobs.retrying import retry
from rfp_manager.batches import start_responder
from rfp_manager.editing import edit_answer, set_state
from rfp_manager.models import RFP, Answer, AnswerState, RFPBatchJob
from tests.rfp_manager.answer_world import Commit, answers, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafted(rfp: RFP, commit: Commit, alice: Any) -> RFP:
    """1.1 is a draft, 1.2 approved, 1.3 written by a person."""
    with commit():
        start_responder(rfp, rfp.owner)
    found = answers(rfp)
    set_state(found["1.2"], AnswerState.APPROVED, alice)
    edit_answer(found["1.3"], text="Ours.", user=alice, version=1)
    return rfp


@pytest.fixture
def client(alice: Any) -> Client:
    signed_in = Client()
    signed_in.force_login(alice)
    return signed_in


def all_seen(rfp: RFP) -> list[str]:
    return [f"{answer.question_id}:{answer.version}" for answer in answers(rfp).values()]


def post(client: Client, rfp: RFP, **data: Any) -> Any:
    return client.post(reverse("rfp_manager:bulk", args=[rfp.pk]), {"action": "redraft", **data})


def test_what_would_be_drafted_is_told_before_it_is(drafted: RFP, client: Client) -> None:
    page = post(client, drafted, ids=all_seen(drafted))
    assert "1 question will be drafted from the library as it is now" in page.text
    assert "approved" in page.text and "written by a person" in page.text
    assert Job.objects.filter(retry_of=None).count() == RFPBatchJob.objects.count() == 1


def test_chosen_questions_are_drafted_again_and_what_people_decided_stays(
    drafted: RFP, client: Client, commit: Commit
) -> None:
    with commit():
        answer = post(client, drafted, seen=",".join(all_seen(drafted)), sure="1")
    assert answer["Location"] == f"{drafted.get_absolute_url()}#work"
    job = fresh(RFPBatchJob.objects.latest("pk"))
    found = answers(drafted)
    asked = str(found["1.1"].question_id)
    assert (job.status, [*job.items.values_list("key", flat=True)]) == ("completed", [asked])
    assert [found[number].version for number in ("1.1", "1.2", "1.3")] == [2, 1, 2]
    assert found["1.2"].state == AnswerState.APPROVED and found["1.3"].text == "Ours."


def test_the_same_job_again_drafts_the_same_questions_and_no_others(
    rfp: RFP, commit: Commit
) -> None:
    first = rfp.questions.order_by("ordinal")[0]
    with commit():
        job = start_responder(rfp, rfp.owner, chosen=[first.pk])
    with commit():
        again = retry(fresh(job), user=rfp.owner)
    assert [*again.items.values_list("key", flat=True)] == [str(first.pk)]
    assert Answer.objects.get().version == 2


def test_nothing_is_started_where_nothing_may_be_drafted_or_a_batch_is_at_it(
    drafted: RFP, client: Client
) -> None:
    found = answers(drafted)
    decided = [f"{found[n].question_id}:{found[n].version}" for n in ("1.2", "1.3")]
    kept = post(client, drafted, ids=decided, sure="1", follow=True)
    start_responder(drafted, drafted.owner)
    busy = post(client, drafted, ids=all_seen(drafted), sure="1")
    told = client.get(busy["Location"]).text
    assert kept.status_code == busy.status_code == 303
    assert "None of these questions can be drafted again" in told
    assert "Drafting is already running" in told
    assert RFPBatchJob.objects.count() == 2
