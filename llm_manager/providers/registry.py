"""The one list of providers. To add one: a folder with `provider.py`, and a line here."""

from importlib import import_module

from llm_manager.providers.base import ApiAccess, Provider

PROVIDERS: dict[str, str] = {
    "builtin": "llm_manager.providers.builtin.provider",
    "openai": "llm_manager.providers.openai.provider",
    "anthropic": "llm_manager.providers.anthropic.provider",
    "gemini": "llm_manager.providers.gemini.provider",
}


def connect(kind: str, access: ApiAccess) -> Provider:
    """A provider of `kind` bound to an API. Raises KeyError for a kind nobody offers."""
    provider: Provider = import_module(PROVIDERS[kind]).connect(access)
    return provider
