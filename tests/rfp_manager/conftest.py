"""The fixtures of answer_world and evaluation_world for all tests of this folder."""

from tests.rfp_manager.answer_world import commit, library, llm, rfp
from tests.rfp_manager.evaluation_world import candidate, other_llm, question_set

__all__ = ["candidate", "commit", "library", "llm", "other_llm", "question_set", "rfp"]
