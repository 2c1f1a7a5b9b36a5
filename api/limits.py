"""How often one token may ask."""

from django.conf import settings

from api.problems import Problem
from audit.limiting import Limit, hit

WINDOW_SECONDS = 60


def count_call(token_id: int, *, writes: bool) -> None:
    """Raises Problem (429), which says when to come again, for a call too many in this minute."""
    times = settings.API_WRITES_PER_MINUTE if writes else settings.API_READS_PER_MINUTE
    if not times:
        return
    wait = hit(Limit("api-write" if writes else "api-read", times, WINDOW_SECONDS), token_id)
    if wait:
        raise Problem(
            429,
            f"This token may ask {times} times a minute{' for changes' if writes else ''}. "
            f"Try again in {wait} seconds.",
            headers={"Retry-After": str(wait)},
            retry_after=wait,
        )
