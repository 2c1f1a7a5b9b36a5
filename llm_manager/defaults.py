"""The rule by which the installation's defaults move, and the record of every move.

A default may move to a candidate that an evaluation has compared with the present default, and
that was not worse, or for a reason that a person gives. The low-level movers (LLMModel.make_default
and the like) ask nobody; everything that people press goes through here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.roles import Role, has_role
from llm_manager.models import (
    DefaultChange,
    DefaultKind,
    LLMApi,
    LLMModel,
    PromptVersion,
    ProviderKind,
    Trial,
)

MANAGE = "llm_manager.change_llmapi"
#: An evaluation says nothing about what a provider has made of its model since.
TRIAL_DAYS = 30
SHORTEST_REASON = 10
BUILT_IN_PROMPT = "The built-in prompt"
#: How the default of a kind moves where more hangs on it than the model's own flag; called within
#: the transaction of the move with (model, user). May raise DefaultRefused.
MOVERS: dict[str, Callable[[LLMModel, Any], None]] = {}


class DefaultRefused(Exception):
    """The default stays as it is; the message says why."""


class NeedsEvaluation(DefaultRefused):
    """The default may move only after an evaluation, or for a reason that a person gives."""


@dataclass(frozen=True)
class Option:
    """Something that is, or may become, a default. Neither model nor prompt: the built-in
    prompt, or no model."""

    kind: str
    model: LLMModel | None = None
    prompt: PromptVersion | None = None

    @property
    def name(self) -> str:
        if self.kind == DefaultKind.PROMPT:
            return str(self.prompt) if self.prompt else BUILT_IN_PROMPT
        return str(self.model) if self.model else ""

    def is_same(self, other: "Option") -> bool:
        return self.kind == other.kind and self._key() == other._key()

    def _key(self) -> tuple[int | None, int | None]:
        return (
            self.model.pk if self.model else None,
            self.prompt.pk if self.prompt else None,
        )

    def usable(self) -> bool:
        """Whether calls can be made with it at present."""
        if self.kind == DefaultKind.PROMPT:
            return True
        return (
            self.model is not None and LLMModel.objects.usable().filter(pk=self.model.pk).exists()
        )

    def is_built_in(self) -> bool:
        if self.model is None:
            return self.prompt is None
        return LLMApi.objects.filter(pk=self.model.api_id, kind=ProviderKind.BUILTIN).exists()


def present(kind: str) -> Option:
    """The default of a kind as it is now, usable or not."""
    if kind == DefaultKind.PROMPT:
        return Option(kind, prompt=PromptVersion.objects.filter(is_default=True).first())
    return Option(kind, LLMModel.objects.filter(kind=kind, is_system_default=True).first())


def default_guidance() -> str:
    """The text of the default answering prompt, "" for the built-in one."""
    found = PromptVersion.objects.filter(is_default=True).values_list("text", flat=True).first()
    return found or ""


def change_default(
    model: LLMModel, *, user: Any, evaluation_ref: str = "", reason: str = ""
) -> DefaultChange | None:
    """Make `model` the default of its kind; None if it is already.

    Raises DefaultRefused with a sentence, of which NeedsEvaluation can be met by a reason.
    """
    return _move(Option(model.kind, model), user, evaluation_ref, reason)


def change_prompt(
    prompt: PromptVersion | None, *, user: Any, evaluation_ref: str = "", reason: str = ""
) -> DefaultChange | None:
    """The same for the answering prompt; None as `prompt` is the built-in one."""
    return _move(Option(DefaultKind.PROMPT, prompt=prompt), user, evaluation_ref, reason)


def objection(candidate: LLMModel | PromptVersion) -> str:
    """Why this may not become the default without a reason, as a sentence; "" if it may."""
    if isinstance(candidate, LLMModel):
        after = Option(candidate.kind, candidate)
    else:
        after = Option(DefaultKind.PROMPT, prompt=candidate)
    return grounds(present(after.kind), after)[1]


def grounds(before: Option, after: Option, ref: str = "") -> tuple[str, str]:
    """On what the move may rest: the evaluation's ref (or ""), and what speaks against it."""
    if not before.usable() or after.is_built_in() or after.kind == DefaultKind.RERANK:
        return "", ""
    trial = _newest_trial(before, after, ref)
    if trial is None:
        return "", (
            f"“{after.name}” has not been compared with the present default, “{before.name}”. "
            "Run an evaluation of it first, or give the reason why it may go without one."
        )
    if trial.finished_at < timezone.now() - timedelta(days=TRIAL_DAYS):
        return trial.ref, (
            f"The evaluation of “{after.name}” is older than {TRIAL_DAYS} days. Run it again, or "
            "give the reason why it still counts."
        )
    if trial.objections:
        found = " ".join(str(sentence) for sentence in trial.objections)
        return trial.ref, f"{found} Give the reason why it may become the default all the same."
    return trial.ref, ""


