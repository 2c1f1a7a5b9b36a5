"""Well-known models have their published price until somebody enters another."""

from datetime import date
from decimal import Decimal

import pytest

from llm_manager.known_models import _listed, is_own_server, known, list_date, own_name

OPENAI = "https://api.openai.com/v1"
OLLAMA = "http://localhost:11434/v1"


def price(model_id: str, base_url: str = OPENAI) -> tuple[Decimal, Decimal] | None:
    found = known(model_id, base_url)
    return (found.price.input, found.price.output) if found and found.price else None


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        ("gpt-4o-mini", ("0.15", "0.60")),
        ("gpt-4o-mini-2024-07-18", ("0.15", "0.60")),
        ("openai/gpt-4o", ("2.50", "10.00")),
        ("gpt-5", ("1.25", "10.00")),
        ("gpt-5-2025-08-07", ("1.25", "10.00")),
        ("claude-sonnet-4-5-20250929", ("3.00", "15.00")),
        ("anthropic/claude-sonnet-4.5", ("3.00", "15.00")),
        ("claude-3-5-haiku-latest", ("0.80", "4.00")),
        ("claude-opus-4-20250514", ("15.00", "75.00")),
        ("models/gemini-2.5-flash", ("0.30", "2.50")),
        ("gemini-3.1-pro-preview", ("2.00", "12.00")),
        ("gemini-embedding-001", ("0.15", "0")),
        ("text-embedding-3-small", ("0.02", "0")),
    ],
)
def test_a_model_is_known_by_its_id_with_or_without_provider_and_version(
    model_id: str, expected: tuple[str, str]
) -> None:
    assert price(model_id) == tuple(map(Decimal, expected))


@pytest.mark.parametrize(
    "model_id",
    ["gpt-4o-audio-preview", "gpt-4o-mini-tts", "gpt-5-codex-nobody", "claude-next", "my-finetune",
     "ft:gpt-4o-mini:us::1", "gpt-4", "gemini-2.5-flash-image", "", "dall-e-3"],
)  # fmt: skip
def test_a_model_that_is_not_on_the_list_has_no_price(model_id: str) -> None:
    assert known(model_id, OPENAI) is None


def test_a_price_that_is_not_certain_is_left_out() -> None:
    assert price("gpt-5.6-sol") is None


@pytest.mark.parametrize(
    "model_id", ["llama3.1:8b", "qwen2.5-7b-instruct-q4_k_m.gguf", "mistral:latest",
                 "google/gemma-3-12b-it", "nomic-embed-text:latest", "openai/gpt-oss-20b"],
)  # fmt: skip
def test_open_models_cost_nothing_on_ones_own_server_and_are_unknown_elsewhere(
    model_id: str,
) -> None:
    assert price(model_id, OLLAMA) == (0, 0)
    assert price(model_id, "https://openrouter.ai/api/v1") is None


def test_a_gateway_at_home_does_not_make_a_paid_model_free() -> None:
    assert price("gpt-4o", "http://gateway:4000/v1") == (Decimal("2.50"), Decimal("10.00"))
    assert price("house-model", "http://gateway:4000/v1") is None


@pytest.mark.parametrize(
    ("url", "own"),
    [
        (OLLAMA, True), ("http://127.0.0.1:8080", True), ("http://10.1.2.3/v1", True),
        ("http://192.168.0.7:8000/v1", True), ("http://[::1]:8000/v1", True),
        ("http://ollama:11434/v1", True), ("http://gpu.local:8000/v1", True),
        ("https://api.openai.com/v1", False), ("https://8.8.8.8/v1", False), ("", False),
        ("http://[broken", False), ("https://local.example.com/v1", False),
    ],
)  # fmt: skip
def test_ones_own_server_is_told_by_its_address(url: str, own: bool) -> None:
    assert is_own_server(url) is own


def test_the_list_has_a_date_and_only_sensible_figures() -> None:
    assert date(2026, 1, 1) < list_date() < date(2100, 1, 1)
    for patterns, entry in _listed():
        assert patterns and all(pattern == pattern.lower() for pattern in patterns)
        assert entry.price is None or 0 <= entry.price.output <= 600
        assert entry.price is None or (entry.price.cached or 0) <= entry.price.input
        assert entry.context_window is None or 1000 < entry.context_window < 10_000_000


def test_no_pattern_hides_a_later_one() -> None:
    for patterns, entry in _listed():
        for pattern in patterns:
            if "[" not in pattern:
                assert known(pattern, OPENAI) == entry, pattern
                assert own_name(pattern) == pattern
