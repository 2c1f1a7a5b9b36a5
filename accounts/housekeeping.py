"""What of accounts is not needed any more. Called once a day."""

from datetime import timedelta

from django.utils import timezone

from accounts import sessions
from accounts.models import ApiToken, Invitation
from audit import limiting

KEEP_ENDED = timedelta(days=365)


def tidy() -> dict[str, int]:
    """Delete old tries, records of sessions that are gone, and what ended a year ago; returns how
    many of each. The audit log keeps what happened."""
    now = timezone.now()
    ended = {"expires_at__lt": now - KEEP_ENDED}
    return {
        "attempts": limiting.clear(),
        "sign_ins": sessions.forget_dead(),
        "invitations": Invitation.objects.filter(**ended).delete()[0],
        "tokens": ApiToken.objects.filter(**ended).delete()[0],
    }
