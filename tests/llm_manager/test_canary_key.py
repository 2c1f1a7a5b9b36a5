"""A canary key goes through the whole product and is found nowhere but in its encrypted column
and in the header of the calls that need it."""

import io
import logging
import zipfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from jobs.models import Job, JobArtifact, Status
from llm_manager.models import ApiCheck, LLMApi, LLMModel, LLMUsage
from rfp_manager.batches import start_responder, start_reviewer
from rfp_manager.exports import start_export
from rfp_manager.models import RFP
from solution_library.models import Collection, DocumentationSource
from tests.llm_manager import canary, fake_llm
from tests.llm_manager.canary import KEY, echoes, echoes_as_an_answer
from tests.llm_manager.fake_llm import FakeLLM, Handler, Reply, properly, status
from tests.rfp_manager.answer_world import Commit, commit, library, rfp

__all__ = ["commit", "library", "rfp"]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
KINDS = ("openai", "anthropic", "gemini")
#: Each question of a batch is tried again after them; the last one stops the batch.
FAULTS = [
    echoes(500), echoes(429), echoes(529), echoes_as_an_answer, echoes(400), echoes(404),
    fake_llm.truncated, fake_llm.cut, fake_llm.hang_up, echoes(503), echoes(403), echoes(401),
]  # fmt: skip


@pytest.fixture
def llm() -> Iterator[FakeLLM]:
    from tests.llm_manager import fake_models

    with FakeLLM().running() as fake:
        fake_models.use(fake)
        # Its vectors come from an API with another key, which is not what is looked for.
        LLMApi.objects.exclude(kind="builtin").update(api_key="sk-of-the-vectors")
        yield fake


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.item_rows.FIRST_BACKOFF_SECONDS", 0.001)
    monkeypatch.setattr("llm_manager.trying.LONGEST_PAUSE_SECONDS", 0.01)


@pytest.fixture
def boss(admin_user: Any) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


def only_for_the_key(faults: list[Reply]) -> Reply:
    """One fault for each call that carries the key, and proper replies to all others."""
    left = deque(faults)

    def reply(handler: Handler) -> None:
        wrong = left.popleft() if left and canary.key_of(handler) == KEY else properly
        wrong(handler)

    return reply


def enter_on_the_page(boss: Client, llm: FakeLLM, kind: str) -> LLMApi:
    values = {"name": f"Canary {kind}", "kind": kind, "base_url": llm.base_url(kind),
              "new_key": KEY, "max_concurrency": 2, "timeout_seconds": 5}  # fmt: skip
    assert boss.post(reverse("llm_manager:api_new"), values).status_code == 303
    return LLMApi.objects.get(name=f"Canary {kind}")


def enter_in_the_admin(boss: Client, api: LLMApi) -> None:
    url = f"/admin/llm_manager/llmapi/{api.pk}/change/"
    values = {"name": api.name, "kind": api.kind, "base_url": api.base_url, "new_key": KEY,
              "max_concurrency": 3, "timeout_seconds": 5, "is_active": "on"}  # fmt: skip
    assert boss.post(url, values).status_code == 302
    assert boss.post(url, values | {"name": ""}).status_code == 200, "a refused form"


def enter_a_source(boss: Client, llm: FakeLLM, commit: Commit) -> None:
    """A repository whose server gets the token and has no repository."""
    values = {"name": "Repository", "kind": "git", "location": f"{llm.host}/x.git", "token": KEY}
    with commit():
        answer = boss.post(reverse("solution_library:source_new"), values)
    assert answer.status_code == 303, answer.context["form"].errors


def use(api: LLMApi, boss: Client) -> LLMModel:
    model = api.models.filter(kind="chat").earliest("pk")
    answer = boss.post(
        reverse("llm_manager:model_default", args=[model.pk]), {"reason": "For the canary's sake"}
    )
    assert answer.status_code == 303
    return model


