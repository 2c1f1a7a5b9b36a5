import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs.terminal import wait_for
from solution_library.adding import Added, add_paths
from solution_library.models import Document, EmbeddingStatus
from spelunker.embedded.stack import background_work


class Command(BaseCommand):
    help = "Adds files and folders to the library and waits until they are searchable."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH")
        parser.add_argument("--collection", default="", help="put them into this collection")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        with background_work() as beat:
            try:
                added = add_paths(options["paths"], user=None, collection=options["collection"])
            except FileNotFoundError as error:
                raise CommandError(str(error)) from error
            if added.job is not None:
                wait_for(added.job, beat=beat)
        result = summary(added)
        self.stdout.write(json.dumps(result) if options["json"] else in_words(result))


def summary(added: Added) -> dict[str, Any]:
    """What became of the files, once the job is over."""
    documents = Document.objects.filter(pk__in=added.document_ids)
    failed = documents.filter(embedding_status=EmbeddingStatus.FAILED)
    refused = added.refused + [
        {"path": path, "reason": reason}
        for path, reason in failed.values_list("path", "embedding_error")
    ]
    searchable = documents.filter(embedding_status=EmbeddingStatus.READY).count()
    return {"searchable": searchable, **added.counts(), "failed": refused}


def in_words(result: dict[str, Any]) -> str:
    lines = [
        f"{result['searchable']} documents are searchable ({result['created']} new, "
        f"{result['updated']} changed, {result['unchanged']} known before)."
    ]
    lines += [f"Not taken: {entry['path']}: {entry['reason']}" for entry in result["failed"]]
    return "\n".join(lines)
