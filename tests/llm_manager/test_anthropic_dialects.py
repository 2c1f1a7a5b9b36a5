"""Models that refuse the form in which a reply is asked for are asked in another one."""

import pytest

from llm_manager.providers.anthropic import dialect
from tests.llm_manager import fake_llm
from tests.llm_manager.fake_llm import FakeLLM, status
from tests.llm_manager.provider_world import REQUEST, error_of, provider


def refusing(*names: str) -> fake_llm.Reply:
    """A server that knows none of these parameters."""

    def reply(handler: fake_llm.Handler) -> None:
        for name in names:
            if name in handler.asked:
                error = {"type": "invalid_request_error", "message": f"{name}: not supported"}
                return handler.send_json({"type": "error", "error": error}, 400)
        return fake_llm.properly(handler)

    return reply


@pytest.mark.parametrize(
    ("unknown", "form"),
    [((), "tool"), (("tool_choice",), "format"), (("tool_choice", "output_config"), "words")],
)
def test_a_refused_form_is_not_used_again(
    llm: FakeLLM, unknown: tuple[str, ...], form: str
) -> None:
    llm.always = refusing(*unknown)
    anthropic = provider(llm, "anthropic")
    assert anthropic.chat(REQUEST).data["answer"] == "Yes."
    assert dialect.form_of(llm.base_url("anthropic"), REQUEST.model_id) == form
    before = len(llm.requests)
    anthropic.chat(REQUEST)
    assert len(llm.requests) == before + 1
    asked = llm.requests[-1][2]
    assert ("output_config" in asked, "tools" in asked) == (form == "format", form == "tool")
    assert ("JSON schema" in asked["system"][0]["text"]) == (form == "words")


def test_a_refusal_for_another_reason_changes_no_form(llm: FakeLLM) -> None:
    llm.always = status(400, {"message": "messages: something else"})
    error_of(lambda: provider(llm, "anthropic").chat(REQUEST))
    assert len(llm.requests) == 1
    assert dialect.form_of(llm.base_url("anthropic"), REQUEST.model_id) == "tool"
