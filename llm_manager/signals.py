"""Reacts to budgets that are changed, wherever that is done."""

from typing import Any

from django.db import connection, transaction
from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver

from llm_manager.budgeting import close_the_books, forget_accounts, resume_stopped
from llm_manager.models import Budget


@receiver(pre_save, sender=Budget)
def wait_for_the_books(**_: Any) -> None:
    """Before the row is locked: whoever opens its account locks in this order, too."""
    if connection.in_atomic_block:
        close_the_books()


@receiver(post_save, sender=Budget)
def count_anew(instance: Budget, **_: Any) -> None:
    """Its accounts may be of another person or subject now, or it was off for a while."""
    forget_accounts(instance)


@receiver([post_save, post_delete], sender=Budget)
def let_stopped_jobs_go_on(**_: Any) -> None:
    """A failure to queue them must not break the change; the hourly look will."""
    transaction.on_commit(resume_stopped, robust=True)
