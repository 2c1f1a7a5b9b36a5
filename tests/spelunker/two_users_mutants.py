"""The ways in which the walls between people could be broken, one at a time: each takes one check
out of the running program. Whoever writes a new check adds the hole that it would leave."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from unittest import mock

from django.db.models import Q
from django.shortcuts import get_object_or_404

from accounts.models import ApiToken, Invitation, SignIn
from accounts.people import people
from accounts.roles import Role
from api.models import Webhook, WebhookDelivery
from jobs.models import Job, JobArtifact
from llm_manager.models import Budget
from llm_manager.models.usage import LLMUsage
from llm_manager.subjects import Subject
from rfp_manager.commitments.ledger import given
from rfp_manager.models import (
    RFP,
    Commitment,
    Evaluation,
    ExpertPacket,
    ExportJob,
    InformationDocument,
    InformationFinding,
    Question,
    QuestionSet,
)
from solution_library.models import (
    AnswerMerge,
    Chunk,
    Collection,
    Document,
    DocumentationSource,
    DuplicatePair,
    LibraryAnswer,
    Tag,
)

PACKAGES = (
    "jobs",
    "llm_manager",
    "solution_library",
    "rfp_manager",
    "accounts",
    "api",
    "spelunker",
)


@dataclass(frozen=True)
class Mutant:
    """`place` is module:name or module:Class.name; `instead` takes its place. `besides` are the
    checks behind it that would refuse the same."""

    place: str
    instead: Any
    besides: tuple["Mutant", ...] = ()

    @contextmanager
    def at_large(self) -> Iterator[None]:
        with ExitStack() as stack:
            for one in (self, *self.besides):
                stack.enter_context(one._alone())
            yield

    @contextmanager
    def _alone(self) -> Iterator[None]:
        holder, last = _held(self.place)
        right = original(self.place)
        with mock.patch.object(holder, last, self.instead):
            copies = [] if isinstance(holder, type) else _copies(right, last)
            patches = [mock.patch.object(found, last, self.instead) for found in copies]
            for patch in patches:
                patch.start()
            try:
                yield
            finally:
                for patch in patches:
                    patch.stop()


def _held(place: str) -> tuple[Any, str]:
    """The module or class, and the name there."""
    module, _, name = place.partition(":")
    holder: Any = import_module(module)
    *inside, last = name.split(".")
    for one in inside:
        holder = getattr(holder, one)
    return holder, last


def original(place: str) -> Any:
    """What stands there now."""
    holder, last = _held(place)
    return holder.__dict__[last]


def _copies(right: Any, name: str) -> list[Any]:
    """Other modules that have taken it over by its name."""
    ours = [module for key, module in list(sys.modules.items()) if key.split(".")[0] in PACKAGES]
    return [module for module in ours if module.__dict__.get(name) is right]


def nothing(*_: Any, **__: Any) -> None:
    """No check."""


def yes(*_: Any, **__: Any) -> bool:
    return True


def no(*_: Any, **__: Any) -> bool:
    return False


def itself(rows: Any, *_: Any) -> Any:
    """All rows."""
    return rows


def every(model: Any) -> Callable[..., Any]:
    return lambda *_, **__: model.objects.all()


def any_of(model: Any, **loaded: Any) -> Callable[..., Any]:
    """Whatever has the number, to whoever asks."""

    def found(request: Any, pk: Any, *_: Any) -> Any:
        return get_object_or_404(model, pk=pk)

    return found


def of_any_rfp(model: Any) -> Callable[..., Any]:
    """Whatever has the number, of the RFP that the address names or of another."""
    return lambda rfp, pk: get_object_or_404(model, pk=pk)


def rights(rfp: Any) -> Any:
    from rfp_manager.membership import Rights

    rfp.rights = Rights(None, rfp)
    rfp.rights.__dict__["role"] = Role.MANAGER
    return rfp


def any_rfp(request: Any, rfp_id: int, *_: Any) -> RFP:
    return rights(get_object_or_404(RFP, pk=rfp_id))


def any_question(request: Any, rfp_id: int, question_id: int) -> Question:
    question = get_object_or_404(Question.objects.select_related("rfp"), pk=question_id)
    rights(question.rfp)
    return question


def any_of_rfp(model: Any) -> Callable[..., Any]:
    def found(request: Any, pk: int) -> Any:
        row = get_object_or_404(model.objects.select_related("rfp"), pk=pk)
        rights(row.rfp)
        return row

    return found


def holding_rfp(request: Any, rfp_id: int) -> RFP:
    rfp = any_rfp(request, rfp_id)
    rfp.holds = False
    return rfp


def any_jobs(request: Any, ids: Any) -> list[Job]:
    return list(Job.objects.filter(pk__in=list(ids)))


def named_subjects(keys: Any, user: Any) -> dict[str, Subject]:
    names = {f"rfp:{rfp.pk}": rfp.name for rfp in RFP.objects.all()}
    return {key: Subject(key, names.get(key, key), "/") for key in keys if key}


def everybody(*_: Any) -> Any:
    from django.contrib.auth import get_user_model

    return get_user_model().objects.all()


def all_uses(document: Any, user: Any, most: int) -> Any:
    from rfp_manager.document_uses import Answer, Uses, _use

    citing = Answer.objects.filter(citations__chunk__version__document=document).distinct()
    return Uses([_use(answer, {}) for answer in citing], 0)


def whole(user: Any, **limits: Any) -> Any:
    from solution_library.scoping import Scope

    return Scope(user_id=None, **limits)


def _in(module: str, **instead: Any) -> list[Mutant]:
    return [Mutant(f"{module}:{name.replace('__', '.')}", new) for name, new in instead.items()]


MUTANTS = [
    *_in(
        "accounts.access", check_may_see_people=nothing, own_token_of=any_of(ApiToken),
        own_sign_in_of=any_of(SignIn),
    ),
    Mutant("accounts.access:invitation_of", any_of(Invitation),
           (Mutant("accounts.people:may_give", yes),)),
    Mutant("accounts.access:person_of", lambda request, pk: get_object_or_404(people(), pk=pk),
           (Mutant("accounts.people:may_manage", yes),)),
    *_in("accounts.roles", has_role=yes),
    *_in(
        "api.access", webhook_of=any_of(Webhook), delivery_of=of_any_rfp(WebhookDelivery),
        deliveries_of=every(WebhookDelivery),
    ),
    *_in("api.models", WebhookQuerySet__for_user=itself, WebhookDelivery__may_be_seen_by=yes),
    *_in(
        "jobs.access", must_be=nothing, check_may_write=nothing, job_of=any_of(Job),
        changed_job_of=any_of(Job), watched_job_of=any_of(Job), watched_jobs_of=any_jobs,
        may_see=yes, is_shared_kind=no, artifact_of=any_of(JobArtifact),
        own_artifact_of=any_of(JobArtifact),
    ),
    *_in("jobs.watching", jobs_of=every(Job)),
    *_in("jobs.models.job", JobQuerySet__for_user=itself, Job__may_be_seen_by=yes,
         Job__may_be_changed_by=yes),
    *_in("jobs.models.records", NotificationQuerySet__for_user=itself),
    *_in(
        "llm_manager.access", may_manage=yes, check_may_manage=nothing, may_manage_budgets=yes,
        check_may_manage_budgets=nothing, budgets_of=lambda request: list(Budget.objects.all()),
    ),
    *_in("llm_manager.reporting", calls_seen_by=every(LLMUsage)),
    *_in("llm_manager.subjects", subjects=named_subjects),
    *_in(
        "solution_library.access", document_of=any_of(Document), own_document_of=any_of(Document),
        judged_document_of=any_of(Document), collection_of=any_of(Collection),
        own_collection_of=any_of(Collection), own_tag_of=any_of(Tag), pair_of=any_of(DuplicatePair),
        answer_of=any_of(LibraryAnswer), merge_of=any_of(AnswerMerge),
        source_of=any_of(DocumentationSource), may_change_source=yes,
        own_source_of=any_of(DocumentationSource),
    ),
    *_in("solution_library.collecting", may_manage_collection=yes, may_manage_tag=yes,
         _refuse_to_open=nothing),
    *_in("solution_library.reviewing", may_review=yes, may_approve=yes),
    *_in("solution_library.models.documents", CollectionQuerySet__for_user=itself,
         DocumentQuerySet__for_user=itself, _readable_information=lambda user: Q()),
    *_in("solution_library.models.sources", EmbeddingJob__may_be_seen_by=yes,
         EmbeddingJob__may_be_changed_by=yes),
    *_in("solution_library.models.answers", LibraryAnswerQuerySet__for_user=itself),
    *_in("solution_library.duplicates", visible_pairs=every(DuplicatePair)),
    *_in("solution_library.queries", sources_for=every(DocumentationSource)),
    *_in("solution_library.answers.listing", visible=every(LibraryAnswer)),
    *_in("solution_library.neighbours", _readable=every(Chunk)),
    *_in("solution_library.scoping", READABLE="", Scope__of=staticmethod(whole)),
    *_in("rfp_manager.models.rfps", RFPQuerySet__for_user=itself),
    *_in("rfp_manager.models.evaluations", QuestionSetQuerySet__for_user=itself,
         EvaluationQuerySet__for_user=itself, EvaluationJob__may_be_seen_by=yes,
         EvaluationJob__may_be_changed_by=yes),
    *_in("rfp_manager.models.members", role_in=lambda *_: Role.MANAGER),
    *_in("rfp_manager.models.work", SharedWithRFP__may_be_seen_by=yes,
         SharedWithRFP__may_be_changed_by=yes, may_change=yes,
         SummaryJob__may_be_seen_by=yes, SummaryJob__may_be_changed_by=yes),
    *_in(
        "rfp_manager.access", rfp_of=any_rfp, check_role=lambda request, rfp, *_: rights(rfp),
        own_rfp_of=any_rfp, question_of=any_question, held=lambda user: Q(),
        held_question_of=lambda request, pk: any_question(request, 0, pk),
        packet_of=any_of_rfp(ExpertPacket), rfp_of_expert=holding_rfp,
        judged_question=lambda request, pk: any_question(request, 0, pk),
        affected_document_of=any_of(Document), commitment_of=any_of_rfp(Commitment),
        export_of=of_any_rfp(ExportJob), finding_of=of_any_rfp(InformationFinding),
        information_document_of=lambda request, rfp, pk: get_object_or_404(
            InformationDocument, pk=pk),
        question_set_of=any_of(QuestionSet), evaluation_of=any_of(Evaluation), must_manage=nothing,
    ),
    *_in("rfp_manager.membership", may=yes, may_in=yes, _check=nothing, Rights__reach=yes,
         Rights___holds=True),
    *_in("rfp_manager.assigning", _check_may=nothing),
    *_in("rfp_manager.people", may_see_whole=yes, people_at=everybody, people_of=everybody),
    *_in("rfp_manager.commitments.listing", of_user=lambda user: given(RFP.objects.all())),
    *_in("rfp_manager.contradictions", visible=lambda user: _contradictions()),
    *_in("rfp_manager.packets.bringing", packets_for=every(ExpertPacket)),
    *_in("rfp_manager.packets.making",
         may_take=lambda user, rfp_id, ids, **_: set(
             Question.objects.filter(rfp=rfp_id, pk__in=ids).values_list("pk", flat=True))),
    *_in("solution_library.usage", FINDERS=[all_uses]),
]  # fmt: skip


def _contradictions() -> Any:
    from rfp_manager.models import Contradiction

    return Contradiction.objects.order_by("pk")
