"""The only place that turns (request, id) into an object of this app, or into a 404.

What somebody does not see is a 404. What they see and may not do is a PermissionDenied: a request
that may change anything needs a contributor of the RFP at least, also where a view says nothing.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.roles import Role
from jobs.access import check_may_write, is_change
from llm_manager.access import may_manage
from llm_manager.models import PromptVersion
from rfp_manager.impact import DOCUMENT
from rfp_manager.membership import Rights
from rfp_manager.models import (
    RFP,
    Citation,
    Commitment,
    Evaluation,
    ExpertPacket,
    ExportedCitation,
    ExportJob,
    InformationDocument,
    InformationFinding,
    Question,
    QuestionSet,
)
from solution_library.models import Document

#: What the database can hold: a number beyond it is nobody's.
MOST_ID = 2**63 - 1
REFUSALS = {
    Role.CONTRIBUTOR: "You are a reader of this RFP, and may not change anything in it. Ask one of "
    "its managers for another role.",
    Role.REVIEWER: "Only the RFP's reviewers and managers may do this.",
    Role.MANAGER: "Only the RFP's managers may do this: its owner, and those who were made so.",
}


def rfp_of(request: HttpRequest, rfp_id: int, at_least: Role | None = None) -> RFP:
    """The RFP if this person may see it; a foreign one is a 404, as if it did not exist.
    `at_least`: the role in it that the request needs, whatever its method."""
    rfp = get_object_or_404(RFP.objects.for_user(request.user), pk=rfp_id)
    check_role(request, rfp, at_least)
    return rfp


def check_role(request: HttpRequest, rfp: RFP, at_least: Role | None = None) -> None:
    """Raises PermissionDenied for who has a lesser role in the RFP; without one that is named, a
    request that may change anything needs a contributor's."""
    rfp.rights = Rights(request.user, rfp)
    needed = at_least or (Role.CONTRIBUTOR if is_change(request) else Role.READER)
    if needed != Role.READER and not rfp.rights.reach(needed):
        raise PermissionDenied(REFUSALS[needed])


def own_rfp_of(request: HttpRequest, rfp_id: int) -> RFP:
    """For what only its managers may do, of whom its owner is one. Raises PermissionDenied."""
    return rfp_of(request, rfp_id, Role.MANAGER)


def information_document_of(
    request: HttpRequest, rfp_id: int, information_id: int
) -> InformationDocument:
    """A document that came with an RFP which the person may see."""
    found = rfp_of(request, rfp_id).information_documents.select_related("document", "rfp")
    return get_object_or_404(found, pk=information_id)


def finding_of(rfp: RFP, finding_id: int) -> InformationFinding:
    """A day that one of the RFP's documents names."""
    found = InformationFinding.objects.filter(information_document__rfp=rfp, day__isnull=False)
    return get_object_or_404(found, pk=finding_id)


def question_of(request: HttpRequest, rfp_id: int, question_id: int) -> Question:
    """The question with its RFP, section and answer, if the person may see the RFP, or holds just
    this question of it."""
    related = Question.objects.select_related(
        "section", "parent", "answer", "answer__model", "answer__edited_by", "answer__approved_by"
    )
    rfp = RFP.objects.for_user(request.user).filter(pk=rfp_id).first()
    if rfp is None:
        mine = related.select_related("rfp").filter(held(request.user))
        question = get_object_or_404(mine, rfp=rfp_id, pk=question_id)
        question.rfp.rights = Rights(request.user, question.rfp, question)
        return question
    question = get_object_or_404(related, rfp=rfp, pk=question_id)
    question.rfp = rfp
    rfp.rights = Rights(request.user, rfp, question)
    if is_change(request) and not rfp.rights.may_write:
        raise PermissionDenied(REFUSALS[Role.CONTRIBUTOR])
    return question


def held(user: Any) -> Q:
    """The questions that were given to this person, unless they said that they are not theirs."""
    return Q(assignment__assignee=user, assignment__declined_at=None)


def held_question_of(request: HttpRequest, question_id: int) -> Question:
    """A question of any RFP that was given to this person."""
    mine = Question.objects.filter(held(request.user))
    return get_object_or_404(mine.select_related("rfp", "section", "answer"), pk=question_id)


