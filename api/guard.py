"""What stands before and behind every endpoint: who asks and how often, that a retried request is
done once, and that whatever goes wrong is a problem with a sentence."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag

from api.idempotency import once
from api.limits import count_call
from api.problems import MEDIA_TYPE, Problem, problem_of, response_of
from api.security import caller_of

READING = ("GET", "HEAD")
#: Around the file of an upload: its form.
FORM_BYTES = 1024 * 1024
View = Callable[..., HttpResponseBase]


def guarded(view: View) -> View:
    """`view` for programs: a token instead of a session, so neither sign-in page nor CSRF."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = _answer(request, partial(view, request, *args, **kwargs))
        except Exception as error:
            response = response_of(problem_of(error))
        return _finished(request, response)

    answer.csrf_exempt = True  # type: ignore[attr-defined]
    answer.login_required = False  # type: ignore[attr-defined]
    return answer


def _answer(request: HttpRequest, call: Callable[[], Any]) -> HttpResponseBase:
    caller = caller_of(request)
    request.caller = caller  # type: ignore[attr-defined]
    reads = request.method in READING
    count_call(caller.token.pk, writes=not reads)
    _refuse_huge(request)
    if request.method == "HEAD":
        request.method = "GET"  # the server sends no body for it
    response: HttpResponse = once(request, caller, call) if request.method == "POST" else call()
    if response.status_code == 405:
        return _not_allowed(response)
    return response


def _refuse_huge(request: HttpRequest) -> None:
    """Before a byte of it is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    is_form = request.content_type == "multipart/form-data"
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if is_form:
        most = settings.MAX_UPLOAD_BYTES + FORM_BYTES
    if length.isdigit() and int(length[:18]) > most:
        raise Problem(413, f"The request is larger than {most // 2**20} MB, which is the limit.")


def _not_allowed(response: HttpResponse) -> HttpResponse:
    allowed = response["Allow"]
    problem = Problem(405, f"This address takes {allowed}, and nothing else.",
                      headers={"Allow": allowed})  # fmt: skip
    return response_of(problem)


def _finished(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if response.status_code == 204:
        del response["Content-Type"]  # of nothing
    patch_vary_headers(response, ["Authorization"])
    if not response.has_header("Cache-Control"):
        response["Cache-Control"] = "private, no-cache"
    if request.method != "GET" or response.status_code != 200:
        return response
    if not isinstance(response, HttpResponse):  # a file
        return response
    if response["Content-Type"].startswith(MEDIA_TYPE):
        return response
    set_response_etag(response)
    same = get_conditional_response(request, etag=response["ETag"], response=response)
    return same if same is not None else response


def unknown(request: HttpRequest, **_: Any) -> HttpResponseBase:
    """Every address below /api/ that there is not."""
    problem = Problem(404, "There is no such address in this API. See /api/v1/docs/.")
    return response_of(problem)


unknown.csrf_exempt = True  # type: ignore[attr-defined]
unknown.login_required = False  # type: ignore[attr-defined]
