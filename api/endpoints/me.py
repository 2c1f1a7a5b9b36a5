"""Who a token speaks for."""

from django.http import HttpRequest
from ninja import Field, Router, Schema

from accounts.roles import role_of
from api.endpoints import examples
from api.operations import operation

router = Router(tags=["Token"])


class MeOut(Schema):
    username: str
    role: str
    scopes: list[str] = Field(description="what this token is good for")


@operation(router, "GET", "", scope=None, summary="Who am I?", answer=MeOut, example=examples.ME)
def me(request: HttpRequest) -> MeOut:
    """Tries a token: its owner, their role and its scopes."""
    caller = request.caller  # type: ignore[attr-defined]
    name = caller.user.get_username()
    return MeOut(username=name, role=role_of(caller.user).value, scopes=sorted(caller.scopes))
