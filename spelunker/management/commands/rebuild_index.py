from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs.errors import AlreadyRunning
from jobs.management.commanding import CODES, FINE, SOMETHING, JobsCommand
from jobs.models import Status
from jobs.terminal import wait_for
from llm_manager.calling import NoModel
from llm_manager.defaults import DefaultRefused
from llm_manager.models import LLMModel, ModelKind
from solution_library.indexing import graphs
from solution_library.indexing.errors import IndexRefused
from solution_library.indexing.estimating import estimate
from solution_library.indexing.indexes import active_index
from solution_library.indexing.listing import IndexRow, index_rows
from solution_library.indexing.removing import drop
from solution_library.indexing.starting import best_index_of, start_build
from solution_library.indexing.switching import switch_to
from solution_library.models import EmbeddingIndex, ReindexJob
from solution_library.wording.upkeep import rebuild_job, sizes
from spelunker.embedded.stack import background_work, bring_up_to_date

REFUSED = (IndexRefused, DefaultRefused, NoModel)


class Command(JobsCommand):
    help = (
        "Builds what search goes through: the index of words anew (--words), and of vectors "
        "(--vectors) what is missing in the one in use, all of it anew (--anew), or another "
        "model's beside it (--model). Without an option both. Search goes on meanwhile. "
    ) + CODES.format(
        fine="done, or nothing to do",
        something="refused, failed, or with --status or --dry-run passages have no vector",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--status", action="store_true", help="only show the indexes")
        what.add_argument("--words", action="store_true", help="only the index of words")
        what.add_argument("--vectors", action="store_true", help="only the index of vectors")
        what.add_argument("--graph", action="store_true", help="make only the graph in use anew")
        what.add_argument("--use", type=int, metavar="INDEX", help="switch to this index")
        what.add_argument("--drop", type=int, metavar="INDEX", help="delete this index")
        parser.add_argument("--model", default="", help="model id (default: the one in use)")
        parser.add_argument("--anew", action="store_true", help="make all vectors anew")
        parser.add_argument("--no-switch", action="store_true", help="leave the switch to somebody")
        parser.add_argument("--reason", default="", help="why it may be used without an evaluation")
        parser.add_argument("--no-wait", action="store_true", help="do not wait for the build")
        parser.add_argument("--dry-run", action="store_true", help="only say what it would take")

    def run(self, options: dict[str, Any]) -> int:
        bring_up_to_date()
        try:
            if options["use"] is not None:
                return self._use(_index(options["use"]), options)
            if options["drop"] is not None:
                return self._drop(_index(options["drop"]), options)
            if options["graph"]:
                return self._graph(options)
            if options["status"]:
                return self._status()
            if options["words"]:
                return self._words(options)
            is_whole = not (options["vectors"] or options["model"] or options["anew"])
            if is_whole and not options["dry_run"]:
                self._words(options)
            return self._build(options)
        except REFUSED as error:
            raise CommandError(str(error), returncode=SOMETHING) from error
        except AlreadyRunning as error:
            known = f"job {error.existing.pk}" if error.existing else "another job"
            raise CommandError(
                f"An index is being built already, by {known}.", returncode=SOMETHING
            ) from error

    def _status(self) -> int:
        rows = index_rows()
        self.facts["indexes"] = [row.facts() for row in rows]
        for row in rows:
            self.say(in_words(row))
        if not rows:
            self.say("There is no index yet. The first document that is read makes one.")
        return SOMETHING if any(row.is_active and not row.is_complete for row in rows) else FINE

    def _words(self, options: dict[str, Any]) -> int:
        """Make the words of all passages, and the segments of their index, anew."""
        if options["dry_run"]:
            self.say("The words of all passages would be read anew.")
            return SOMETHING
        with background_work() as beat:
            job = rebuild_job()
            self.facts["words_job"] = job.pk
            if options["no_wait"]:
                self.say(f"Job {job.pk} builds the index of words.")
                return FINE
            ended = wait_for(job, beat=beat)
        if ended.status != Status.COMPLETED:
            raise CommandError(ended.last_error or ended.status, returncode=SOMETHING)
        self.facts["words"] = sizes()
        self.say("The index of words was built anew: {passages} passages in {segments} segments."
                 .format(**self.facts["words"]))  # fmt: skip
        return FINE

    def _build(self, options: dict[str, Any]) -> int:
        model = _model(options["model"])
        if options["dry_run"]:
            return self._estimate(model, anew=options["anew"])
        if options["no_wait"]:
            job = self._start(model, options)
            self.say(f"Job {job.pk} builds the index of “{model}”.")
            return FINE
        with background_work() as beat:
            ended = wait_for(self._start(model, options), beat=beat)
        self.facts |= {"status": ended.status, "error": ended.last_error}
        if ended.status != Status.COMPLETED:
            raise CommandError(ended.last_error or ended.status, returncode=SOMETHING)
        return self._status()

    def _start(self, model: LLMModel, options: dict[str, Any]) -> ReindexJob:
        job = start_build(
            model, None, switch=not options["no_switch"], anew=options["anew"],
            reason=options["reason"],
        )  # fmt: skip
        self.facts["job"] = job.pk
        return job

    def _estimate(self, model: LLMModel, *, anew: bool) -> int:
        found = estimate(model, None if anew else best_index_of(model))
        cost = float(found.forecast.cost)
        self.facts |= {
            "model": model.model_id, "passages": found.passages,
            "tokens": found.forecast.input_tokens, "cost": cost,
        }  # fmt: skip
        self.say(
            f"{found.passages} passages would be embedded with “{model}”: about "
            f"{found.forecast.input_tokens} tokens, ${cost:.4f}."
        )
        return SOMETHING if found.passages else FINE

    def _use(self, index: EmbeddingIndex, options: dict[str, Any]) -> int:
        if not options["dry_run"]:
            switch_to(index, user=None, reason=options["reason"])
        return self._status()

    def _drop(self, index: EmbeddingIndex, options: dict[str, Any]) -> int:
        if options["dry_run"]:
            self.facts["would_delete"] = index.vectors.count()
            self.say(f"{self.facts['would_delete']} vectors would be deleted.")
            return SOMETHING
        self.facts["deleted"] = drop(index)
        self.say(f"{self.facts['deleted']} vectors were deleted with index {index.pk}.")
        return FINE

    def _graph(self, options: dict[str, Any]) -> int:
        index = active_index()
        if index is None or index.dimensions is None:
            raise CommandError("There is no index with vectors yet.", returncode=SOMETHING)
        if not options["dry_run"]:
            graphs.renew(index.pk, index.dimensions)
        self.say(f"The graph of index {index.pk} {'would be' if options['dry_run'] else 'was'} "
                 "made anew.")  # fmt: skip
        return FINE


def in_words(row: IndexRow) -> str:
    state = row.badge[1].lower()
    return (
        f"index {row.index.pk}: {row.index.model} ({row.index.dimensions or '?'} numbers), "
        f"{state}; {row.vectors} vectors, {row.missing} missing"
    )


def _index(index_id: int) -> EmbeddingIndex:
    found = EmbeddingIndex.objects.select_related("model").filter(pk=index_id).first()
    if found is None:
        known = ", ".join(str(pk) for pk in EmbeddingIndex.objects.values_list("pk", flat=True))
        raise CommandError(
            f"There is no index {index_id}. There are: {known or 'none'}.", returncode=SOMETHING
        )
    return found


def _model(name: str) -> LLMModel:
    models = LLMModel.objects.filter(kind=ModelKind.EMBEDDING).select_related("api")
    if not name:
        active = active_index()
        default = LLMModel.objects.default(ModelKind.EMBEDDING)
        found = active.model if active else default
        if found is None:
            raise CommandError(
                "There is no index yet and no default embedding model. Name one with --model.",
                returncode=SOMETHING,
            )
        return found
    for model in models:
        if name in (model.model_id, model.name):
            return model
    known = ", ".join(model.model_id for model in models) or "none"
    raise CommandError(
        f"There is no embedding model “{name}”. There are: {known}.", returncode=SOMETHING
    )
