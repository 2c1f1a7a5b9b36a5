"""Each registered task, run inline to its end and delivered again (A5, A8, A41)."""

import inspect
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.core.files.base import ContentFile
from django.test import override_settings

from api.models import Webhook
from jobs.artifacts import keep_input
from jobs.models import Job, JobArtifact, Notification
from llm_manager.models import ApiCheck, LLMApi, LLMModel, LLMUsage
from rfp_manager.batches import start_responder
from rfp_manager.evaluating.sets import set_from_rfp
from rfp_manager.models import (
    RFP,
    Evaluation,
    ExportedAnswer,
    ExportedCitation,
    InformationDocument,
)
from solution_library.ingest import receive
from solution_library.models import Document, DocumentationSource, EmbeddingIndex
from tests.contract.test_a_tasks import OURS
from tests.llm_manager.fake_llm import FakeLLM, follows_the_prompt
from tests.rfp_manager.answer_world import Commit
from tests.solution_library.local_site import serve

pytestmark = pytest.mark.django_db
Arguments = Callable[["World"], dict[str, Any]]


class World:
    """What tasks work on, made when a task asks for it."""

    def __init__(self, rfp: RFP, commit: Commit, folder: Path) -> None:
        self.rfp, self.commit, self.folder = rfp, commit, folder
        self.closing = ExitStack()

    def document(self, name: str = "keys.md") -> Document:
        text = ContentFile(f"# {name}\n\nKeys are replaced once a year.\n".encode(), name)
        return receive(text, filename=name, user=None, embed=False).document

    def source(self) -> DocumentationSource:
        (self.folder / "keys.md").write_text("# Keys\n\nKeys are replaced once a year.\n")
        return DocumentationSource.objects.create(
            name="Handbook", kind="folder", location=str(self.folder), config={}
        )

    def answered(self) -> RFP:
        with self.commit():
            start_responder(self.rfp, self.rfp.owner)
        return self.rfp

    def evaluation(self) -> Evaluation:
        model = LLMModel.objects.get(kind="chat", is_system_default=True)
        other = LLMModel.objects.create(api=model.api, model_id="other", kind="chat")
        return Evaluation.objects.create(
            question_set=set_from_rfp(self.rfp, None), kind="chat", baseline_chat=model,
            candidate_chat=other,
        )  # fmt: skip

    def sheet(self) -> JobArtifact:
        job = Job.objects.create(task_name="jobs.canary", started_by=self.rfp.owner)
        data = b"Question,Answer\nAre keys replaced?,Once a year.\n"
        return keep_input(job, "answers.csv", data)

    def archive(self) -> JobArtifact:
        job = Job.objects.create(task_name="jobs.canary", started_by=self.rfp.owner)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("handbook/keys.md", "# Keys\n\nKeys are replaced once a year.\n")
        return keep_input(job, "handbook.zip", packed.getvalue(), media_type="application/zip")

    def other_index(self) -> EmbeddingIndex:
        model = LLMModel.objects.get(kind="embedding", is_system_default=True)
        return EmbeddingIndex.objects.create(model=model)

    def information(self) -> InformationDocument:
        document = Document.objects.exclude(current_version=None)[0]
        return InformationDocument.objects.create(rfp=self.rfp, document=document, title="T")

    def webhook(self) -> Webhook:
        site = self.closing.enter_context(serve())
        site.routes["/hook"] = (204, {}, "")
        self.closing.enter_context(override_settings(FETCH_ALLOWED_HOSTS=[site.host_port]))
        return Webhook.objects.create(
            owner=self.rfp.owner, name="Tickets", url=f"{site.base}/hook", secret="whs_x",
            events=["job.failed"],
        )  # fmt: skip

    def note(self) -> Notification:
        owner = self.rfp.owner
        owner.email = "alice@example.com"
        owner.save()
        job = Job.objects.create(task_name="jobs.canary", started_by=owner)
        return Notification.objects.create(user=owner, job=job, event="completed", text="Done")


