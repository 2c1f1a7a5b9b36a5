"""Where somebody is signed in."""

from django.conf import settings
from django.db import models
from django.utils import timezone

#: Each says the names of those before it, too: the first that is found is the one.
PROGRAMS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"),
            ("Chrome/", "Chrome"), ("CriOS", "Chrome"), ("Safari/", "Safari"))  # fmt: skip
SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
           ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip


class SignIn(models.Model):
    """One browser session, so that its owner can see it and end it. Session keys change while a
    session goes on (sign-in, new password); accounts.sessions follows them."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins"
    )
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-seen_at", "-id"]

    def __str__(self) -> str:
        return f"{self.user} from {self.address}"

    @property
    def browser_words(self) -> str:
        """As people call it, e.g. “Firefox on Windows”; what it says of itself if that is new."""
        program = next((word for mark, word in PROGRAMS if mark in self.browser), "")
        system = next((word for mark, word in SYSTEMS if mark in self.browser), "")
        if program and system:
            return f"{program} on {system}"
        return self.browser[:60] or "Unknown"
