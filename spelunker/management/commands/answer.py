import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs.errors import JobError
from rfp_manager.importing.types import QuestionnaireRefused
from spelunker.answering import Answering, choose_model, printable
from spelunker.embedded.errors import StackError
from spelunker.embedded.stack import background_work


class Command(BaseCommand):
    help = "Answers a questionnaire from documents, into a copy of the questionnaire."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("questionnaire", metavar="QUESTIONNAIRE", type=Path)
        parser.add_argument("--library", nargs="+", default=[], metavar="PATH")
        parser.add_argument("--out", required=True, type=Path, metavar="FILE")
        parser.add_argument("--review", action="store_true", help="have every draft reviewed")
        parser.add_argument("--model", default="", metavar="NAME", help="a chat model")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["questionnaire"].is_file():
            raise CommandError(f"There is no file “{options['questionnaire']}”.")
        try:
            answering = Answering(
                questionnaire=options["questionnaire"],
                out=options["out"],
                library=options["library"],
                review=options["review"],
            )
            documents = answering.check_paths()
            with background_work() as beat:
                answering.beat = beat
                answering.model = choose_model(options["model"])
                result = answering.run(documents)
        except (QuestionnaireRefused, JobError, StackError, OSError) as error:
            raise CommandError(printable(str(error))) from error
        for sentence in answering.warnings:
            self.stderr.write(f"Note: {sentence}")
        if options["json"]:
            self.stdout.write(printable(json.dumps(result, ensure_ascii=False)))
        else:
            self.stdout.write(printable(in_words(result, options["out"])))


def in_words(result: dict[str, Any], out: Path) -> str:
    untouched = result["report"]["export"].get("untouched")
    return (
        f"{result['questions']} questions: {result['answered']} answered "
        f"({result['partly']} of them partly), {result['no_evidence']} without evidence, "
        f"{result['failed']} failed, in {result['seconds']} s.\n{out}: "
        + ("nothing but the answer cells was changed." if untouched else "see the report.")
    )
