"""A chat model that answers soon, never fails, and knows how often each question was asked."""

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.llm_manager.fake_llm import FakeLLM

QUOTE = re.compile(r"<passage 1>[^\n]*\n.*?([A-Z][^.\n]+\.)", re.DOTALL)
CASE = re.compile(r"\(case ([\w-]+)\)")


class Model:
    """Answers with the first sentence of the first passage, after `seconds`."""

    def __init__(self, seconds: float = 0.03) -> None:
        self.seconds = seconds
        self.calls: Counter[str] = Counter()
        self.in_flight = 0
        self._lock = threading.Lock()
        self._server = FakeLLM()
        self._server.answer = self._answer
        self._server.log = lambda *_: None  # type: ignore[method-assign]

    @contextmanager
    def running(self) -> Iterator["Model"]:
        with self._server.running():
            yield self

    @property
    def base_url(self) -> str:
        return self._server.base_url("openai")

    @contextmanager
    def taking(self, seconds: float) -> Iterator[None]:
        """Each call takes so long while this is open."""
        before, self.seconds = self.seconds, seconds
        try:
            yield
        finally:
            self.seconds = before

    def asked(self, tags: list[str]) -> Counter[str]:
        """How often each question of these RFPs was asked, by its name, TAG-number."""
        with self._lock:
            return Counter(
                {case: n for case, n in self.calls.items() if case.rpartition("-")[0] in tags}
            )

    def _answer(self, prompt: str) -> dict[str, Any]:
        case = CASE.findall(prompt)[-1]
        with self._lock:
            self.calls[case] += 1
            self.in_flight += 1
        time.sleep(self.seconds)
        with self._lock:
            self.in_flight -= 1
        found = QUOTE.search(prompt)
        quote = found.group(1) if found else ""
        return {
            "outcome": "answered", "answer": quote, "choice": None, "explanation": "",
            "citations": [{"passage": 1, "quote": quote}],
        }  # fmt: skip
