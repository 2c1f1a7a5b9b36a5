"""A default moves only to what was compared and was not worse, or for a reason; every move is on
record."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from llm_manager import defaults
from llm_manager.defaults import (
    DefaultRefused,
    NeedsEvaluation,
    Option,
    change_default,
    change_prompt,
    default_guidance,
    objection,
    record_trial,
)
from llm_manager.models import DefaultChange, LLMApi, LLMModel, PromptVersion, Trial
from llm_manager.prompts import ANSWER_GUIDANCE, ANSWER_RULES, answer_system

pytestmark = pytest.mark.django_db
REASON = "The provider retires the old model on Monday."


@pytest.fixture
def api() -> LLMApi:
    return LLMApi.objects.create(name="Remote", kind="openai", base_url="https://llm.example/v1")


@pytest.fixture
def old(api: LLMApi) -> LLMModel:
    model = LLMModel.objects.create(api=api, model_id="old", kind="chat")
    model.make_default()
    return model


@pytest.fixture
def new(api: LLMApi) -> LLMModel:
    return LLMModel.objects.create(api=api, model_id="new", kind="chat")


def manager(user: Any) -> Any:
    user.user_permissions.add(Permission.objects.get(codename="change_llmapi"))
    return type(user).objects.get(pk=user.pk)


def tried(before: LLMModel, after: LLMModel, **values: Any) -> Trial:
    trial = record_trial(
        "evaluation:7", Option("chat", before), Option("chat", after), questions=40,
        objections=values.pop("objections", []),
    )  # fmt: skip
    Trial.objects.filter(pk=trial.pk).update(**values)
    return trial


def default_chat() -> str:
    return LLMModel.objects.get(kind="chat", is_system_default=True).model_id


def test_a_model_that_was_not_compared_does_not_become_the_default(
    old: LLMModel, new: LLMModel, alice: Any
) -> None:
    with pytest.raises(NeedsEvaluation, match="“new” has not been compared .* “old”"):
        change_default(new, user=manager(alice))
    assert default_chat() == "old" and not DefaultChange.objects.exists()


def test_a_model_that_was_compared_and_not_worse_becomes_the_default_and_that_is_recorded(
    old: LLMModel, new: LLMModel, alice: Any
) -> None:
    tried(old, new)
    change = change_default(new, user=manager(alice))
    assert default_chat() == "new" and change is not None
    assert (change.before, change.after, change.user, change.evaluation_ref) == (
        "old", "new", alice, "evaluation:7"
    )  # fmt: skip


def test_a_model_that_was_worse_needs_a_reason_which_is_recorded(
    old: LLMModel, new: LLMModel, alice: Any
) -> None:
    tried(old, new, objections=["Citations that hold: 71 % instead of 94 %."])
    with pytest.raises(NeedsEvaluation, match="71 % instead of 94 %. Give the reason"):
        change_default(new, user=manager(alice), reason="ok")
    change = change_default(new, user=manager(alice), reason=REASON)
    assert change is not None and (change.reason, change.evaluation_ref) == (REASON, "evaluation:7")


@pytest.mark.parametrize("ref", ["", "evaluation:7"])
def test_an_evaluation_counts_for_thirty_days(old: LLMModel, new: LLMModel, ref: str) -> None:
    tried(old, new, finished_at=timezone.now() - timedelta(days=31))
    with pytest.raises(NeedsEvaluation, match="older than 30 days"):
        change_default(new, user=None, evaluation_ref=ref)


def test_an_evaluation_counts_only_against_the_default_that_still_holds(
    api: LLMApi, old: LLMModel, new: LLMModel
) -> None:
    third = LLMModel.objects.create(api=api, model_id="third", kind="chat")
    tried(third, new)
    assert "has not been compared" in objection(new)
    third.make_default()
    assert objection(new) == ""


def test_an_evaluation_of_another_candidate_does_not_count(
    api: LLMApi, old: LLMModel, new: LLMModel
) -> None:
    tried(old, LLMModel.objects.create(api=api, model_id="other", kind="chat"))
    with pytest.raises(NeedsEvaluation):
        change_default(new, user=None, evaluation_ref="evaluation:7")


def test_the_first_default_needs_no_evaluation(new: LLMModel) -> None:
    LLMModel.objects.update(is_system_default=False)
    change = change_default(new, user=None)
    assert change is not None and (change.before, change.after) == ("", "new")


def test_a_default_that_cannot_be_used_is_replaced_without_an_evaluation(
    old: LLMModel, new: LLMModel
) -> None:
    LLMModel.objects.filter(pk=old.pk).update(is_available=False)
    assert change_default(new, user=None) is not None


def test_the_way_back_to_the_built_in_model_is_free(old: LLMModel) -> None:
    built_in = LLMModel.objects.get(api__kind="builtin", kind="chat")
    assert change_default(built_in, user=None) is not None


def test_the_built_in_model_is_a_default_like_others(new: LLMModel) -> None:
    with pytest.raises(NeedsEvaluation):
        change_default(new, user=None)


def test_a_model_that_cannot_be_used_never_becomes_the_default(
    old: LLMModel, new: LLMModel
) -> None:
    LLMApi.objects.filter(pk=new.api_id).update(is_active=False)
    with pytest.raises(DefaultRefused, match="switched off"):
        change_default(new, user=None, reason=REASON)


def test_only_those_who_manage_the_apis_move_a_default(
    old: LLMModel, new: LLMModel, bob: Any
) -> None:
    tried(old, new)
    with pytest.raises(DefaultRefused, match="Only those who manage"):
        change_default(new, user=bob, reason=REASON)


def test_making_the_default_the_default_changes_nothing(old: LLMModel) -> None:
    assert change_default(old, user=None) is None
    assert not DefaultChange.objects.exists()


def test_what_else_hangs_on_a_default_moves_in_the_same_transaction(
    api: LLMApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = LLMModel.objects.create(api=api, model_id="vectors", kind="embedding")

    def refuses(model: LLMModel, user: Any) -> None:
        model.make_default()
        raise DefaultRefused("Its vectors are not built.")

    monkeypatch.setitem(defaults.MOVERS, "embedding", refuses)
    before = LLMModel.objects.get(kind="embedding", is_system_default=True)
    with pytest.raises(DefaultRefused, match="not built"):
        change_default(model, user=None, reason=REASON)
    assert LLMModel.objects.get(kind="embedding", is_system_default=True) == before
    assert not DefaultChange.objects.exists()


def test_a_prompt_moves_by_the_same_rule(alice: Any) -> None:
    prompt = PromptVersion.objects.create(name="Terse", text="Answer in one sentence.")
    with pytest.raises(NeedsEvaluation, match="The built-in prompt"):
        change_prompt(prompt, user=None)
    record_trial(
        "evaluation:8", Option("prompt"), Option("prompt", prompt=prompt), questions=40,
        objections=[],
    )  # fmt: skip
    change = change_prompt(prompt, user=None)
    assert change is not None and change.before == "The built-in prompt"
    assert default_guidance() == "Answer in one sentence."
    assert change_prompt(None, user=None) is not None, "the way back is free"
    assert default_guidance() == ""


def test_no_prompt_takes_away_the_rules_that_answers_are_checked_by() -> None:
    assert answer_system("Be brief.") == f"Be brief.\n\n{ANSWER_RULES}"
    assert answer_system("  ") == f"{ANSWER_GUIDANCE}\n\n{ANSWER_RULES}"
    assert answer_system("x" * 100_000).endswith(ANSWER_RULES)
