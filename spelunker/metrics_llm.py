"""Calls of language models in the metrics: those of the last hour, by an index."""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from prometheus_client.core import GaugeMetricFamily

CALLS = """
SELECT m.model_id, u.outcome, count(*), sum(u.cost)::float,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY u.latency_ms) / 1000
FROM llm_manager_llmusage u JOIN llm_manager_llmmodel m ON m.id = u.model_id
WHERE u.created_at > statement_timestamp() - interval '1 hour'
GROUP BY m.model_id, u.outcome ORDER BY m.model_id, u.outcome
"""
GAUGES = {
    "last_hour_calls": "Calls of language models in the last hour",
    "last_hour_cost_dollars": "What they cost, US dollars",
    "last_hour_p95_seconds": "Time to the answer, 95th percentile",
}


def llm_metrics() -> Iterator[Any]:
    with connection.cursor() as cursor:
        cursor.execute(CALLS)
        rows = cursor.fetchall()
    for column, (name, says) in enumerate(GAUGES.items(), start=2):
        family = GaugeMetricFamily(f"spelunker_llm_{name}", says, labels=("model", "outcome"))
        for row in rows:
            family.add_metric(row[:2], row[column])
        yield family
