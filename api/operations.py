"""How an endpoint is declared: once, with its scope, its words, its answers and its faults."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ninja import Router

from accounts.scopes import Scope
from api.idempotency import HEADER
from api.schemas.common import ProblemOut
from api.security import Bearer

F = TypeVar("F", bound=Callable[..., Any])
#: What any endpoint may answer.
ALWAYS = (401, 403, 429, 500, 503)
#: What else one that takes a body may, and one that takes an Idempotency-Key.
OF_A_BODY = (400, 413, 422)
OF_A_KEY = (409, 422)
IDEMPOTENCY = {
    "name": HEADER, "in": "header", "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "Your own name for this request, e.g. a UUID. Sent again within 24 hours it "
    "is not done again: you get the first answer.",
}  # fmt: skip


def operation(
    router: Router,
    method: str,
    path: str,
    *,
    scope: Scope | None,
    summary: str,
    answer: Any,
    status: int = 200,
    faults: Iterable[int] = (),
    example: Any = None,
    body_example: Any = None,
) -> Callable[[F], F]:
    """Declare an endpoint. `answer` None: there is no body; a str: it is a file of that media
    type. `example` is one of its answers, `body_example` one of a request's body."""
    further = {"POST": (*OF_A_BODY, *OF_A_KEY), "PUT": OF_A_BODY, "PATCH": OF_A_BODY}
    codes = {*ALWAYS, *faults, *further.get(method, ())}
    problems = dict.fromkeys(sorted(codes), ProblemOut)
    is_file = isinstance(answer, str)
    extra: dict[str, Any] = {"x-scope": scope.value if scope else ""}
    if method == "POST":
        extra["parameters"] = [IDEMPOTENCY]
    if is_file:
        binary = {"schema": {"type": "string", "format": "binary"}}
        extra["responses"] = {status: {"content": {answer: binary}}}
    elif example is not None:
        extra["responses"] = {status: {"content": {"application/json": {"example": example}}}}
    if body_example is not None:
        extra["requestBody"] = {"content": {"application/json": {"example": body_example}}}

    def declare(view: F) -> F:
        made: F = router.api_operation(
            [method], path, auth=Bearer(scope.value if scope else ""), summary=summary,
            response={status: None if is_file else answer, **problems},
            operation_id=view.__name__, openapi_extra=extra, url_name=view.__name__,
        )(view)  # fmt: skip
        return made

    return declare
