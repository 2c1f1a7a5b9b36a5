"""What browsers and researchers are told, and what browsers tell us."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from audit.limiting import Limit, hit, limit_of
from audit.redaction import plain, redact_text
from spelunker.limits import TooMany, too_many, who

logger = logging.getLogger("spelunker.csp")
MAX_REPORT_BYTES = 16 * 1024
#: Of all browsers together: the log is not to be filled by strangers.
ALTOGETHER = Limit("csp_all", 300, 60)


@csrf_exempt  # browsers send it on their own, without a token; it changes nothing
@require_POST
@login_not_required
def csp_report(request: HttpRequest) -> HttpResponse:
    """A browser has refused something on one of our pages: written to the log, and no more."""
    limit = limit_of("csp_report")
    wait = (hit(limit, who(request)) if limit else 0) or hit(ALTOGETHER, "")
    if wait:
        return too_many(request, TooMany("csp_report", wait))
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        length = MAX_REPORT_BYTES + 1
    if length > MAX_REPORT_BYTES:
        return HttpResponse("The report is too long.\n", status=413, content_type="text/plain")
    report = _report(request.read(MAX_REPORT_BYTES))
    if report is None:
        return HttpResponse("This is no report.\n", status=400, content_type="text/plain")
    logger.warning("CSP refused %s on %s (%s)", *report)
    return HttpResponse(status=204)


def _report(body: bytes) -> tuple[str, str, str] | None:
    """What was refused, where, by which directive; without queries, which may be private."""
    try:
        told: Any = json.loads(body)["csp-report"]
        parts = [str(told.get(name, "")) for name in ("blocked-uri", "document-uri")]
        directive = str(told.get("violated-directive", ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    blocked, page = (plain(redact_text(_without_query(part)), 200) for part in parts)
    return blocked, page, plain(directive, 100)


def _without_query(address: str) -> str:
    try:
        split = urlsplit(address)
    except ValueError:
        return "[not an address]"
    return f"{split.scheme}://{split.hostname}{split.path}" if split.hostname else split.path


@require_safe
@login_not_required
def security_txt(request: HttpRequest) -> HttpResponse:
    """RFC 9116, where the operator has named an address."""
    if not settings.SECURITY_CONTACT:
        raise Http404("No SECURITY_CONTACT is set.")
    expires = (datetime.now(UTC) + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    lines = (f"Contact: {settings.SECURITY_CONTACT}", f"Expires: {expires}",
             "Preferred-Languages: en",
             f"Canonical: {settings.SITE_URL.rstrip('/')}/.well-known/security.txt")  # fmt: skip
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
