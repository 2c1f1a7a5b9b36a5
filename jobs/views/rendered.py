"""HTML that is put together once for all who look on: it depends on nothing but the job and what
its reader may know. It stays in this process: from a cache that others can write to it would not
be safe."""

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import caches
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.formats import CHOSEN
from jobs.crowd import Pace
from jobs.models import Job
from jobs.sentences import state_sentence

#: So long what one tab was sent serves the others. Rates are in it, and must not grow old.
SHARED_SECONDS = 5


@dataclass(frozen=True)
class Rendered:
    """`tag` is that of the state it shows, `made` when it was put together (monotonic)."""

    html: str
    tag: str
    made: float = 0.0

    def serves(self, tag: str, pace: Pace) -> bool:
        return self.tag == tag or time.monotonic() - self.made < pace.lag

    @property
    def safe(self) -> SafeString:
        return SafeString(self.html)


def shared(
    request: HttpRequest, template: str, job: Job, tag: str, pace: Pace, now: datetime
) -> Rendered:
    """`template` for this job, of this state or, in a crowd, of one that was `pace.lag` seconds
    before it at most. That is younger than a tab's last poll, so none is ever sent back."""
    key, cache = _key(template, job, state_sentence(job, now, request.user)), caches["rendered"]
    found: Rendered | None = cache.get(key)
    if found is None or not found.serves(tag, pace):
        html = render_to_string(template, {"job": job, "pace": pace}, request)[:]  # not SafeString
        found = Rendered(html, tag, time.monotonic())
        cache.set(key, found, SHARED_SECONDS)
    return found


def _key(template: str, job: Job, sentence: str) -> str:
    """What is not to be late in any crowd, and what not every reader may know; and how this one
    reads dates and numbers."""
    zone = timezone.get_current_timezone_name()
    facts = (template, job.pk, job.status, job.attempt, sentence, zone, CHOSEN.get())
    return hashlib.sha256(repr(facts).encode()).hexdigest()
