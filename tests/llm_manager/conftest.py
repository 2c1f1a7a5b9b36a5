"""One fake LLM server for the tests of this folder, as new for each of them."""

from collections.abc import Iterator

import pytest

from llm_manager.providers.anthropic import dialect as anthropic_dialect
from llm_manager.providers.openai import dialect
from tests.llm_manager.fake_llm import FakeLLM


@pytest.fixture(scope="session")
def fake_server() -> Iterator[FakeLLM]:
    with FakeLLM().running() as fake:
        yield fake


@pytest.fixture
def llm(fake_server: FakeLLM) -> Iterator[FakeLLM]:
    dialect._learned.clear()
    anthropic_dialect._learned.clear()
    fake_server.answer = lambda prompt: {"outcome": "answered", "answer": "Yes."}
    yield fake_server
    fake_server.forget()