def _newest_trial(before: Option, after: Option, ref: str) -> Trial | None:
    trials = Trial.objects.filter(
        kind=after.kind,
        baseline_model=before.model,
        candidate_model=after.model,
        baseline_prompt=before.prompt,
        candidate_prompt=after.prompt,
    )
    return (trials.filter(ref=ref) if ref else trials).order_by("-finished_at").first()


@transaction.atomic
def _move(after: Option, user: Any, ref: str, reason: str) -> DefaultChange | None:
    _lock(after.kind)
    before = present(after.kind)
    if before.is_same(after):
        return None
    reason = reason.replace("\x00", "").strip()
    _check(after, user, reason)
    rests_on, against = grounds(before, after, ref)
    if against and len(reason) < SHORTEST_REASON:
        raise NeedsEvaluation(against)
    _set(after, user)
    return DefaultChange.objects.create(
        kind=after.kind,
        before=before.name,
        after=after.name,
        before_model=before.model,
        after_model=after.model,
        before_prompt=before.prompt,
        after_prompt=after.prompt,
        evaluation_ref=rests_on,
        user=user,
        reason=reason,
    )


def _lock(kind: str) -> None:
    """Whoever else moves this default waits, so that the rule is asked about what holds."""
    if kind == DefaultKind.PROMPT:
        list(PromptVersion.objects.select_for_update().order_by("pk").values_list("pk"))
    else:
        same_kind = LLMModel.objects.filter(kind=kind)
        list(same_kind.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _check(after: Option, user: Any, reason: str) -> None:
    if user is not None and not (has_role(user, Role.ADMIN) or user.has_perm(MANAGE)):
        raise DefaultRefused("Only those who manage the LLM APIs may change a default.")
    if not after.usable():
        raise DefaultRefused(
            f"“{after.name}” cannot be used: its API is switched off or does not offer it any more."
        )
    if len(reason) > 1000:
        raise DefaultRefused("The reason is longer than 1,000 characters. Shorten it.")


def _set(after: Option, user: Any) -> None:
    if after.model is not None:
        MOVERS.get(after.kind, _plainly)(after.model, user)
        return
    PromptVersion.objects.filter(is_default=True).update(is_default=False)
    if after.prompt is not None:
        PromptVersion.objects.filter(pk=after.prompt.pk).update(is_default=True)


def _plainly(model: LLMModel, user: Any) -> None:
    model.make_default()


def record_trial(
    ref: str, before: Option, after: Option, *, questions: int, objections: list[str]
) -> Trial:
    """Keep what an evaluation has found, in the place of what it had found before."""
    found = {
        "kind": after.kind,
        "baseline_model": before.model,
        "candidate_model": after.model,
        "baseline_prompt": before.prompt,
        "candidate_prompt": after.prompt,
        "questions": questions,
        "objections": objections,
        "finished_at": timezone.now(),
    }
    trial, _ = Trial.objects.update_or_create(ref=ref, defaults=found)
    return trial


def forget_trial(ref: str) -> None:
    """The evaluation runs again, or is gone: what it has found does not count any more."""
    Trial.objects.filter(ref=ref).delete()
