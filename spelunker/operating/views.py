"""The page of operations, for administrators. It asks gently, and only while somebody looks."""

from typing import Any

from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from jobs.measuring import loads
from jobs.models import BackupRecord
from jobs.queue_rows import BADGES, seconds_words
from jobs.queue_states import QueueState, judge
from jobs.queues import QUEUES
from jobs.readers import READERS
from jobs.responses import is_fragment
from llm_manager.models import LLMModel, ModelKind
from spelunker.operating import server, troubles
from spelunker.operating.processes import processes
from spelunker.operating.troubles import ERROR, Trouble


@require_safe
def operations(request: HttpRequest) -> HttpResponse:
    """404 for who is no administrator, as everywhere."""
    if not request.user.is_staff:
        raise Http404
    name = "operations/_facts.html" if is_fragment(request) else "operations/page.html"
    response = render(request, name, facts())
    patch_cache_control(response, private=True, no_store=True)
    return response


def facts() -> dict[str, Any]:
    """All that the page shows: ten queries, and the broker is asked at most every ten seconds."""
    database, disks, schema = server.database(), server.disks(), server.schema()
    found, queues = processes(), _queues()
    last = BackupRecord.objects.order_by("-made_at").first()
    verified = BackupRecord.objects.aggregate(at=Max("verified_at"))["at"]
    seen = [
        *troubles.of_disks(disks), *troubles.of_processes(found), *_of_queues(queues),
        *troubles.of_versions(found, schema), *troubles.of_database(database),
        *troubles.of_backups(last, verified, timezone.now()),
    ]  # fmt: skip
    return {
        "troubles": sorted(seen, key=lambda trouble: trouble.level != ERROR),
        "queues": queues, "processes": found, "database": database, "disks": disks,
        "schema": sorted(schema.newest.items()), "backup": last, "verified": verified,
        "versions": server.versions(database) | _models(),
    }  # fmt: skip


def _queues() -> list[dict[str, Any]]:
    _, readers = READERS.look()
    rows = []
    for name, load in loads().items():
        verdict = judge(QUEUES[name], load, None if readers is None else readers.get(name, 0))
        word = "OK" if verdict.state == QueueState.OK else verdict.state.value.capitalize()
        rows.append(
            {"name": name.capitalize(), "badge": BADGES[verdict.state], "word": word,
             "load": load, "oldest": seconds_words(load.oldest), "verdict": verdict}
        )  # fmt: skip
    return rows


def _of_queues(rows: list[dict[str, Any]]) -> list[Trouble]:
    return [
        Trouble(row["badge"], f"{row['name']}: {row['verdict'].says}.", row["verdict"].advice)
        for row in rows
        if row["verdict"].state != QueueState.OK
    ]


def _models() -> dict[str, str]:
    """The models that are used where nobody chooses one."""
    found = {}
    for kind, label in ((ModelKind.CHAT, "Chat model"), (ModelKind.EMBEDDING, "Embedding model")):
        model = LLMModel.objects.default(kind)
        found[label] = model.model_id if model else "none chosen"
    return found
