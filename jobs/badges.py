"""What a status looks like: one place for all pages."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """tone: the colour's name; icon: of the sprite; spins: work is going on."""

    tone: str
    icon: str
    spins: bool = False


UNKNOWN = Look("neutral", "circle")
_STATUSES = {
    Look("info", "refresh", spins=True): "processing running syncing embedding drafting reviewing",
    Look("success", "check"): "completed approved embedded indexed answered active valid ok passed "
    "supported current exported success",
    Look("error", "x-circle"): "failed rejected error invalid poisoned unsupported wrong "
    "no_evidence",
    Look("warning", "alert"): "partial needs_review needs_ocr stale overdue changed warning lost "
    "waiting needs_changes unverified",
    Look("neutral", "clock"): "pending queued scheduled",
    Look("primary", "pencil"): "draft drafted edited",
    Look("primary", "eye"): "reviewed",
    Look("neutral", "ban"): "cancelled inactive skipped archived gone disabled",
}
LOOKS = {status: look for look, names in _STATUSES.items() for status in names.split()}
#: Where the status itself, capitalised, is not how people say it.
WORDS = {"no_evidence": "No evidence", "needs_ocr": "Needs OCR", "needs_review": "Needs review",
         "needs_changes": "Needs changes"}  # fmt: skip


def look_of(status: str) -> Look:
    return LOOKS.get(status, UNKNOWN)


def words_of(status: str) -> str:
    """The status in words; never empty."""
    status = status or "unknown"
    return WORDS.get(status) or status[:1].upper() + status[1:]
