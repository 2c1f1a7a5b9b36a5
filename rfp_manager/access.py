"""The only place that turns (request, id) into an object of this app, or into a 404."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from rfp_manager.models import RFP, Question


def rfp_of(request: HttpRequest, rfp_id: int) -> RFP:
    """The RFP if this person may see it; a foreign one is a 404, as if it did not exist."""
    return get_object_or_404(RFP.objects.for_user(request.user), pk=rfp_id)


def question_of(request: HttpRequest, rfp_id: int, question_id: int) -> Question:
    """The question with its RFP, section and answer, if the person may see the RFP."""
    rfp = rfp_of(request, rfp_id)
    related = Question.objects.select_related(
        "section", "answer", "answer__model", "answer__edited_by"
    )
    question = get_object_or_404(related, rfp=rfp, pk=question_id)
    question.rfp = rfp
    return question
