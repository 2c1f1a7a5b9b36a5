"""Tells the apps that cite documents when one reads differently: this one does not know them."""

from collections.abc import Callable
from functools import partial

from django.db import transaction

#: document id -> anything. Called after the commit, by the worker that has read the document.
LISTENERS: list[Callable[[int], object]] = []


def announce(document_id: int) -> None:
    """A document's text is another one once this transaction is committed. What fails in a
    listener is logged and undoes nothing: the document is read, whatever others make of it."""
    for listener in LISTENERS:
        transaction.on_commit(partial(listener, document_id), robust=True)