#: What a task that needs arguments is called with. A new task that needs some needs a line here.
ARGUMENTS: dict[str, Arguments] = {
    "solution_library.embed_document": lambda w: {"document_id": w.document().pk},
    "solution_library.embed_documents_batch": lambda w: {
        "document_ids": [w.document("a.md").pk, w.document("b.md").pk]
    },
    "solution_library.build_embedding_index": lambda w: {"index_id": w.other_index().pk},
    "solution_library.drop_embedding_index": lambda w: {"index_id": w.other_index().pk},
    "solution_library.sync_documentation_source": lambda w: {"source_id": w.source().pk},
    "solution_library.sync_all_documentation_sources": lambda w: w.source() and {},
    "solution_library.remove_documentation_source": lambda w: {"source_id": w.source().pk},
    "solution_library.unpack_archive": lambda w: {"artifact": w.archive().pk},
    "solution_library.import_answers": lambda w: {
        "options": {"artifact": w.sheet().pk}, "user_id": w.rfp.owner.pk
    },
    "rfp_manager.summarize_information_document": lambda w: {
        "information_document_id": w.information().pk
    },
    "rfp_manager.batch_generate_responder_answers": lambda w: {
        "rfp_id": w.rfp.pk, "user_id": w.rfp.owner.pk
    },
    "rfp_manager.batch_generate_reviewer_answers": lambda w: {
        "rfp_id": w.answered().pk, "user_id": w.rfp.owner.pk
    },
    "rfp_manager.batch_test_reviewer": lambda w: {
        "rfp_id": w.answered().pk, "user_id": w.rfp.owner.pk
    },
    "rfp_manager.batch_generate_evaluation_answers": lambda w: {
        "evaluation_id": w.evaluation().pk
    },
    "rfp_manager.export_questionnaire": lambda w: {"rfp_id": w.answered().pk},
    "llm_manager.validate_single_api": lambda w: {"api_id": LLMApi.objects.latest("pk").pk},
    "jobs.email_notification": lambda w: {"notification_id": w.note().pk},
    "api.deliver_webhook": lambda w: {"webhook_id": w.webhook().pk},
}  # fmt: skip
SUMMARY = {"summary": "It is about backups.", "citations": []}


@pytest.fixture
def world(
    rfp: RFP, commit: Commit, llm: FakeLLM, tmp_path: Path, settings: Any
) -> Iterator[World]:
    settings.SOURCE_FOLDER_ROOTS = [str(tmp_path)]
    LLMApi.objects.filter(kind="builtin").update(is_active=False)
    llm.answer = lambda prompt: follows_the_prompt(prompt) if "uestion: " in prompt else SUMMARY
    folder = tmp_path / "handbook"
    folder.mkdir()
    made = World(rfp, commit, folder)
    with made.closing:
        yield made


def arguments_of(task: Any, world: World) -> dict[str, Any]:
    made = ARGUMENTS.get(task.name)
    needed = [
        p.name for p in inspect.signature(task.run).parameters.values()
        if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
    ]  # fmt: skip
    assert made or not needed, f"ARGUMENTS says nothing of {task.name}, which needs {needed}"
    return made(world) if made else {}


def domain_rows() -> dict[str, int]:
    """How many rows there are of everything that is not a record of work."""
    labels = ("solution_library", "rfp_manager", "llm_manager")
    models = [m for label in labels for m in apps.get_app_config(label).get_models()]
    # What left the house in an export belongs to its job, like the job's file.
    records = (LLMUsage, ApiCheck, ExportedAnswer, ExportedCitation)
    kept = [m for m in models if not issubclass(m, Job) and m not in records]
    return {m._meta.label: m._default_manager.count() for m in kept}


@pytest.mark.parametrize("task", OURS, ids=lambda task: task.name)
def test_a41_and_a5_every_task_runs_inline_and_succeeds_with_an_id(task: Any, world: World) -> None:
    arguments = arguments_of(task, world)
    result = task.apply(kwargs=arguments, task_id="one").result
    assert result["success"] is True, result
    job = Job.objects.get(pk=result["job_id"])
    assert (job.status, job.task_name, job.celery_task_id) == ("completed", task.name, "one")
    assert set(arguments) <= set(job.kwargs) | {"document_ids", "notification_id"}


@pytest.mark.parametrize("task", OURS, ids=lambda task: task.name)
def test_a8_and_f32_a_task_delivered_twice_or_asked_for_twice_leaves_the_same_rows(
    task: Any, world: World
) -> None:
    arguments = arguments_of(task, world)
    task.apply(kwargs=arguments, task_id="one")
    rows, jobs = domain_rows(), Job.objects.count()
    again = task.apply(kwargs=arguments, task_id="one").result
    assert again["skipped"] and (domain_rows(), Job.objects.count()) == (rows, jobs)
    task.apply(kwargs=arguments, task_id="two")
    assert domain_rows() == rows
    assert len(mail.outbox) <= 1
