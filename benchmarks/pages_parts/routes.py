"""Every page of the apps, found by their routes: what no one thought of is measured, too."""

from collections.abc import Callable, Iterator
from typing import Any

APPS = ("rfp_manager", "solution_library", "jobs", "llm_manager")
#: Answered with a file, or with what only a page asks for; their time is no page's.
FILES = frozenset({
    "rfp_manager:original", "rfp_manager:packet_file", "rfp_manager:commitments_csv",
    "solution_library:document_file", "solution_library:answer_export", "llm_manager:usage_csv",
    "jobs:artifact",
})  # fmt: skip


def routes() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each route with the names of its arguments."""
    from django.urls import URLResolver, get_resolver

    for resolver in get_resolver().url_patterns:
        if not isinstance(resolver, URLResolver) or resolver.app_name not in APPS:
            continue
        for pattern in resolver.url_patterns:
            name = f"{resolver.app_name}:{getattr(pattern, 'name', '')}"
            yield name, tuple(pattern.pattern.converters)


def every_page(world: Any) -> Iterator[tuple[str, str]]:
    """(route, address) of all routes whose arguments something stands for."""
    from django.urls import reverse

    known = _known(world)
    for name, arguments in routes():
        values = {argument: _value(known, name, argument) for argument in arguments}
        if name not in FILES and None not in values.values():
            yield name, reverse(name, kwargs=values)


def _value(known: dict[str, Callable[[], Any]], route: str, argument: str) -> Any:
    """The argument's value in this route; the same name means different rows in two apps."""
    app = route.partition(":")[0]
    find = known.get(f"{app}:{argument}") or known.get(argument)
    return find() if find else None


def _known(world: Any) -> dict[str, Callable[[], Any]]:
    from jobs.models import Job, JobItem
    from llm_manager.models import Budget, LLMApi, LLMModel
    from rfp_manager.models import Contradiction, ExpertPacket, ExportJob
    from solution_library.models import Chunk, Collection, LibraryAnswer, Tag

    def first(model: Any, **filters: Any) -> Callable[[], Any]:
        found = model.objects.filter(**filters)
        return lambda: found.order_by("-pk").values_list("pk", flat=True).first()

    def of_history() -> Any:
        item = JobItem.objects.order_by("-pk").first()
        return item.job_id if item else first(Job)()

    # The longest of the library's documents.
    longest = Chunk.objects.order_by("-ordinal", "pk").values_list("version__document", flat=True)
    return {
        "rfp_id": lambda: world.rfp.pk,
        "question_id": lambda: world.question.pk,
        "rfp_manager:document_id": lambda: world.document.pk,
        "solution_library:document_id": lambda: longest.filter(
            version__document__kind="file"
        ).first(),
        "export_id": first(ExportJob),
        "packet_id": first(ExpertPacket),
        "contradiction_id": first(Contradiction),
        "chunk_id": first(Chunk),
        "collection_id": first(Collection),
        "tag_id": first(Tag),
        "answer_id": first(LibraryAnswer),
        "job_id": of_history,
        "api_id": first(LLMApi),
        "model_pk": first(LLMModel),
        "budget_id": first(Budget),
    }
