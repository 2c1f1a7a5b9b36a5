import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from solution_library.models import Collection
from solution_library.search import Hit, search
from spelunker.embedded.stack import bring_up_to_date


class Command(BaseCommand):
    help = "Searches the library, for one text or for every line of a file of queries."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text", nargs="?", default="")
        parser.add_argument("-k", type=int, default=5, help="how many passages (default 5)")
        parser.add_argument("--collection", default="", help="only in this collection")
        parser.add_argument("--queries", help='JSON lines of {"id", "text"}')
        parser.add_argument("--out", help="where the JSON lines of hits go")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["text"] and not options["queries"]:
            raise CommandError("Give a text to search for, or --queries FILE.jsonl.")
        bring_up_to_date()
        scope = collection_ids(options["collection"])
        if options["queries"]:
            self._many(options, scope)
        else:
            self._one(options, scope)

    def _one(self, options: dict[str, Any], scope: list[int] | None) -> None:
        hits = search(options["text"], collections=scope, limit=options["k"])
        if hits.warning:
            self.stderr.write(hits.warning)
        for word, others in hits.corrections.items():
            self.stderr.write(f"“{word}” is not in the library; searched for {', '.join(others)}.")
        if options["json"]:
            self.stdout.write(json.dumps([as_dict(hit) for hit in hits], ensure_ascii=False))
        else:
            self.stdout.write("\n\n".join(in_words(hit) for hit in hits) or "Nothing found.")

    def _many(self, options: dict[str, Any], scope: list[int] | None) -> None:
        queries = read_queries(options["queries"])
        with open(options["out"], "w") if options["out"] else sys.stdout as out:
            for done, query in enumerate(queries, 1):
                hits = search(query["text"], collections=scope, limit=options["k"])
                if hits.warning:
                    # Rankings are compared: half of a search must not pass for a whole one.
                    raise CommandError(hits.warning)
                found = {"id": query["id"], "hits": [as_dict(hit) for hit in hits]}
                out.write(json.dumps(found, ensure_ascii=False) + "\n")
                if done % 50 == 0 or done == len(queries):
                    self.stderr.write(f"{done} of {len(queries)} queries")


def collection_ids(name: str) -> list[int] | None:
    if not name:
        return None
    found = Collection.objects.filter(name=name).first()
    if found is None:
        known = ", ".join(Collection.objects.values_list("name", flat=True)) or "none"
        raise CommandError(f"There is no collection “{name}”. There are: {known}.")
    return [found.pk]


def read_queries(name: str) -> list[dict[str, str]]:
    try:
        lines = Path(name).read_text().splitlines()
        queries = [json.loads(line) for line in lines if line.strip()]
        return [{"id": q["id"], "text": str(q["text"])} for q in queries]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(
            f'{name} cannot be read as JSON lines of {{"id", "text"}}: {error}'
        ) from error


def as_dict(hit: Hit) -> dict[str, Any]:
    found = asdict(hit)
    return {"document": hit.document, "path": hit.path, "chunk": hit.chunk_id} | found


def in_words(hit: Hit) -> str:
    page = f", page {hit.page}" if hit.page else ""
    place = f"{hit.document} ({hit.path}{page})"
    return f"{place}\n  {hit.heading_path}\n  " + hit.text.replace("\n", "\n  ")
