"""The fixtures of answer_world for all tests of this folder."""

from tests.rfp_manager.answer_world import commit, library, llm, rfp

__all__ = ["commit", "library", "llm", "rfp"]
