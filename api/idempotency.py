"""A request with an Idempotency-Key is done once, however often it is sent.

The key's row is written in the transaction that does the work: either both are there or neither.
A second request with the key waits for the first one, and gets its answer.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.tokens import TokenUser
from api.models import IdempotentCall
from api.problems import conflict, not_usable
from api.security import must_have

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
LONGEST = 200
PATIENCE = "8s"
KEPT_HEADERS = ("Location",)
Call = Callable[[], HttpResponse]


def once(request: HttpRequest, caller: TokenUser, call: Call) -> HttpResponse:
    """The answer of `call`, or the one that the same request got before. Raises Problem."""
    key = _key(request)
    if not key:
        return call()
    digest = _digest(request)
    known = _known(caller, key)
    if known is None:
        try:
            return _first_time(request, caller, key, digest, call)
        except _Taken:
            known = _known(caller, key)
    if known is None:  # it went while we waited: the first one failed, or was forgotten
        raise conflict("The first request with this key failed just now. Send it again.",
                       headers={"Retry-After": "1"})  # fmt: skip
    return _replayed(known, caller, digest)


class _Taken(Exception):
    """Somebody else has written the key's row."""


def _key(request: HttpRequest) -> str:
    key = request.headers.get(HEADER, "").strip()
    if len(key) > LONGEST or not key.isascii() or not key.isprintable():
        raise not_usable(f"An {HEADER} has at most {LONGEST} characters of printable ASCII.")
    return key


def _known(caller: TokenUser, key: str) -> IdempotentCall | None:
    return IdempotentCall.objects.filter(user=caller.user, key=key, at__gt=_too_old()).first()


def _too_old() -> Any:
    return timezone.now() - KEPT


def _first_time(
    request: HttpRequest, caller: TokenUser, key: str, digest: str, call: Call
) -> HttpResponse:
    with transaction.atomic():
        row = _claim(caller, key, digest)
        response = call()
        if response.status_code >= 400 or response.streaming:
            # Nothing was done, so nothing is kept: the next try may be another.
            transaction.set_rollback(True)
            return response
        row.status, row.scope = response.status_code, getattr(request, "scope_asked", "")
        row.body = response.content.decode()
        row.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
        row.save(update_fields=["status", "scope", "body", "headers"])
    return response


def _claim(caller: TokenUser, key: str, digest: str) -> IdempotentCall:
    IdempotentCall.objects.filter(user=caller.user, at__lte=_too_old()).delete()
    row = IdempotentCall(user=caller.user, key=key, digest=digest)
    try:
        with transaction.atomic(), _patience():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise _Taken from error
    except OperationalError as error:
        if type(error.__cause__).__name__ != "LockNotAvailable":
            raise
        raise conflict(
            "The first request with this key is still being worked on. Ask again in a while.",
            headers={"Retry-After": "10"},
        ) from error
    return row


class _patience:  # noqa: N801  reads as a clause
    """Waits for somebody else's transaction, but not for ever."""

    def __enter__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is None:  # else the savepoint takes it back
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout TO DEFAULT")


def _replayed(known: IdempotentCall, caller: TokenUser, digest: str) -> HttpResponse:
    if known.digest != digest:
        raise not_usable(
            "This key was used for another request. Use a new key for each thing you want done.",
            kind="key-reused",
        )
    must_have(caller, known.scope)
    response = HttpResponse(
        known.body, status=known.status, content_type="application/json", headers=known.headers
    )
    response["Idempotency-Replayed"] = "true"
    return response


def _digest(request: HttpRequest) -> str:
    """Of what is asked for, not of its bytes: a form that is sent again has another boundary."""
    whole = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if not (request.content_type or "").startswith("multipart/"):
        whole.update(request.body)
        return whole.hexdigest()
    for name, values in sorted(request.POST.lists()):
        whole.update(repr((name, values)).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            whole.update(repr((name, getattr(file, "name", ""), _digest_of_file(file))).encode())
    return whole.hexdigest()


def _digest_of_file(file: Any) -> str:
    found = hashlib.sha256()
    if isinstance(file, UploadedFile):
        for chunk in file.chunks():
            found.update(chunk)
        file.seek(0)
    return found.hexdigest()
