"""Administrators look at RFPs; the work is done on the RFPs' own pages."""

from typing import Any

import pytest
from django.test import Client

from jobs.models import Status
from rfp_manager.models import RFP, Answer, InformationDocument, SummaryJob
from solution_library.models import Document
from tests.llm_manager.fake_llm import FakeLLM
from tests.rfp_manager.answer_world import Commit
from tests.rfp_manager.view_world import cite, make_answer, make_passage, make_rfp, review

pytestmark = pytest.mark.django_db
DOCUMENTS = "/admin/rfp_manager/informationdocument/"


def run(client: Client, action: str, *objects: Any) -> str:
    chosen = {"action": action, "_selected_action": [o.pk for o in objects]}
    response = client.post(DOCUMENTS, chosen, follow=True)
    assert response.status_code == 200
    return " ".join(str(m) for m in response.context["messages"])


@pytest.fixture
def documents(rfp: RFP) -> list[InformationDocument]:
    return [
        InformationDocument.objects.create(rfp=rfp, document=document, title=document.title)
        for document in Document.objects.all()
    ]


@pytest.mark.contract("A4")
def test_selected_documents_are_summarised_each_by_a_job(
    admin_client: Client, admin_user: Any, documents: Any, llm: FakeLLM, commit: Commit
) -> None:
    llm.answer = lambda prompt: {"summary": "It is about <b>keys</b>.", "citations": []}
    with commit():
        assert "2 jobs started" in run(admin_client, "summarize", *documents)
    jobs = list(SummaryJob.objects.all())
    assert {job.task_name for job in jobs} == {"rfp_manager.summarize_information_document"}
    assert {(job.status, job.started_by) for job in jobs} == {(Status.COMPLETED, admin_user)}
    for document in InformationDocument.objects.all():
        assert document.summary == "It is about <b>keys</b>." and document.summarized_at
    page = admin_client.get(f"{DOCUMENTS}{documents[0].pk}/change/").content.decode()
    assert "<b>keys" not in page


def test_a_document_that_is_being_summarised_is_said(admin_client: Client, documents: Any) -> None:
    run(admin_client, "summarize", documents[0])
    assert "already running" in run(admin_client, "summarize", documents[0])
    assert SummaryJob.objects.count() == 1


def test_a_summary_that_fails_is_explained_and_leaves_the_old_one(
    admin_client: Client, documents: Any, llm: FakeLLM, commit: Commit
) -> None:
    InformationDocument.objects.update(summary="Old.")
    llm.answer = lambda prompt: {"summary": "", "citations": []}
    with commit():
        run(admin_client, "summarize", documents[0])
    job = SummaryJob.objects.get()
    assert job.status == Status.FAILED and "wrote no summary" in job.last_error
    assert InformationDocument.objects.get(pk=documents[0].pk).summary == "Old."


@pytest.mark.parametrize("citations", [None, "x", [None, 7, {}], [{"passage": "1", "quote": 5}]])
def test_odd_citations_of_a_summary_cost_nothing(
    admin_client: Client, documents: Any, llm: FakeLLM, commit: Commit, citations: Any
) -> None:
    llm.answer = lambda prompt: {"summary": "Keys.", "citations": citations}
    with commit():
        run(admin_client, "summarize", documents[0])
    assert SummaryJob.objects.get().status == Status.COMPLETED


def test_rfps_questions_and_answers_are_looked_at_and_not_written(
    admin_client: Client, alice: Any
) -> None:
    rfp = make_rfp(alice, name="<script>x</script>")
    question = rfp.questions.get(ordinal=1)
    answer = make_answer(question, text="<script>y</script>")
    cite(answer, make_passage())
    review(answer)
    for name, each in (("rfp", rfp), ("question", question), ("answer", answer)):
        url = f"/admin/rfp_manager/{name}/"
        for page in (url, f"{url}?q=x", f"{url}{each.pk}/change/"):
            response = admin_client.get(page)
            assert response.status_code == 200
            assert "<script>x" not in response.content.decode()
            assert "<script>y" not in response.content.decode()
        for forbidden in ("add/", f"{each.pk}/delete/"):
            assert admin_client.get(url + forbidden).status_code == 403
    for name, each in (("question", question), ("answer", answer)):
        url = f"/admin/rfp_manager/{name}/{each.pk}/change/"
        assert admin_client.post(url, {"text": "Changed"}).status_code == 403
    assert Answer.objects.get().text == "<script>y</script>"


def test_an_rfp_gets_another_owner(admin_client: Client, alice: Any, bob: Any) -> None:
    rfp = make_rfp(alice)
    form = {"name": "Renamed", "customer": "W", "due_date": "", "instructions": "",
            "owner": bob.pk, "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0",
            "memberships-0-user": alice.pk, "memberships-0-role": "reviewer"}  # fmt: skip
    response = admin_client.post(f"/admin/rfp_manager/rfp/{rfp.pk}/change/", form)
    assert response.status_code == 302
    found = RFP.objects.get()
    assert (found.name, found.owner, list(found.members.all())) == ("Renamed", bob, [alice])
