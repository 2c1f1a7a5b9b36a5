"""Reacts to new documents."""

import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from solution_library.models import Document

logger = logging.getLogger(__name__)


@receiver(post_save, sender=Document)
def embed_new_document(instance: Document, created: bool, **_: Any) -> None:
    """Queue the reading of a new document; a failure to queue must not break the save."""
    if not created or not settings.AUTO_EMBED_DOCUMENTS:
        return
    if getattr(instance, "skip_embedding", False) or instance.source_id:
        return
    from solution_library.ingest import start_embedding

    try:
        with transaction.atomic():
            start_embedding(instance, instance.owner)
    except DatabaseError:
        logger.exception("Could not queue the reading of document %s", instance.pk)
