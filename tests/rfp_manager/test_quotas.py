"""What one person may keep and have under way has an end, said in words; others are not touched."""

import io
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.quotas import QuotaReached
from jobs.dispatch import enqueue
from jobs.errors import TooManyJobs
from jobs.models import Job, Status
from rfp_manager.creating import create_rfp
from rfp_manager.importing.types import QuestionnaireRefused
from rfp_manager.models import RFP
from solution_library.answers.errors import AnswerRefused
from solution_library.answers.texts import content_of
from solution_library.answers.writing import Details, create_answer
from solution_library.ingest import UploadRefused, receive
from solution_library.models import Document, DocumentationSource, DocumentVersion
from solution_library.versioning import add_new_version
from tests.rfp_manager.answer_world import QUESTIONS, workbook

pytestmark = pytest.mark.django_db
TASK = "rfp_manager.export_questionnaire"


@pytest.fixture(autouse=True)
def small(settings: Any) -> dict[str, int]:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    settings.QUOTAS = {"documents": 2, "megabytes": 3, "sources": 1, "rfps": 1, "jobs": 50}
    return settings.QUOTAS


def put(number: int, user: Any, size: int = 0) -> Document:
    content = f"# Number {number}\n".encode() + b"x" * size
    return receive(io.BytesIO(content), filename=f"{number}.md", user=user).document


def test_documents_end_at_the_quota_and_go_on_when_one_is_deleted(alice: Any, bob: Any) -> None:
    first = put(1, alice)
    put(2, alice)
    with pytest.raises(UploadRefused, match="You have 2 documents in the library, and one person "):
        put(3, alice)
    assert put(1, alice) == first, "what is there already is no second one"
    assert put(3, bob) and put(4, None), "others have quotas of their own, the operator has none"
    first.delete()
    assert put(5, alice)


def test_approved_answers_take_no_place_of_documents_but_their_files_count(
    alice: Any, small: dict[str, int]
) -> None:
    def answer(number: int, text: str) -> None:
        said = content_of(f"Question {number}?", text)
        create_answer(said, user=alice, details=Details(), approve=False, embed=False)

    for number in range(3):
        answer(number, "Yes.")
    assert put(1, alice) and put(2, alice)
    small["megabytes"] = 1
    DocumentVersion.objects.update(size=1 << 20)
    with pytest.raises(AnswerRefused, match="MB of files"):
        answer(3, "No.")


def test_files_end_at_the_quota_old_versions_included(alice: Any) -> None:
    document = put(1, alice, size=1 << 20)
    add_new_version(document, io.BytesIO(b"y" * (1 << 20)), filename="1.md", user=alice)
    with pytest.raises(UploadRefused, match="MB of files"):
        add_new_version(document, io.BytesIO(b"z" * (2 << 20)), filename="1.md", user=alice)
    assert DocumentVersion.objects.count() == 2


def test_an_rfp_too_many_is_refused_by_the_page_in_words(alice: Any) -> None:
    create_rfp(workbook(QUESTIONS), filename="a.xlsx", user=alice)
    with pytest.raises(QuestionnaireRefused, match="You have 1 RFPs"):
        create_rfp(workbook(QUESTIONS), filename="b.xlsx", user=alice)
    client = Client()
    client.force_login(alice)
    sent = workbook(QUESTIONS)
    sent.name = "c.xlsx"
    answer = client.post(reverse("rfp_manager:new"), {"file": sent})
    assert answer.status_code == 422 and "one person may have 1" in answer.content.decode()
    assert RFP.objects.count() == 1


def test_a_source_too_many_is_refused_by_the_page_in_words(
    alice: Any, settings: Any, tmp_path: Any
) -> None:
    settings.SOURCE_FOLDER_ROOTS = [str(tmp_path)]
    DocumentationSource.objects.create(name="One", kind="folder", created_by=alice)
    client = Client()
    client.force_login(alice)
    sent = {"name": "Two", "kind": "folder", "location": str(tmp_path)}
    answer = client.post(reverse("solution_library:source_new"), sent)
    assert answer.status_code == 422
    assert "You have 1 documentation sources" in answer.content.decode()
    assert DocumentationSource.objects.count() == 1


def test_unfinished_jobs_end_at_the_quota_and_the_page_says_what_to_do(
    alice: Any, bob: Any, small: dict[str, int]
) -> None:
    small["jobs"] = 1
    enqueue(TASK, job=Job(started_by=alice, title="First"))
    with pytest.raises(TooManyJobs, match="You have 1 unfinished jobs.*cancel them"):
        enqueue(TASK, job=Job(started_by=alice, title="Second"))
    enqueue(TASK, job=Job(started_by=bob, title="Another's"))
    enqueue(TASK, job=Job(title="Our own"))
    rfp = RFP.objects.create(name="Tender", owner=alice)
    client = Client()
    client.force_login(alice)
    url = reverse("rfp_manager:export", args=[rfp.pk])
    page = client.post(url)
    assert page.status_code == 409 and "unfinished jobs" in page.content.decode()
    as_json = client.post(url, headers={"Accept": "application/json"})
    assert as_json.status_code == 409 and "unfinished jobs" in as_json.json()["error"]
    with pytest.raises(UploadRefused, match="unfinished jobs"):
        put(1, alice)
    assert not Document.objects.exists()
    over = {"status": Status.CANCELLED, "completed_at": timezone.now()}
    Job.objects.filter(started_by=alice).update(**over)
    assert put(1, alice)


def test_a_quota_of_0_is_none(alice: Any, small: dict[str, int]) -> None:
    small["documents"] = 0
    assert [put(n, alice).pk for n in range(4)]


@pytest.mark.django_db(transaction=True)
def test_of_many_uploads_at_the_same_moment_no_more_are_taken_than_the_quota(alice: Any) -> None:
    barrier, outcomes = threading.Barrier(6), []

    def upload(number: int) -> None:
        barrier.wait()
        try:
            put(number, alice)
            outcomes.append("taken")
        except (UploadRefused, QuotaReached):
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 4 + ["taken"] * 2
    assert Document.objects.count() == 2


def elsewhere(work: Callable[[], object]) -> str:
    """What comes of it at the same moment, on a connection of its own."""
    said = []

    def run() -> None:
        try:
            work()
            said.append("taken")
        except TooManyJobs:
            said.append("refused")
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return said[0]


@pytest.mark.django_db(transaction=True)
def test_jobs_that_others_are_just_queueing_count_and_nobody_waits_for_them(
    alice: Any, bob: Any, small: dict[str, int]
) -> None:
    small["jobs"] = 3

    def queue(person: Any = alice) -> Job:
        return enqueue(TASK, job=Job(started_by=person))

    queue()
    with transaction.atomic():
        queue()
        assert elsewhere(queue) == "taken"
        assert elsewhere(queue) == "refused", "the third is there, though nobody sees it yet"
        assert elsewhere(lambda: queue(bob)) == "taken"
        transaction.set_rollback(True)
    assert [elsewhere(queue), elsewhere(queue)] == ["taken", "refused"]
    assert Job.objects.active().filter(started_by=alice).count() == 3