def packet_of(request: HttpRequest, packet_id: int) -> ExpertPacket:
    """A sheet of an RFP that the person may see, or one made for them."""
    rfps = RFP.objects.for_user(request.user).values("pk")
    mine = ExpertPacket.objects.filter(Q(rfp__in=rfps) | Q(expert=request.user))
    related = mine.select_related("rfp", "expert", "made_by", "returned_by")
    packet = get_object_or_404(related, pk=packet_id)
    if packet.expert_id != request.user.pk:
        check_role(request, packet.rfp)
    return packet


def rfp_of_expert(request: HttpRequest, rfp_id: int) -> RFP:
    """The RFP if the person may see it or holds a question of it. Show only what is theirs."""
    mine = Exists(Question.objects.filter(held(request.user), rfp=OuterRef("pk")))
    seen = Q(pk__in=RFP.objects.for_user(request.user).values("pk"))
    rfp: RFP = get_object_or_404(RFP.objects.filter(seen | mine).annotate(holds=mine), pk=rfp_id)
    rfp.rights = Rights(request.user, rfp)
    if not rfp.holds:  # type: ignore[attr-defined]
        check_role(request, rfp)
    return rfp


def judged_question(request: HttpRequest, question_id: int) -> Question:
    """A question of any RFP that the person may see, for who may say that its answer stands."""
    rfps = RFP.objects.for_user(request.user)
    found = Question.objects.select_related("rfp").filter(rfp__in=rfps.values("pk"))
    question = get_object_or_404(found, pk=question_id)
    check_role(request, question.rfp, Role.REVIEWER)
    return question


def affected_document_of(request: HttpRequest, document_id: int) -> Document:
    """A document that something of an RFP cites that the person may see."""
    rfps = RFP.objects.for_user(request.user).values("pk")
    of_document = {DOCUMENT: OuterRef("pk")}
    cited = Exists(Citation.objects.filter(answer__question__rfp__in=rfps, **of_document))
    sent = Exists(
        ExportedCitation.objects.filter(exported_answer__question__rfp__in=rfps, **of_document)
    )
    return get_object_or_404(Document.objects.filter(cited | sent), pk=document_id)


def commitment_of(request: HttpRequest, commitment_id: int) -> Commitment:
    """A promise made in an RFP that the person may see, for who may judge it."""
    rfps = RFP.objects.for_user(request.user)
    found = Commitment.objects.select_related("rfp").filter(rfp__in=rfps.values("pk"))
    commitment = get_object_or_404(found, pk=commitment_id)
    check_role(request, commitment.rfp, Role.REVIEWER)
    return commitment


def export_of(rfp: RFP, export_id: str) -> ExportJob:
    """An export of this RFP, named by a form."""
    number = int(export_id) if export_id.isascii() and export_id.isdecimal() else 0
    exports: QuerySet[ExportJob] = QuerySet(ExportJob).filter(rfp=rfp)
    return get_object_or_404(exports, pk=min(number, MOST_ID))


def question_set_of(request: HttpRequest, set_id: int) -> QuestionSet:
    """The set if it is this person's own, or of an RFP that they may see."""
    sets = QuestionSet.objects.for_user(request.user).select_related("rfp", "owner")
    found = get_object_or_404(sets, pk=set_id)
    check_may_write(request)
    return found


def evaluation_of(request: HttpRequest, evaluation_id: int) -> Evaluation:
    """The evaluation with all that it compares, if the person may see its questions."""
    related = Evaluation.objects.for_user(request.user).select_related(
        "question_set", "created_by", "baseline_prompt", "candidate_prompt", "baseline_chat",
        "candidate_chat", "baseline_embedding", "candidate_embedding",
    )  # fmt: skip
    return get_object_or_404(related, pk=evaluation_id)


def managed_prompt_of(request: HttpRequest, prompt_id: int) -> PromptVersion | None:
    """A prompt for those who look after the defaults; 0 is the built-in one, None."""
    must_manage(request)
    return get_object_or_404(PromptVersion, pk=prompt_id) if prompt_id else None


def must_manage(request: HttpRequest) -> None:
    """Raises PermissionDenied for those who do not look after the models."""
    if not may_manage(request):
        raise PermissionDenied("Only those who manage the LLM APIs may do this.")
