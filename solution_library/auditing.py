"""What of the library is written into the audit log, wherever it is changed."""

from audit.tracking import Tracked, track
from solution_library.models import Collection, Document, DocumentationSource

SOURCE = Tracked(
    "source",
    ("name", "kind", "location", "config", "is_active", "collection", "sync_every"),
    {"credentials": "source.credentials_changed"},
    secret=("credentials",),
)


def connect() -> None:
    """Called once, when the apps are ready."""
    track(DocumentationSource, SOURCE)
    track(Document, Tracked("document", (), created=False))
    track(Collection, Tracked("collection", (), created=False))
