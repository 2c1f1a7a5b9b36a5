"""What building an index will take: passages, tokens and money."""

from dataclasses import dataclass

from django.db import connection

from llm_manager.calling import access_to
from llm_manager.forecasting import Forecast, Prompt, forecast
from llm_manager.models import LLMModel
from llm_manager.tokens import guess
from solution_library.indexing.passages import GROUP, embedded_text
from solution_library.indexing.vectors import CURRENT_WITHOUT
from solution_library.models import EmbeddingIndex

#: Spread over the library, so that no one document speaks for all.
SAMPLED = 400
SAMPLE = f"""
SELECT heading_path, text FROM (
    SELECT c.id, c.heading_path, c.text, row_number() OVER (ORDER BY c.id) AS place,
        count(*) OVER () AS total {CURRENT_WITHOUT}
) passages WHERE place %% greatest(1, total / %s) = 0 LIMIT %s
"""  # noqa: S608 - constants
#: No index has this number: what it lacks is everything.
NO_INDEX = 0


@dataclass(frozen=True)
class BuildEstimate:
    """`passages` still have no vector in the index; `forecast` says what their calls take."""

    passages: int
    forecast: Forecast

    @property
    def costs_money(self) -> bool:
        return self.forecast.cost > 0


def estimate(model: LLMModel, index: EmbeddingIndex | None) -> BuildEstimate:
    """For building `index` to its end; None for one that is begun anew. Raises NoModel."""
    lacking = index.pk if index else NO_INDEX
    access = access_to(model)
    passages, texts = _passages(lacking)
    items = -(-passages // GROUP)
    groups = [texts[n : n + GROUP] for n in range(0, len(texts), GROUP)]
    sample = [_prompt(group, passages / items) for group in groups]
    return BuildEstimate(passages, forecast(access, "embedding", sample, items))


def _passages(index_id: int) -> tuple[int, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) " + CURRENT_WITHOUT, [index_id])
        count = int(cursor.fetchone()[0])
        cursor.execute(SAMPLE, [index_id, SAMPLED, SAMPLED])
        return count, [embedded_text(path, text) for path, text in cursor.fetchall()]


def _prompt(texts: list[str], passages: float) -> Prompt:
    """Of a call for so many passages, as large as these are."""
    share = passages / len(texts)
    tokens = sum(guess(text) for text in texts)
    return Prompt(int(sum(map(len, texts)) * share), tokens * share)
