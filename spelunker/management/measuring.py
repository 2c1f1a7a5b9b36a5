"""What the commands that measure with a labelled set share."""

import signal
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import CommandError

from jobs.errors import JobError
from jobs.management.commanding import FINE, SOMETHING, JobsCommand
from llm_manager.models import LLMModel, ModelKind
from solution_library.evaluating.apart import library_apart
from solution_library.evaluating.corpora import read_corpus
from solution_library.evaluating.errors import EvaluationFailed, SetRefused
from solution_library.evaluating.filling import Filled, fill
from solution_library.indexing.indexes import active_index
from spelunker.embedded.stack import bring_up_to_date
from spelunker.management.bars import bar

REFUSALS: tuple[type[Exception], ...] = (SetRefused, EvaluationFailed, JobError)


class MeasuringCommand(JobsCommand):
    """A command whose `measure` may fill a library apart, which is gone however it ends."""

    #: Said in a sentence, without a stack trace.
    said: tuple[type[Exception], ...] = (*REFUSALS, OSError)

    def measure(self, options: dict[str, Any]) -> None:
        raise NotImplementedError

    def run(self, options: dict[str, Any]) -> int:
        # Else a plain kill would leave the tables of a library apart until the next evaluation.
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            bring_up_to_date()
            self.measure(options)
        except self.said as error:
            raise CommandError(str(error), returncode=SOMETHING) from error
        except KeyboardInterrupt:
            raise CommandError("Interrupted; nothing was left behind.", returncode=130) from None
        finally:
            signal.signal(signal.SIGTERM, before)
        return FINE


def check_corpus(options: dict[str, Any]) -> None:
    """Raises SetRefused for what would otherwise be said only after a while."""
    if options["corpus"] and not Path(options["corpus"]).exists():
        raise SetRefused(f"There is no file or folder “{options['corpus']}”.")
    if options["corpus"] and options["collection"]:
        raise SetRefused("--collection is of the library; with --corpus leave it out.")


def embedding_model(hint: str = "Choose one under Models.") -> LLMModel:
    """What the library is searched with; before it has anything, the default. Raises
    EvaluationFailed where there is none, with a hint at what to do."""
    active = active_index()
    found = active.model if active else LLMModel.objects.default(ModelKind.EMBEDDING)
    if found is None:
        raise EvaluationFailed(f"There is no default embedding model. {hint}")
    return found


def fill_apart(stack: ExitStack, corpus: Path, model: LLMModel | None) -> Filled:
    """Read a corpus into a library of its own, which is there as long as `stack`."""
    stack.enter_context(library_apart())
    passages_of = read_corpus(corpus)
    with bar("Reading and embedding passages") as show:
        return fill(passages_of, model, lambda _, passages: show(passages, 0))


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
