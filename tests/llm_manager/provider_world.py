"""What the tests of providers share: one question, a key that must never be seen again."""

from collections.abc import Callable
from typing import Any

import pytest

from llm_manager import errors
from llm_manager.providers.base import AnswerInputs, ApiAccess, ChatRequest, Passage, Provider
from llm_manager.providers.registry import connect
from tests.llm_manager.fake_llm import FakeLLM

KEY = "sk-CANARY-0123456789abcdef"
KINDS = ("openai", "anthropic", "gemini")
#: Those that offer vectors.
EMBEDDING = ("openai", "gemini")
INPUTS = AnswerInputs(
    question="Are backups encrypted?",
    section="Backups",
    allowed_choices=(),
    passages=(Passage(1, "All backups are encrypted."),),
    max_characters=None,
    language=None,
    evidence=None,
)
REQUEST = ChatRequest("small-chat", "Answer.", "Question: ?", {"type": "object"}, INPUTS)
CALLS: dict[str, Callable[[Provider], Any]] = {
    "chat": lambda p: p.chat(REQUEST),
    "models": lambda p: p.list_models(),
    "embed": lambda p: p.embed(["a"], model_id="m", role="query"),
    "rerank": lambda p: p.rerank("a", ["a", "b"], model_id="m"),
}


def provider(
    fake: FakeLLM,
    kind: str,
    *,
    key: str = KEY,
    timeout: float = 5.0,
    first_byte: float | None = None,
) -> Provider:
    return connect(kind, ApiAccess(fake.base_url(kind), lambda: key, timeout, first_byte))


def error_of(call: Callable[[], Any]) -> errors.LLMError:
    with pytest.raises(errors.LLMError) as caught:
        call()
    return caught.value
