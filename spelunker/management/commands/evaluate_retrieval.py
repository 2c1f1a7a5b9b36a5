from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db.models import F

from jobs.management.commanding import CODES
from llm_manager.models import LLMModel
from solution_library.evaluating import report
from solution_library.evaluating.errors import SetRefused
from solution_library.evaluating.filling import Filled
from solution_library.evaluating.labelled import read_questions
from solution_library.evaluating.matching import library_names, prepare
from solution_library.evaluating.running import KEYWORD, Evaluation, evaluate, modes_for
from solution_library.models import Chunk, Document
from solution_library.scoping import Scope
from spelunker.management.bars import bar
from spelunker.management.commands.search import collection_ids
from spelunker.management.measuring import (
    REFUSALS,
    MeasuringCommand,
    check_corpus,
    embedding_model,
    fill_apart,
)

NO_MODEL = "Choose one under Models, or measure --modes keyword."


class Command(MeasuringCommand):
    said = (*REFUSALS, FileNotFoundError)
    help = (
        "Measures retrieval with a set of questions whose relevant documents or passages are "
        "known: recall@1, 5 and 10, MRR@10 and nDCG@10 by words, by meaning, by both, and ranked "
        "by a model where one is set. "
    ) + CODES.format(fine="measured", something="refused or failed")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "set", help='JSON lines of {"id", "question", "relevant": [path, title or address, …]}'
        )
        parser.add_argument(
            "--corpus",
            help='search these passages ({"id", "title", "text"} a line) or the documents of this '
            "folder, apart from the library; without it the library as it stands is searched",
        )
        parser.add_argument("--out", help="a folder for report.md, report.json and report.svg")
        parser.add_argument(
            "--modes", default="", help="some of keyword,dense,hybrid,reranked (default: all)"
        )
        parser.add_argument("--collection", default="", help="only in this collection")

    def measure(self, options: dict[str, Any]) -> None:
        _check(options)
        questions = read_questions(Path(options["set"]))
        modes = modes_for([m.strip() for m in options["modes"].split(",") if m.strip()])
        model = None if set(modes) == {KEYWORD} else embedding_model(NO_MODEL)
        notes: list[str] = []
        with ExitStack() as stack:
            if options["corpus"]:
                notes = _notes(fill_apart(stack, Path(options["corpus"]), model))
            scope = Scope(collections=collection_ids(options["collection"]))
            with bar("Asking", len(questions)) as show:
                found = evaluate(prepare(questions, library_names()), scope, modes, show)
            about = self._about(options, model, notes)
        self._tell(options, about, found)

    def _about(
        self, options: dict[str, Any], model: LLMModel | None, notes: list[str]
    ) -> report.About:
        corpus = options["corpus"]
        return report.About(
            name=Path(options["set"]).stem,
            searched=f"the corpus {Path(corpus).name}" if corpus else "the library",
            model=str(model) if model else "none, words only",
            documents=Document.objects.answering().exclude(current_version=None).count(),
            passages=Chunk.objects.filter(
                version__document__current_version=F("version"), is_hidden=False
            ).count(),
            notes=notes,
        )

    def _tell(self, options: dict[str, Any], about: report.About, found: Evaluation) -> None:
        if options["out"]:
            written = report.write(Path(options["out"]), about, found)
            self.facts["written"] = [str(path) for path in written]
        self.facts |= report.facts(about, found)
        self.say(report.markdown(about, found))
        if options["out"]:
            self.say(f"Written to {options['out']}: {report.REPORT}, {report.DATA}, {report.PLOT}")


def _check(options: dict[str, Any]) -> None:
    """What would otherwise be said only after a while."""
    check_corpus(options)
    if options["out"] and Path(options["out"]).exists() and not Path(options["out"]).is_dir():
        raise SetRefused(f"“{options['out']}” is a file; --out names a folder.")


def _notes(filled: Filled) -> list[str]:
    notes = [f"Could not be read: {each.key} ({each.reason})" for each in filled.unread[:20]]
    if filled.without_text:
        notes.append(f"Without any text: {', '.join(filled.without_text[:20])}.")
    return notes
