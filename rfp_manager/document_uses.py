"""Tells the library which answers cite a document."""

from typing import Any

from rfp_manager.models import RFP, Answer, Citation
from solution_library.models import Document
from solution_library.usage import Use, Uses


def uses_of_document(document: Document, user: Any, most: int) -> Uses:
    """Answers whose citations point into `document`; those of RFPs that `user` may not see are
    only counted."""
    citing = Answer.objects.filter(citations__chunk__version__document=document).distinct()
    seen = citing.filter(question__rfp__in=RFP.objects.for_user(user).values("pk"))
    total, visible = citing.count(), seen.count()
    newest = list(seen.order_by("-pk").select_related("question__rfp")[:most])
    versions = _versions(document, [answer.pk for answer in newest])
    return Uses([_use(answer, versions) for answer in newest], total - visible)


def _versions(document: Document, answer_ids: list[int]) -> dict[int, int]:
    """The oldest version of the document that each answer rests on."""
    cited = Citation.objects.filter(
        answer__in=answer_ids, chunk__version__document=document
    ).order_by("-chunk__version__number")
    return dict(cited.values_list("answer_id", "chunk__version__number"))


def _use(answer: Answer, versions: dict[int, int]) -> Use:
    question = answer.question
    label = f"{question.rfp.name}: {question.text}"[:160]
    return Use(label, question.get_absolute_url(), versions.get(answer.pk, 0))
