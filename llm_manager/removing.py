"""Removes an API that nobody needs any more."""

from django.db import transaction
from django.db.models.deletion import ProtectedError

from accounts.formats import number_text
from llm_manager.models import LLMApi, LLMUsage, ProviderKind, ValidationJob

#: Nobody needs it more exactly, and there may be millions.
MOST_COUNTED = 1000


class StillNeeded(Exception):
    """The API stays; the message says why and what can be done instead."""


def reason_to_keep(api: LLMApi) -> str:
    """Why an API cannot be deleted, as a sentence; "" if it can."""
    if api.kind == ProviderKind.BUILTIN:
        return "The built-in models belong to the installation. They can be switched off."
    if default := api.models.filter(is_system_default=True).first():
        return f"Its model “{default}” is a default. Choose another default first."
    calls = LLMUsage.objects.filter(model__api=api).order_by()[: MOST_COUNTED + 1].count()
    if calls:
        counted = "1 call is" if calls == 1 else f"{number_text(calls)} calls are"
        if calls > MOST_COUNTED:
            counted = f"More than {number_text(MOST_COUNTED)} calls are"
        return f"{counted} booked on its models, and books are kept. Switch it off instead."
    if ValidationJob.objects.filter(api=api).active().exists():
        return "It is being tested. Try again when that is done."
    return ""


def remove(api: LLMApi) -> None:
    """Delete an API with its models, its checks and its key. Raises StillNeeded."""
    with transaction.atomic():
        LLMApi.objects.select_for_update().defer("api_key").get(pk=api.pk)
        if reason := reason_to_keep(api):
            raise StillNeeded(reason)
        try:
            api.delete()
        except ProtectedError as error:
            raise StillNeeded(
                "Answers, estimates or calls refer to its models. Switch it off instead."
            ) from error
