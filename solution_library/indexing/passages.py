"""Vectors for passages, whatever their length. No database: runs in the threads of a batch."""

from collections.abc import Sequence

import numpy as np

from llm_manager.calling import ModelAccess, embed
from llm_manager.control.ledger import Booking
from llm_manager.errors import ContextTooLong
from llm_manager.providers.base import EmbeddingReply, Spent

#: Passages that get their vectors together: one or two calls of a remote model.
GROUP = 64
#: A passage that is too long for a model counts by its beginning, but not by less than this.
FEWEST_CHARACTERS = 200


def embedded_text(heading_path: str, text: str) -> str:
    """A passage is embedded with its headings, which often hold the subject's name."""
    return f"{heading_path}\n{text}" if heading_path else text


def embed_passages(model: ModelAccess, texts: Sequence[str], booking: Booking) -> EmbeddingReply:
    """A vector for each text. What does not fit into one call goes into several; a passage that
    does not fit at all is cut, as the built-in models do too. Raises LLMError or TryLater."""
    try:
        return embed(model, texts, "passage", booking)
    except ContextTooLong:
        if len(texts) == 1 and len(texts[0]) <= FEWEST_CHARACTERS:
            raise
    if len(texts) == 1:
        return embed_passages(model, [texts[0][: len(texts[0]) // 2]], booking)
    half = len(texts) // 2
    first = embed_passages(model, texts[:half], booking)
    second = embed_passages(model, texts[half:], booking)
    tokens = first.spent.input_tokens + second.spent.input_tokens
    both = np.concatenate([first.vectors, second.vectors])
    return EmbeddingReply(both, second.build, Spent(tokens))
