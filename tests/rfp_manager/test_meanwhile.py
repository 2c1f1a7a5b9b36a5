"""What happens to an RFP's work while something else is done to it, or to who started it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from accounts.people import deactivate
from jobs.models import Status
from rfp_manager.batches import start_responder
from rfp_manager.models import RFP, Answer, Citation, RFPBatchJob
from rfp_manager.snapshots import snapshot
from solution_library.models import Chunk
from tests.llm_manager.fake_llm import FakeLLM, Handler, properly
from tests.rfp_manager.answer_world import QUESTIONS, answers, fresh

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def elsewhere(work: Callable[[], Any]) -> None:
    """Done over another connection to the database, and over when this returns."""

    def do() -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(do).result(timeout=30)


@contextmanager
def just_before(words: str, work: Callable[[], Any]) -> Iterator[list[str]]:
    """Do `work` elsewhere before the first query that holds these words."""
    seen: list[str] = []

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if words in sql and not seen:
            seen.append(sql)
            elsewhere(work)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield seen


def draft_anew() -> None:
    """As a batch leaves an answer: another text, resting on another passage."""
    answer = Answer.objects.get(question__number="1.1")
    Answer.objects.filter(pk=answer.pk).update(text="Drafted anew.")
    other = Chunk.objects.exclude(pk__in=answer.citations.values("chunk")).first()
    answer.citations.all().delete()
    Citation.objects.create(answer=answer, chunk=other, ordinal=1, quote="another", start=0, end=7)


def test_an_export_has_the_text_and_the_passages_of_one_moment(rfp: RFP, llm: FakeLLM) -> None:
    start_responder(rfp, rfp.owner)
    before = answers(rfp)["1.1"]
    quotes = [citation.quote for citation in before.citations.all()]
    with just_before('FROM "rfp_manager_citation"', draft_anew) as seen:
        taken = snapshot(rfp).taken[0]
    assert seen and answers(rfp)["1.1"].text == "Drafted anew."
    assert taken.answer.text == before.text
    assert [citation.quote for citation in taken.citations] == quotes != ["another"]


def test_a_batch_goes_on_when_who_started_it_is_deactivated_and_nobody_writes_to_them(
    rfp: RFP, llm: FakeLLM, boss: Any
) -> None:
    def while_it_is_asked(handler: Handler) -> None:
        elsewhere(lambda: deactivate(rfp.owner, by=boss))
        properly(handler)

    llm.script.append(while_it_is_asked)
    job: RFPBatchJob = fresh(start_responder(rfp, rfp.owner))
    rfp.owner.refresh_from_db()
    assert not rfp.owner.is_active
    assert job.status == Status.COMPLETED and len(answers(rfp)) == len(QUESTIONS)
    assert mail.outbox == []


@pytest.fixture
def boss(django_user_model: Any) -> Any:
    return django_user_model.objects.create_user("boss", is_staff=True, is_superuser=True)


def test_neither_an_rfp_nor_who_works_on_it_can_be_deleted(
    rfp: RFP, client: Any, boss: Any
) -> None:
    """An RFP's history stays; people who leave are deactivated. So no work loses its ground."""
    client.force_login(boss)
    for address in (f"rfp_manager/rfp/{rfp.pk}", f"auth/user/{rfp.owner_id}"):
        assert client.get(f"/admin/{address}/change/").status_code == 200
        assert client.post(f"/admin/{address}/delete/", {"post": "yes"}).status_code == 403
    rfp.refresh_from_db()
    rfp.owner.refresh_from_db()
