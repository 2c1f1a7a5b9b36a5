"""One of everything that a person can have, each with a mark."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import Invitation
from api.models import Webhook, WebhookDelivery
from jobs.models import Job, JobArtifact, JobItem, JobLog, Notification
from llm_manager.models import Budget, LLMApi, LLMModel, LLMUsage
from rfp_manager.models import (
    RFP,
    Answer,
    Commitment,
    Contradiction,
    Evaluation,
    ExpertPacket,
    ExportedAnswer,
    ExportJob,
    InformationDocument,
    InformationFinding,
    QuestionComment,
    QuestionSet,
    RFPBatchJob,
    SetQuestion,
    UnsavedEdit,
)
from solution_library.answers.merging import merge_answers
from solution_library.answers.texts import content_of
from solution_library.answers.writing import Details, create_answer
from solution_library.models import (
    Collection,
    Document,
    DocumentationSource,
    DuplicatePair,
    LibraryAnswer,
    SyncJob,
    Tag,
)
from solution_library.wording.passages import write_words
from tests.rfp_manager.view_world import cite, make_answer, make_rfp, question
from tests.solution_library.library import a_text
from tests.spelunker.two_users import World

OVER = {"status": "completed", "task_name": "x.y"}


def furnish(world: World) -> None:
    """What there is before anybody does anything."""
    api = LLMApi.objects.create(name="Here", kind="openai", base_url="http://127.0.0.1:9")
    model = LLMModel.objects.create(api=api, model_id="m", kind="chat")
    for name, person in world.people.items():
        own_things(world, name, model)
        new_documents(world, name)
        rfp = new_rfp(world, name)
        saved_questions(world, rfp, model, person)
    clash(world)
    an_invitation(world)


def an_invitation(world: World) -> None:
    """Of a third person, by an admin: neither of the two is told of it."""
    address = f"{world.mark().split()[1]}@example.org"
    soon = timezone.now() + timedelta(days=7)
    Invitation.objects.create(email=address, token_hash="0" * 64, expires_at=soon)


def new_rfp(world: World, name: str) -> RFP:
    rfp = make_rfp(world.people[name], questions=2)
    rfp.name = f"Tender {world.mark(rfp=rfp.pk, name=True)}"
    rfp.instructions, rfp.customer = world.mark(rfp=rfp.pk), world.mark(rfp=rfp.pk)
    rfp.questionnaire = ContentFile(world.mark(rfp=rfp.pk).encode(), name="tender.csv")
    rfp.save()
    for number in (1, 2):
        asked = question(rfp, number)
        asked.text = f"Do you {world.mark(rfp=rfp.pk, question=asked.pk)}?"
        asked.save()
        make_answer(asked, f"Yes, {world.mark(rfp=rfp.pk, question=asked.pk)}.")
    said_about(world, rfp, name)
    submitted(world, rfp, name)
    came_with(world, rfp, world.people[world.other(name)])
    worked_on(world, rfp, name)
    return rfp


def said_about(world: World, rfp: RFP, name: str) -> None:
    asked, person = question(rfp, 1), world.people[name]
    text = world.mark(rfp=rfp.pk, question=asked.pk)
    QuestionComment.objects.create(question=asked, author=person, text=f"Is it {text}?")
    typed = world.mark(owner=name)
    UnsavedEdit.objects.create(question=asked, user=person, text=typed, base_version=1)
    about = {"version": 1, "asked": asked.text, "number": "", "text": asked.answer.text,
             "choice": ""}  # fmt: skip
    ExpertPacket.objects.create(
        rfp=rfp, token=f"{rfp.pk:032}", expert=person, expert_name=name, made_by=person,
        contents={str(asked.pk): about},
    )  # fmt: skip


def submitted(world: World, rfp: RFP, name: str) -> None:
    """What the buyer was given, a promise in it, and its evidence, which is out of use by now."""
    answer, mark = question(rfp, 1).answer, world.mark(rfp=rfp.pk)
    paper = a_text("All backups are encrypted with AES-256.", title="Policy", owner=None)
    cite(answer, paper.current_version.chunks.get())
    Document.objects.filter(pk=paper.pk).update(review_status="archived")
    export = ExportJob.objects.create(rfp=rfp, completed_at=timezone.now(), **OVER,
                                      started_by=world.people[name])  # fmt: skip
    file_of(world, export)
    given = ExportedAnswer.objects.create(
        export=export, question=answer.question, answer_version=1, text=answer.text,
        outcome="answered", state="draft",
    )  # fmt: skip
    RFP.objects.filter(pk=rfp.pk).update(submitted_export=export, submitted_at=timezone.now())
    Commitment.objects.create(
        rfp=rfp, exported_answer=given, customer=mark, kind="date", words=answer.text, start=0,
        end=9, value=mark,
    )  # fmt: skip
    same_rfp = question(rfp, 2).answer
    _clash(same_rfp, answer, rfp=rfp.pk, topic=world.mark(rfp=rfp.pk))


def came_with(world: World, rfp: RFP, former: Any) -> None:
    """A document of the buyer's, summarised, with a date that it names; who has brought it in is
    no member any more."""
    text = world.mark(rfp=rfp.pk)
    title = f"Terms {world.mark(rfp=rfp.pk)}"
    paper = a_text(f"Terms {text}.", title=title, kind="rfp", owner=former)
    chunk = paper.current_version.chunks.get()
    write_words([chunk])
    came = InformationDocument.objects.create(
        rfp=rfp, document=paper, title=paper.title, summary=f"About {world.mark(rfp=rfp.pk)}.",
        summary_citations=[{"chunk": chunk.pk, "quote": chunk.text[:9]}],
        summarized_at=timezone.now(),
    )  # fmt: skip
    InformationFinding.objects.create(
        information_document=came, ordinal=0, kind="date", chunk=chunk, day=date(2027, 3, 12),
        text=f"Due {text}", quote=chunk.text,
    )  # fmt: skip


def worked_on(world: World, rfp: RFP, name: str) -> None:
    """Work on the RFP that somebody has begun with whom it is not shared any more."""
    former = world.people[world.other(name)]
    common = {"rfp": rfp, "started_by": former, "title": "Drafting"}
    batch = RFPBatchJob.objects.create(job_type="responder", **common, task_name="x.y",
                                       status="failed", completed_at=timezone.now(),
                                       last_error=world.mark(rfp=rfp.pk))  # fmt: skip
    JobItem.objects.create(job=batch, key=str(question(rfp, 1).pk), ordinal=1, state="failed",
                           error=world.mark(rfp=rfp.pk))  # fmt: skip
    going = RFPBatchJob.objects.create(job_type="reviewer", **common, task_name="x.y",
                                       status="processing", started_at=timezone.now(),
                                       total_items=2)  # fmt: skip
    export = ExportJob.objects.create(**common, completed_at=timezone.now(), **OVER)
    file_of(world, export)
    for job in (batch, going, export):
        goes_on(world, job)
    LLMUsage.objects.create(model=LLMModel.objects.latest("pk"), purpose="draft", user=former,
                            subject=f"rfp:{rfp.pk}", cost=Decimal("0.1"))  # fmt: skip


def has_marks(job: Job) -> bool:
    return hasattr(job.concrete(), "rfp_id") or job.kind == "jobs.Job"


def goes_on(world: World, job: Job) -> None:
    """A worker writes what it has done."""
    rfp = getattr(job.concrete(), "rfp_id", None)
    place = {"rfp": rfp} if rfp else {"owner": job.started_by.username}
    JobLog.objects.create(job=job, at=timezone.now(), message=f"Read {world.mark(**place)}.")


def file_of(world: World, job: Job) -> None:
    """What an export has made."""
    text = world.mark(rfp=job.concrete().rfp_id)  # type: ignore[attr-defined]
    JobArtifact.objects.create(
        job=job, name="tender.csv", file=ContentFile(text.encode(), name="x"),
        owner=job.started_by, sha256="0" * 64, size=len(text),
    )  # fmt: skip


def saved_questions(world: World, rfp: RFP, model: LLMModel, owner: Any) -> None:
    saved = QuestionSet.objects.create(name=f"Set {world.mark(rfp=rfp.pk)}", owner=owner, rfp=rfp)
    SetQuestion.objects.create(question_set=saved, ordinal=1, text=world.mark(rfp=rfp.pk))
    Evaluation.objects.create(question_set=saved, kind="prompt", created_by=owner,
                              baseline_chat=model, candidate_chat=model)  # fmt: skip


def clash(world: World) -> None:
    """What one says in an RFP contradicts what the other says in another."""
    first, second = (question(rfp, 1) for rfp in RFP.objects.order_by("pk")[:2])
    for ours, theirs in ((first, second), (second, first)):
        topic = world.mark(rfp=ours.rfp_id, besides=theirs.rfp_id)
        _clash(ours.answer, theirs.answer, rfp=ours.rfp_id, topic=topic)


def _clash(ours: Answer, theirs: Answer, *, rfp: int, topic: str) -> None:
    Contradiction.objects.create(
        rfp_id=rfp, answer=ours, other=theirs, answer_version=1, other_version=1, topic=topic,
        words=ours.text, other_words=theirs.text,
    )  # fmt: skip


# -- the library -------------------------------------------------------------------------------
def new_documents(world: World, name: str) -> None:
    """A collection that only its owner may look into, with one of everything that it can hold."""
    person = world.people[name]
    closed = Collection.objects.create(name="Deal", is_restricted=True)
    Collection.objects.filter(pk=closed.pk).update(name=f"Deal {world.mark(collection=closed.pk)}")
    closed.refresh_from_db()
    closed.members.add(person)
    papers = [new_document(world, name, closed) for _ in range(2)]
    tag = Tag.objects.create(name=f"Topic of {name}")
    papers[0].tags.add(tag)
    first, second = sorted(paper.pk for paper in papers)
    DuplicatePair.objects.update_or_create(
        first_id=first, second_id=second, defaults={"similarity": 0.9, "state": "open"}
    )
    merge_answers(new_answer(world, name, closed), new_answer(world, name, closed), user=person)
    new_source(world, name, closed)


def new_document(world: World, name: str, closed: Collection) -> Document:
    paper = a_text("Our backups.", owner=world.people[name])
    Document.objects.filter(pk=paper.pk).update(title=f"Paper {world.mark(document=paper.pk)}")
    paper.refresh_from_db()
    chunk = paper.current_version.chunks.get()
    chunk.text = f"Our backups {world.mark(document=paper.pk)}."
    chunk.save()
    write_words([chunk])
    paper.collections.add(closed)
    return paper


def new_answer(world: World, name: str, closed: Collection) -> LibraryAnswer:
    number = Document.objects.count()
    content = content_of(f"Where is number {number}?", f"Here, {number}.", "", ())
    details = Details(owner=world.people[name], valid_until=date(2099, 1, 1), collections=[closed])
    made = create_answer(content, user=world.people[name], details=details, approve=True,
                         embed=False)  # fmt: skip
    made.text = f"There, {world.mark(document=made.document_id)}."
    made.save()
    return made


def new_source(world: World, name: str, closed: Collection) -> None:
    place = {"collection": closed.pk, "owner": name}
    source = DocumentationSource.objects.create(
        name=f"Files {world.mark(**place)}", kind="folder", location=f"/{world.mark(**place)}",
        collection=closed, created_by=world.people[name], is_active=False,
    )  # fmt: skip
    job = SyncJob.objects.create(
        source=source, title="Sync", status="failed", started_by=world.people[name],
        last_error=world.mark(owner=name), completed_at=timezone.now(),
    )  # fmt: skip
    key = world.mark(owner=name)
    JobItem.objects.create(job_id=job.pk, key=key, ordinal=1, state="failed", error=key,
                           result={"outcome": "failed"})  # fmt: skip


# -- one's own -----------------------------------------------------------------------------------
def own_things(world: World, name: str, model: LLMModel) -> None:
    person = world.people[name]
    mark = world.mark(owner=name)
    job = Job.objects.create(title=f"Work {mark}", started_by=person, task_name="x.y",
                             status="processing", started_at=timezone.now(),
                             now_doing=mark)  # fmt: skip
    goes_on(world, job)
    JobArtifact.objects.create(
        job=job, name=f"{mark}.csv", file=ContentFile(mark.encode(), name="x"), owner=person,
        sha256="0" * 64, size=len(mark),
    )  # fmt: skip
    Notification.objects.create(user=person, event="reminder", topic=mark, text=mark,
                                url="/")  # fmt: skip
    hook = Webhook.objects.create(owner=person, name=f"To {mark}", url="https://h.example/",
                                  secret="s", events=["job.failed"])  # fmt: skip
    WebhookDelivery.objects.create(
        webhook=hook, owner=person, event="ping", task_name="x.y", status="failed",
        completed_at=timezone.now(), last_error=world.mark(owner=name),
        payload={"about": world.mark(owner=name)},
    )  # fmt: skip
    Budget.objects.create(name=f"Of {mark}", user=person, limit=5)
    # What a call was for is named to whoever may see the call; its purpose is no secret.
    LLMUsage.objects.create(model=model, purpose="draft", user=person, cost=Decimal("0.2"),
                            subject=mark)  # fmt: skip
