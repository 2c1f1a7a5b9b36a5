"""Google's Gemini API, with a key of AI Studio."""

import ssl
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import httpx2
from google import genai
from google.genai import errors as sdk_errors
from google.genai import types

from llm_manager import errors
from llm_manager.providers.base import (
    ApiAccess,
    ChatReply,
    ChatRequest,
    EmbeddingReply,
    ModelInfo,
    RerankReply,
    Role,
)
from llm_manager.providers.gemini import dialect, replies
from llm_manager.providers.refusals import SdkErrors, plainly
from llm_manager.providers.transport import (
    CHAT_BYTES,
    LIST_BYTES,
    NO_KEY,
    BoundedClient,
    checked_address,
    needed_key,
)
from llm_manager.providers.vectors import Part, groups, joined

OWN_ADDRESS = "https://generativelanguage.googleapis.com"
#: The API's longest page.
PAGE_OF_MODELS = 1000
SDK = SdkErrors(base=sdk_errors.APIError, status=sdk_errors.APIError, read=replies.refused)


class GeminiProvider:
    def __init__(self, access: ApiAccess) -> None:
        self.access = access
        self.base_url = access.base_url or OWN_ADDRESS

    def list_models(self) -> list[ModelInfo]:
        return plainly(self._list_models, SDK)

    def _list_models(self) -> list[ModelInfo]:
        page = types.ListModelsConfig(page_size=PAGE_OF_MODELS)
        return replies.models(self._client(LIST_BYTES).models.list(config=page).page)

    def chat(self, request: ChatRequest) -> ChatReply:
        return plainly(lambda: replies.chat(self._ask(request), request), SDK)

    def _ask(self, request: ChatRequest) -> Any:
        return self._client(CHAT_BYTES).models.generate_content(
            model=request.model_id, contents=request.prompt, config=dialect.chat_config(request)
        )

    def embed(
        self,
        texts: Sequence[str],
        *,
        model_id: str,
        role: Role,
        dimensions: int | None = None,
    ) -> EmbeddingReply:
        config = dialect.embedding_config(role, dimensions)

        def part(group: list[str]) -> Part:
            return plainly(lambda: self._embed(group, model_id, config), SDK)

        return joined([part(group) for group in groups(texts)], model_id, dimensions)

    def _embed(self, texts: list[str], model_id: str, config: types.EmbedContentConfig) -> Part:
        contents: Any = dialect.contents(texts)
        embed = self._client(LIST_BYTES).models.embed_content
        return replies.vectors(embed(model=model_id, contents=contents, config=config), texts)

    def rerank(self, query: str, texts: Sequence[str], *, model_id: str) -> RerankReply:
        text = "Gemini offers no model that ranks. Choose another API's."
        raise errors.UnknownModel(text)

    def _client(self, max_bytes: int) -> genai.Client:
        base_url = dialect.address(checked_address(self.base_url))
        known_by = dialect.credentials(needed_key(self.access))
        return genai.Client(
            # Said explicitly, so that the environment is not asked: neither for a key, nor
            # for another of Google's clouds, another version or a replay from files.
            vertexai=False,
            api_key=NO_KEY,
            debug_config=genai.client.DebugConfig(
                client_mode=None, replays_directory=None, replay_id=None
            ),
            http_options=types.HttpOptions(
                base_url=base_url,
                api_version=dialect.API_VERSION,
                timeout=int(self.access.timeout_seconds * 1000),
                httpx_client=BoundedClient(self.access, max_bytes, known_by),
                **_unused(),
            ),
        )


@lru_cache(maxsize=1)
def _unused() -> dict[str, Any]:
    """What the SDK would make anew for every client, in 50 ms, and we never use."""
    return {
        "httpx_async_client": httpx2.AsyncClient(trust_env=False),
        "async_client_args": {"ssl": ssl.create_default_context()},
    }


def connect(access: ApiAccess) -> GeminiProvider:
    return GeminiProvider(access)
