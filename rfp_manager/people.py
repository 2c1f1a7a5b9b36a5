"""People at RFPs: their names, who may see what, and telling them once of what concerns them."""

from typing import Any
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from accounts.roles import Role
from jobs.models import Event
from jobs.notifying import remind
from rfp_manager.models import RFP, Question


def name_of(person: Any) -> str:
    return str(person.get_full_name() or person.get_username()) if person else "Somebody"


def people_of(rfp: RFP) -> QuerySet[Any]:
    """Active people who may see the whole RFP, by username."""
    everywhere = Q(is_staff=True) | Q(profile__role__in=(Role.MANAGER, Role.ADMIN))
    members = Q(pk__in=rfp.memberships.order_by().values("user"))
    working = Q(pk=rfp.owner_id) | members | everywhere
    return get_user_model().objects.filter(working, is_active=True).order_by("username")


def people_at(question: Question) -> QuerySet[Any]:
    """Active people who may see this question: those of its RFP, and the expert who holds it."""
    working = Q(pk__in=people_of(question.rfp).order_by().values("pk"))
    holding = Q(
        rfp_assignments__question=question.pk, rfp_assignments__declined_at=None, is_active=True
    )
    return get_user_model().objects.filter(working | holding).order_by("username").distinct()


def may_see_whole(user: Any, rfp_id: int) -> bool:
    return RFP.objects.for_user(user).filter(pk=rfp_id).exists()


def tell(person: Any, text: str, url: str, *, event: Event, about: str) -> None:
    """One notification of one event. `about` begins its topic, which no other event shares."""
    if person is not None and person.is_active:
        remind(person, event=event, topic=f"{about}:{uuid4().hex}", text=text, url=url)


def count_of(number: int, thing: str = "question") -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