def work(rfp: RFP, boss: Client, llm: FakeLLM, commit: Commit, kind: str) -> None:
    """Enter, test, draft, review and export, with every fault on the way."""
    with commit():
        api = enter_on_the_page(boss, llm, kind)
    with commit():
        enter_in_the_admin(boss, api)
        boss.post(reverse("llm_manager:test_api", args=[api.pk]))
    use(api, boss)
    for fault in (*FAULTS, status(500, f"The key {KEY} is broken")):
        with commit():
            llm.always = only_for_the_key([fault])
            boss.post(reverse("llm_manager:test_api", args=[api.pk]))
    for faults in (FAULTS, [echoes(401)], []):
        with commit():
            llm.always = only_for_the_key(faults)
            start_responder(rfp, rfp.owner, only_unanswered=False)
    with commit():
        start_reviewer(rfp, rfp.owner)
    with commit():
        start_export(rfp, rfp.owner)


def django_get(client: Client) -> Any:
    def get(address: str) -> tuple[int, bytes, str]:
        answer = client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        headers = "\n".join(f"{name}: {value}" for name, value in answer.items())
        onward = answer["Location"] if answer.status_code in (301, 302, 303) else ""
        return answer.status_code, body + headers.encode() * bool(body), onward

    return get


def everything_logged(caplog: pytest.LogCaptureFixture) -> str:
    return caplog.text + "".join(str(vars(record)) for record in caplog.records)


def all_rows() -> list[str]:
    def query(sql: str) -> list[tuple[str, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql.replace("%", "%%"), [])
            return list(cursor.fetchall())

    return canary.in_database(query)


def test_what_looks_for_the_key_would_find_it(tmp_path: Path) -> None:
    assert all_rows() == []
    Collection.objects.create(name=f"about {KEY}")
    assert all_rows() == ["public.solution_library_collection"]
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/sharedStrings.xml", f"<t>{KEY}</t>")
    assert [line.rpartition(": ")[2] for line in canary.in_files(tmp_path)] == ["CANARY"]


def test_the_key_is_found_nowhere_after_all_that_can_go_wrong(
    rfp: RFP, llm: FakeLLM, boss: Client, commit: Commit, own_media: Path, alice: Any,
    caplog: pytest.LogCaptureFixture, settings: Any,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    settings.FETCH_ALLOWED_HOSTS = [llm.host.removeprefix("http://")]
    enter_a_source(boss, llm, commit)
    for kind in KINDS:
        work(rfp, boss, llm, commit, kind)

    # It was there, and it was used.
    headers = str([headers for _, headers, _ in llm.requests])
    assert headers.count(KEY) > 60
    stored = LLMApi.objects.filter(name__startswith="Canary")
    assert [api.api_key.reveal() for api in stored] == [KEY] * 3
    assert DocumentationSource.objects.get().credentials.reveal() == KEY
    assert JobArtifact.objects.exists() and LogEntry.objects.exists()
    assert ApiCheck.objects.filter(ok=False).count() > 20
    assert LLMUsage.objects.exclude(outcome="ok").exists()
    assert {Status.FAILED, Status.COMPLETED} <= set(Job.objects.values_list("status", flat=True))

    assert canary.sign_in(str([path for path, _, _ in llm.requests])) == "", "in an address"
    assert canary.sign_in(str([asked for _, _, asked in llm.requests])) == "", "in a prompt"
    assert canary.sign_in(everything_logged(caplog)) == "", "in a log"
    assert all_rows() == []
    assert canary.sign_in(str([s.get_decoded() for s in Session.objects.all()])) == ""
    assert canary.sign_in(str([job.task_kwargs() for job in Job.objects.all()])) == ""
    assert canary.in_files(own_media) == []
    dump = io.StringIO()
    call_command("dumpdata", stdout=dump)
    assert "Canary openai" in dump.getvalue() and canary.sign_in(dump.getvalue()) == ""
    _look_at_every_page(boss, alice)


def _look_at_every_page(boss: Client, alice: Any) -> None:
    as_alice = Client()
    as_alice.force_login(alice)
    for client, starts, least in ((boss, ["/", "/admin/"], 80), (as_alice, ["/"], 20)):
        pages = canary.crawl(django_get(client), starts)
        assert len(pages) > least, f"only {len(pages)} pages were found"
        shown = {address: canary.sign_in(body) for address, body in pages.items()}
        assert {address: sign for address, sign in shown.items() if sign} == {}
