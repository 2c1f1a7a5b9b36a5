"""Common servers of LLMs: what to enter for each of them."""

from dataclasses import dataclass

from llm_manager.models import ProviderKind


@dataclass(frozen=True)
class Preset:
    """A starting point of the form in which an API is added."""

    slug: str
    label: str
    kind: str
    base_url: str
    hint: str
    needs_key: bool = True
    is_own: bool = False


PRESETS = (
    Preset("openai", "OpenAI", ProviderKind.OPENAI, "", "The address may stay empty."),
    Preset("anthropic", "Anthropic", ProviderKind.ANTHROPIC, "", "The address may stay empty."),
    Preset("gemini", "Google Gemini", ProviderKind.GEMINI, "", "The address may stay empty."),
    Preset(
        "azure", "Azure OpenAI", ProviderKind.OPENAI,
        "https://YOUR-RESOURCE.openai.azure.com/openai/v1/",
        "Put in the name of your resource. A model's id is there the name of its deployment: "
        "enter each deployment by hand afterwards.",
    ),
    Preset(
        "openrouter", "OpenRouter", ProviderKind.OPENAI, "https://openrouter.ai/api/v1",
        "One key for the models of many providers.",
    ),
    Preset(
        "ollama", "Ollama", ProviderKind.OPENAI, "http://localhost:11434/v1",
        "Needs no key. Its default context is short: set OLLAMA_CONTEXT_LENGTH to 16384 or more.",
        needs_key=False, is_own=True,
    ),
    Preset(
        "vllm", "vLLM", ProviderKind.OPENAI, "http://localhost:8000/v1",
        "Needs a key only if it was started with --api-key.", needs_key=False, is_own=True,
    ),
    Preset(
        "llamacpp", "llama.cpp", ProviderKind.OPENAI, "http://localhost:8080/v1",
        "Needs a key only if it was started with --api-key. Calls at once: as many as its slots.",
        needs_key=False, is_own=True,
    ),
    Preset(
        "lmstudio", "LM Studio", ProviderKind.OPENAI, "http://localhost:1234/v1",
        "Needs no key.", needs_key=False, is_own=True,
    ),
    Preset(
        "other", "Another one", ProviderKind.OPENAI, "https://",
        "Any server that speaks OpenAI's protocol.", needs_key=False,
    ),
)  # fmt: skip
#: A server of one's own has few places; calls wait for one another there anyway.
OWN_CONCURRENCY = 2


def preset(slug: str) -> Preset | None:
    return next((each for each in PRESETS if each.slug == slug), None)


def initial_of(found: Preset) -> dict[str, object]:
    """What the form begins with."""
    name = "" if found.slug == "other" else found.label
    initial: dict[str, object] = {"name": name, "kind": found.kind, "base_url": found.base_url}
    return initial | ({"max_concurrency": OWN_CONCURRENCY} if found.is_own else {})
