"""What can be tried against a default: chat models, answering prompts, embedding models."""

from collections.abc import Iterator

from llm_manager.defaults import Option, present
from llm_manager.models import DefaultKind, LLMModel, PromptVersion
from solution_library.indexing.switching import complete_index_of

BUILT_IN = "built-in"
#: Kinds of models that an evaluation can compare.
KINDS = (DefaultKind.CHAT, DefaultKind.EMBEDDING)
LABELS = {
    DefaultKind.CHAT: "Chat models",
    DefaultKind.PROMPT: "Answering prompts",
    DefaultKind.EMBEDDING: "Embedding models",
}
#: A group of candidates with its heading: (key, name) each.
Group = tuple[str, list[tuple[str, str]]]


class CandidateRefused(Exception):
    """This cannot be tried; the message says why."""


def key_of(option: Option) -> str:
    """What a form calls a candidate."""
    if option.kind == DefaultKind.PROMPT:
        return f"prompt:{option.prompt.pk if option.prompt else BUILT_IN}"
    return f"model:{option.model.pk if option.model else ''}"


def groups() -> list[Group]:
    """All that can be tried at present, without the defaults themselves."""
    found: list[Group] = []
    for kind in (DefaultKind.CHAT, DefaultKind.PROMPT, DefaultKind.EMBEDDING):
        default = present(kind)
        others = [option for option in _all(kind) if not option.is_same(default)]
        if others:
            found.append((LABELS[kind], [(key_of(option), option.name) for option in others]))
    return found


def _all(kind: str) -> Iterator[Option]:
    if kind == DefaultKind.PROMPT:
        yield Option(kind)
        yield from (Option(kind, prompt=prompt) for prompt in PromptVersion.objects.all()[:50])
        return
    for model in LLMModel.objects.usable().filter(kind=kind):
        if kind != DefaultKind.EMBEDDING or complete_index_of(model) is not None:
            yield Option(kind, model)


def find(key: str) -> Option:
    """The candidate that a form means. Raises CandidateRefused."""
    kind, _, number = key.partition(":")
    if kind == "prompt":
        if number == BUILT_IN:
            return Option(DefaultKind.PROMPT)
        prompt = PromptVersion.objects.filter(pk=_whole(number)).first()
        if prompt is not None:
            return Option(DefaultKind.PROMPT, prompt=prompt)
    model = LLMModel.objects.filter(pk=_whole(number)).first() if kind == "model" else None
    if model is None:
        raise CandidateRefused("There is no such model or prompt any more. Choose another.")
    return _checked(Option(model.kind, model))


def _whole(number: str) -> int:
    return int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0


def _checked(option: Option) -> Option:
    if option.kind not in KINDS:
        raise CandidateRefused(f"“{option.name}” writes no answers and makes no vectors.")
    if not option.usable():
        raise CandidateRefused(
            f"“{option.name}” cannot be used: its API is switched off or does not offer it any "
            "more."
        )
    if (
        option.kind == DefaultKind.EMBEDDING
        and option.model
        and complete_index_of(option.model) is None
    ):
        raise CandidateRefused(
            f"The library has no vectors of “{option.name}” yet. Build them beside the present "
            "ones first, then compare."
        )
    return option
