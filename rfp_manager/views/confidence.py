"""What confidence means, with its measurements."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rfp_manager.presenting.confidence import confidence_page


@require_safe
def confidence(request: HttpRequest) -> HttpResponse:
    """Figures over all answers together; nothing of any of them is shown."""
    context = {"found": confidence_page(), "tab": "confidence"}
    return render(request, "rfp_manager/evaluations/confidence.html", context)
