"""Who may see work on something shared is said twice: of one job, and as a condition for many.
Both say the same, whoever started it."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from jobs.models import Job
from jobs.models.job import shared_kinds
from llm_manager.models import LLMApi, LLMModel
from rfp_manager.models import (
    RFP,
    Evaluation,
    EvaluationJob,
    ExportJob,
    InformationDocument,
    QuestionSet,
    ReviewerTestJob,
    RFPBatchJob,
    RFPMember,
    SummaryJob,
)
from solution_library.models import Document, DocumentKind, EmbeddingJob
from tests.rfp_manager.view_world import make_rfp

pytestmark = pytest.mark.django_db


def subjects(rfp: RFP) -> list[tuple[type[Job], dict[str, Any]]]:
    """What jobs of each shared kind work on; some have two sorts of it."""
    api = LLMApi.objects.create(name="Own", kind="openai", base_url="http://127.0.0.1:9")
    model = LLMModel.objects.create(api=api, model_id="m", kind="chat")
    evaluation = Evaluation.objects.create(
        question_set=QuestionSet.objects.create(name="Set", owner=rfp.owner, rfp=rfp),
        kind="prompt", baseline_chat=model, candidate_chat=model,
    )  # fmt: skip
    paper = Document(title="Terms", path="terms", sha256="1", kind=DocumentKind.INFORMATION)
    paper.skip_embedding = True  # type: ignore[attr-defined]
    paper.save()
    came = InformationDocument.objects.create(rfp=rfp, document=paper)
    return [
        (RFPBatchJob, {"rfp": rfp, "job_type": "responder"}),
        (ExportJob, {"rfp": rfp}),
        (ReviewerTestJob, {"rfp": rfp}),
        (SummaryJob, {"information_document": came}),
        (SummaryJob, {}),
        (EvaluationJob, {"evaluation": evaluation}),
        (EmbeddingJob, {"document": paper}),
        (EmbeddingJob, {}),
    ]


def test_lists_and_pages_agree_on_who_may_see_shared_work(
    alice: User, bob: User, charlie: User
) -> None:
    rfp = make_rfp(alice)
    RFPMember.objects.create(rfp=rfp, user=bob, role="contributor")
    found = subjects(rfp)
    assert {kind for kind, _ in found} == set(shared_kinds(Job)), "each kind is tried"
    seen = []
    for kind, columns in found:
        for person in (alice, bob, charlie):
            job = kind.objects.create(task_name="x.y", started_by=person, **columns)
            listed = Job.objects.for_user(person).filter(pk=job.pk).exists()
            assert listed == job.may_be_seen_by(person), (kind, columns, person)
            seen.append(listed)
    assert True in seen and False in seen
