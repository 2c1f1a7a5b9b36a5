"""Who asks: a bearer token, its person and what it is good for. Sessions count for nothing here."""

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from accounts.tokens import TokenUser, token_user
from api.problems import Problem

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Spelunker"'}
WHO_ARE_YOU = (
    "Send an API token as “Authorization: Bearer spk_…”. You make one on your page of API tokens."
)
WHO_IS_THAT = "This token is not known, has expired, was revoked, or its owner is not active."


def caller_of(request: HttpRequest) -> TokenUser:
    """Whose token came with the request; `request.user` is that person from here on. Raises
    Problem (401)."""
    scheme, _, raw = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not raw.strip():
        raise Problem(401, WHO_ARE_YOU, kind="no-token", headers=CHALLENGE)
    found = token_user(raw.strip())
    if found is None:
        headers = {"WWW-Authenticate": CHALLENGE["WWW-Authenticate"] + ', error="invalid_token"'}
        raise Problem(401, WHO_IS_THAT, kind="bad-token", headers=headers)
    request.user = found.user
    return found


def must_have(caller: TokenUser, scope: str) -> None:
    """Raises Problem (403) that names the missing scope."""
    if scope and not caller.may(scope):
        raise Problem(
            403,
            f"This token lacks the scope “{scope}”. Make one that has it.",
            kind="missing-scope",
            missing_scope=scope,
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
        )


class Bearer(HttpBearer):
    """Checks the scope of an endpoint. Who calls was found out before (api.guard)."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        caller: TokenUser = request.caller  # type: ignore[attr-defined]
        must_have(caller, self.scope)
        # A replay of this answer asks for the same (api.idempotency).
        request.scope_asked = self.scope  # type: ignore[attr-defined]
        return caller
