"""The offline provider: no key, no network, answers only in the words of the passages."""

from collections.abc import Sequence
from typing import Any

from llm_manager.errors import BadResponse, LLMError, UnknownModel
from llm_manager.providers.base import (
    AnswerInputs,
    ApiAccess,
    ChatReply,
    ChatRequest,
    EmbeddingReply,
    ModelInfo,
    RerankReply,
    Role,
    Spent,
    SummaryInputs,
)
from llm_manager.providers.builtin import responder
from llm_manager.providers.builtin.embedding import get_embedder
from llm_manager.providers.builtin.specs import SPECS, ModelUnavailable

RESPONDER = "extractive-responder"


class BuiltinProvider:
    def list_models(self) -> list[ModelInfo]:
        """The responder, and the embedding models whose files are on this machine."""
        from llm_manager.model_files import installed_model

        found = [ModelInfo(RESPONDER, "Built-in extractive responder (offline)", "chat")]
        for spec in SPECS.values():
            try:
                installed_model(spec.id)
            except ModelUnavailable:
                continue
            found.append(ModelInfo(spec.id, spec.id, "embedding", spec.dims, spec.max_tokens))
        return found

    def chat(self, request: ChatRequest) -> ChatReply:
        try:
            return ChatReply(_write(request), Spent())
        except ModelUnavailable as error:
            raise LLMError(str(error)) from error

    def embed(
        self,
        texts: Sequence[str],
        *,
        model_id: str,
        role: Role,
        dimensions: int | None = None,
    ) -> EmbeddingReply:
        try:
            embedder = get_embedder(model_id or None)
            return EmbeddingReply(
                embedder.embed(texts, role), f"{embedder.model_id}:{embedder.build[:12]}"
            )
        except ModelUnavailable as error:
            raise LLMError(str(error)) from error

    def rerank(self, query: str, texts: Sequence[str], *, model_id: str) -> RerankReply:
        text = "The built-in provider has no model that ranks. Choose another API's."
        raise UnknownModel(text)


def _write(request: ChatRequest) -> dict[str, Any]:
    inputs = request.inputs
    if isinstance(inputs, AnswerInputs):
        return responder.answer(inputs)
    if isinstance(inputs, SummaryInputs):
        return responder.summarise(inputs)
    if request.inputs is None:
        raise BadResponse("The built-in responder reads questions and passages only.")
    return responder.review(inputs)


def connect(access: ApiAccess) -> BuiltinProvider:
    return BuiltinProvider()
