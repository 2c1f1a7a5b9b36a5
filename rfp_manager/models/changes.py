"""Passages that were cited and whose documents have changed since."""

from django.conf import settings
from django.db import models


class CitedPassage(models.Model):
    """What became of a quote in a newer version of its document, or in a newer reading of it.

    One row for each quote of a passage, however many answers cite it: drafts and exports alike.
    """

    chunk = models.ForeignKey(
        "solution_library.Chunk", models.CASCADE, related_name="later_states", db_index=False
    )
    quote = models.TextField()
    quote_hash = models.CharField(max_length=64)
    version = models.ForeignKey(
        "solution_library.DocumentVersion", models.CASCADE, related_name="+",
        help_text="the one that was current when this was looked at",
    )  # fmt: skip
    is_changed = models.BooleanField(help_text="the quote does not stand there any more")
    now = models.TextField(blank=True, help_text="the words that stand there instead")
    now_chunk = models.ForeignKey(
        "solution_library.Chunk", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    found_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["chunk", "quote_hash", "version"], name="rfp_cited_passage_once"
            )
        ]

    def __str__(self) -> str:
        return f"{'changed' if self.is_changed else 'unchanged'}: {self.quote[:60]}"


class CheckedChange(models.Model):
    """Somebody has looked at an answer whose passage has changed, and lets it stand."""

    question = models.ForeignKey(
        "rfp_manager.Question", models.CASCADE, related_name="checked_changes"
    )
    chunk = models.ForeignKey("solution_library.Chunk", models.CASCADE, related_name="+")
    reason = models.CharField(
        max_length=60, help_text="changed:12 (by version 12), rejected, archived or expired:…"
    )
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    checked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["question", "chunk", "reason"], name="rfp_change_checked_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.reason}"
