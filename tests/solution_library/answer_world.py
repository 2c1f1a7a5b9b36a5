"""Approved answers in a library whose model puts texts near each other that share words."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest

from llm_manager.models import LLMModel
from solution_library.answers.texts import content_of
from solution_library.answers.writing import Details, create_answer
from solution_library.models import Document, LibraryAnswer
from tests.llm_manager.fake_llm import FakeLLM
from tests.solution_library import index_world

Commit = Callable[[], AbstractContextManager[Any]]


@pytest.fixture
def llm() -> Iterator[FakeLLM]:
    with FakeLLM().running() as fake:
        index_world.serve(fake)
        yield fake


@pytest.fixture
def small(llm: FakeLLM) -> LLMModel:
    found = index_world.model(llm, "embed-small")
    found.make_default()
    return found


@pytest.fixture
def commit(django_capture_on_commit_callbacks: Any) -> Commit:
    """`with commit():` runs what was queued in it, as the relay and a worker would."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def an_answer(
    user: Any,
    question: str = "Do you encrypt backups?",
    text: str = "Yes, with AES-256, every night.",
    *,
    choice: str = "",
    variants: tuple[str, ...] = (),
    approve: bool = True,
    until: date | None = None,
    **details: Any,
) -> LibraryAnswer:
    """An answer of `user`; it is read when the transaction's callbacks are run."""
    return create_answer(
        content_of(question, text, choice, variants), user=user, approve=approve,
        details=Details(owner=user, valid_until=until, **details),
    )  # fmt: skip


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def document_of(answer: LibraryAnswer) -> Document:
    return Document.objects.get(pk=answer.document_id)
