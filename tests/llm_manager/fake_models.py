"""Makes a running FakeLLM the installation's default for answers and for vectors."""

from typing import Any

from llm_manager.models import LLMApi, LLMModel
from tests.llm_manager.fake_llm import DIMENSIONS, FakeLLM, follows_the_prompt

KEY = "sk-CANARY-0123456789abcdef"


def use(fake: FakeLLM, kind: str = "openai", **values: Any) -> LLMModel:
    """The default chat model, of an API of `kind`; vectors always come from an OpenAI one."""
    fake.answer = follows_the_prompt
    chat = _model(fake, kind, "small-chat", "chat", **values)
    _model(fake, "openai", "text-embed-small", "embedding", dimensions=DIMENSIONS)
    return chat


def _model(fake: FakeLLM, api_kind: str, model_id: str, kind: str, **values: Any) -> LLMModel:
    api, _ = LLMApi.objects.get_or_create(
        name=f"Fake {api_kind}",
        kind=api_kind,
        defaults={"base_url": fake.base_url(api_kind), "api_key": KEY, "max_concurrency": 3},
    )
    model: LLMModel = LLMModel.objects.create(api=api, model_id=model_id, kind=kind, **values)
    model.make_default()
    return model
