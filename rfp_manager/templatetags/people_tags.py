"""What concerns the person who looks at a page, on every page."""

from typing import Any

from django import template

from rfp_manager.due_assignments import waiting_for

register = template.Library()
#: Pages of the library and of jobs spare the query.
_WHERE = ("home", "rfp_manager:")
_COUNTED = "_questions_waiting_for_me"


@register.simple_tag(takes_context=True)
def waiting_for_me(context: template.Context, view: str) -> int:
    """How many questions wait for this person's answer, on the home page and the pages of RFPs;
    one query for a page, however often it is shown there."""
    if not view.startswith(_WHERE):
        return 0
    request: Any = context.get("request")
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return 0
    if not hasattr(request, _COUNTED):
        setattr(request, _COUNTED, waiting_for(user).count())
    found: int = getattr(request, _COUNTED)
    return found
