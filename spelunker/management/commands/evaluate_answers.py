import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from jobs.management.commanding import CODES
from llm_manager.calling import ModelAccess, default_access, usable_access
from llm_manager.models import ModelKind
from rfp_manager.evaluating.answering import Measured, Result, in_words, measure, report
from rfp_manager.evaluating.labelled_answers import read_labelled
from rfp_manager.library_scope import LibraryScope
from spelunker.answering import choose_model
from spelunker.management.bars import bar
from spelunker.management.commands.search import collection_ids
from spelunker.management.measuring import (
    MeasuringCommand,
    check_corpus,
    embedding_model,
    fill_apart,
)


class Command(MeasuringCommand):
    help = (
        "Measures the answers of a model with a set of questions of which it is known whether the "
        "library answers them, and which documents do. "
    ) + CODES.format(fine="measured", something="refused or failed")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "set", help='JSON lines of {"question", "answerable", "documents": [path or title, …]}'
        )
        parser.add_argument("--model", default="", metavar="NAME", help="a chat model")
        parser.add_argument(
            "--corpus",
            help="answer from the documents of this folder (or from these passages), apart from "
            "the library; without it from the library as it stands",
        )
        parser.add_argument("--collection", default="", help="only from this collection")
        parser.add_argument("--out", type=Path, help="a JSON file for every question's answer")

    def measure(self, options: dict[str, Any]) -> None:
        check_corpus(options)
        questions = read_labelled(Path(options["set"]))
        model = _access(options["model"])
        with ExitStack() as stack:
            if options["corpus"]:
                fill_apart(stack, Path(options["corpus"]), embedding_model())
            scope = LibraryScope(None, collection_ids(options["collection"]))
            with bar("Answering", len(questions)) as show:
                found = measure(questions, model, scope, show)
        self.facts |= report(found, model)
        self.say(in_words(self.facts))
        if options["out"]:
            _write(options["out"], found)


def _access(name: str) -> ModelAccess:
    chosen = choose_model(name)
    return usable_access(chosen) if chosen else default_access(ModelKind.CHAT)


def _write(path: Path, found: Measured) -> None:
    lines = [json.dumps(_line(result), ensure_ascii=False) for result in found.results]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(result: Result) -> dict[str, Any]:
    made = result.drafted.draft if result.drafted else None
    return {
        "id": result.asked.id, "question": result.asked.text,
        "answerable": result.asked.answerable, "outcome": made.outcome if made else "failed",
        "text": made.text if made else "", "choice": made.choice if made else "",
        "explanation": made.explanation if made else result.error,
        "confidence": made.confidence if made else None,
        "right": result.is_cited_right, "found": result.is_found,
        "citations": [
            {"document": c.hit.path or c.hit.document, "quote": c.quote}
            for c in (made.citations if made else [])
        ],
        "marked": [finding.words for finding in made.findings] if made else [],
    }  # fmt: skip
