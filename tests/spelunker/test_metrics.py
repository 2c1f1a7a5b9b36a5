"""/metrics is true, well formed, and not for everybody."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from jobs import readers, totals
from jobs.models import BackupRecord, Job, ProcessSign, Status
from jobs.queues import QUEUES
from llm_manager.models import LLMModel, LLMUsage
from spelunker import metrics
from tests.jobs.queue_world import canary, ran, row, running, waiting

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).resolve().parents[2] / "docs" / "operators"
DASHBOARD = "../../deploy/grafana/spelunker.json"
TOKEN = "a-long-token-for-scrapes"


@pytest.fixture
def remote() -> Client:
    """Somebody on another machine."""
    return Client(REMOTE_ADDR="192.0.2.7")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "READERS", readers.KeptReaders())


def scraped(client: Client, **headers: str) -> dict[str, Metric]:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    return {family.name: family for family in prometheus(answer.content.decode())}


def values(client: Client, name: str) -> dict[tuple[str, ...], float]:
    """Of one metric: label values in the order of their names, and the number."""
    found: dict[tuple[str, ...], float] = {}
    for family in scraped(client).values():
        for sample in family.samples:
            if sample.name == name:
                found[tuple(sample.labels[key] for key in sorted(sample.labels))] = sample.value
    return found


def busy_installation() -> None:
    ran(waited=2.0, total_items=5, processed_items=5, successful_items=4, failed_items=1)
    ran(waited=4.0)
    row("default", status=Status.FAILED, completed_at=timezone.now())
    running("embedding")
    BackupRecord.objects.create(
        name="spelunker-x", seconds=1, bytes=1, rows=1, files=1, verified_at=timezone.now()
    )
    ProcessSign.objects.create(
        name="relay@x", role="relay", started_at=timezone.now(), seen_at=timezone.now()
    )
    Client().get("/healthz")  # a request that was timed
    waiting("embedding", since=100)
    canary("batch", sent=30, status=Status.COMPLETED, completed_at=timezone.now(),
           started_at=timezone.now(), waited_seconds=0.25)  # fmt: skip


# -- who may read --------------------------------------------------------------------------------
def test_a_stranger_is_refused_with_a_sentence_that_helps(remote: Client) -> None:
    answer = remote.get("/metrics")
    assert answer.status_code == 403
    assert "METRICS_TOKEN" in answer.content.decode()


def test_a_person_who_is_no_staff_is_refused(remote: Client, alice: Any) -> None:
    remote.force_login(alice)
    assert remote.get("/metrics").status_code == 403


@pytest.mark.contract("B14")
def test_staff_may_look(remote: Client) -> None:
    remote.force_login(get_user_model().objects.create_user("staff", is_staff=True))
    assert remote.get("/metrics").status_code == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
def test_a_program_on_this_machine_may_look(address: str) -> None:
    assert Client(REMOTE_ADDR=address).get("/metrics").status_code == 200


@pytest.mark.parametrize("header", metrics.PROXY_HEADERS)
def test_what_comes_through_a_proxy_on_this_machine_is_not_local(
    client: Client, header: str
) -> None:
    assert client.get("/metrics", headers={header: "203.0.113.5"}).status_code == 403


def test_where_a_proxy_is_configured_nobody_is_local(client: Client, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert client.get("/metrics").status_code == 403


@pytest.mark.parametrize("address", ["", "unix:", "127.0.0.1, 10.0.0.1", "10.0.0.1"])
def test_an_address_that_is_none_of_this_machines_is_not_local(address: str) -> None:
    assert Client(REMOTE_ADDR=address).get("/metrics").status_code == 403


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (f"Bearer {TOKEN}", 200), (f"bearer  {TOKEN}", 200), (f"Basic {TOKEN}", 403),
        ("Bearer", 403), ("Bearer ", 403), (TOKEN, 403), (f"Bearer {TOKEN}x", 403),
        ("Bearer schlüssel", 403),
    ],
)  # fmt: skip
def test_only_the_right_token_opens(remote: Client, settings: Any, given: str, code: int) -> None:
    settings.METRICS_TOKEN = TOKEN + "\n"  # as an editor leaves it in a file
    assert remote.get("/metrics", headers={"Authorization": given}).status_code == code


def test_without_a_configured_token_none_is_right(remote: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for given in ("Bearer ", "Bearer None", "Bearer"):
        assert remote.get("/metrics", headers={"Authorization": given}).status_code == 403


def test_it_is_scraped_without_tls_from_inside(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/metrics").status_code == 200


def test_a_database_that_is_away_is_503(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise metrics.DatabaseError("connection to server at 10.0.0.7 failed")

    monkeypatch.setattr(metrics.transaction, "atomic", away)
    answer = client.get("/metrics")
    assert answer.status_code == 503 and b"10.0.0.7" not in answer.content


# -- its form ------------------------------------------------------------------------------------
def test_names_have_our_prefix_and_base_units_and_every_metric_says_what_it_is(
    client: Client,
) -> None:
    busy_installation()
    for family in scraped(client).values():
        assert family.name.startswith("spelunker_") and family.documentation
        assert not any(word in family.name for word in ("minutes", "millis", "_ms", "percent"))
        assert family.type in ("gauge", "counter", "summary", "histogram")


def test_counters_end_in_total_and_nothing_else_does(client: Client) -> None:
    busy_installation()
    for family in scraped(client).values():
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter"), sample.name


def test_only_the_summary_has_quantiles(client: Client) -> None:
    busy_installation()
    for family in scraped(client).values():
        labels = {label for sample in family.samples for label in sample.labels}
        assert ("le" in labels) == (family.type == "histogram")
        assert ("quantile" in labels) == (family.type == "summary")


def test_no_sample_is_told_twice_and_none_is_not_a_number(client: Client) -> None:
    busy_installation()
    seen = set()
    for family in scraped(client).values():
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in seen and sample.value == sample.value
            seen.add(key)


def test_whoever_asks_for_openmetrics_gets_it(client: Client) -> None:
    busy_installation()
    accept = "application/openmetrics-text; version=1.0.0; charset=utf-8"
    answer = client.get("/metrics", headers={"Accept": accept})
    assert answer["Content-Type"].startswith("application/openmetrics-text")
    assert "spelunker_queue_blocked" in {f.name for f in openmetrics(answer.content.decode())}


def test_an_empty_installation_is_scraped_too(client: Client) -> None:
    assert values(client, "spelunker_queue_waiting_jobs") == {
        ("default",): 0, ("embedding",): 0, ("batch",): 0,
    }  # fmt: skip


# -- its truth -----------------------------------------------------------------------------------
@pytest.mark.contract("F12")
def test_jobs_are_counted_by_queue_kind_and_status(client: Client) -> None:
    busy_installation()
    assert values(client, "spelunker_jobs") == {
        ("jobs.Job", "batch", "completed"): 2,
        ("jobs.Job", "default", "failed"): 1,
        ("jobs.Job", "embedding", "pending"): 1,
        ("jobs.Job", "embedding", "processing"): 1,
    }


def test_what_ended_is_a_counter_that_a_purge_does_not_turn_back(client: Client) -> None:
    busy_installation()
    before = values(client, "spelunker_jobs_finished_total")
    items = values(client, "spelunker_job_items_total")
    assert before[("jobs.Job", "completed", "batch")] == 2
    assert items[("jobs.Job", "done", "batch")] == 4
    assert items[("jobs.Job", "failed", "batch")] == 1
    Job.objects.filter(status=Status.COMPLETED).delete()
    assert values(client, "spelunker_jobs_finished_total") == before
    assert values(client, "spelunker_job_items_total") == items


@pytest.mark.contract("E5")
def test_time_to_start_has_quantiles_of_the_hour_and_a_sum_and_count_for_ever(
    client: Client,
) -> None:
    busy_installation()
    name = "spelunker_queue_time_to_start_seconds"
    quantiles = values(client, name)
    assert quantiles[("0.5", "batch")] == 3 and quantiles[("1", "batch")] == 4
    assert values(client, f"{name}_count")[("batch",)] == 2
    assert values(client, f"{name}_sum")[("batch",)] == 6
    assert values(client, "spelunker_queue_in_time_ratio") == {("batch",): 1, ("embedding",): 1}


def test_the_load_and_the_state_of_each_queue(client: Client) -> None:
    busy_installation()
    assert values(client, "spelunker_queue_waiting_jobs")[("embedding",)] == 1
    assert values(client, "spelunker_queue_running_jobs")[("embedding",)] == 1
    oldest = values(client, "spelunker_queue_oldest_waiting_seconds")
    assert oldest[("embedding",)] == pytest.approx(100, abs=5)
    state = values(client, "spelunker_queue_state")
    assert [name for (queue, name), on in state.items() if on and queue == "embedding"] == ["late"]
    assert values(client, "spelunker_queue_canary_wait_seconds") == {("batch",): 0.25}


def test_a_queue_that_stands_still_is_1_and_the_others_are_0(client: Client) -> None:
    waiting("batch", since=100)
    assert values(client, "spelunker_queue_blocked") == {
        ("default",): 0, ("embedding",): 0, ("batch",): 1,
    }  # fmt: skip


def test_incidents_are_counted_and_those_that_never_happened_are_0(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        totals.count("crash")
    found = values(client, "spelunker_incidents_total")
    assert found == {(name,): int(name == "crash") for name in totals.INCIDENTS}


def test_calls_of_models_are_those_of_the_last_hour(client: Client) -> None:
    model = LLMModel.objects.filter(kind="chat")[0]
    for latency in (100, 200):
        LLMUsage.objects.create(model=model, purpose="answer", cost="0.5", latency_ms=latency)
    old = LLMUsage.objects.create(model=model, purpose="answer")
    LLMUsage.objects.filter(pk=old.pk).update(created_at="2020-01-01T00:00Z")
    key = (model.model_id, "ok")
    assert values(client, "spelunker_llm_last_hour_calls") == {key: 2}
    assert values(client, "spelunker_llm_last_hour_cost_dollars") == {key: 1.0}
    assert values(client, "spelunker_llm_last_hour_p95_seconds")[key] == pytest.approx(0.195)


def test_the_installation_tells_its_size_its_version_and_its_broker(client: Client) -> None:
    assert values(client, "spelunker_database_size_bytes")[()] > 1_000_000
    assert values(client, "spelunker_broker_up") == {(): 0}  # no PGMQ in the tests' database
    assert list(values(client, "spelunker_build_info").values()) == [1]


def test_a_broker_that_is_away_is_0_and_all_else_is_still_told(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Iterator[None]:
        raise OSError("no broker")

    settings.PGMQ = False
    monkeypatch.setattr(readers, "queue_readers", lambda: {"batch": 2})
    assert values(client, "spelunker_broker_up") == {(): 1}
    assert values(client, "spelunker_queue_workers") == {("batch",): 2}
    monkeypatch.setattr(metrics, "READERS", readers.KeptReaders())
    monkeypatch.setattr(readers, "queue_readers", away)
    assert values(client, "spelunker_broker_up") == {(): 0}
    assert len(values(client, "spelunker_queue_blocked")) == 3


def test_the_number_of_queries_does_not_grow_with_the_jobs(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    busy_installation()
    for _ in range(10):
        waiting(since=3)
        ran("default", waited=1)
    with django_assert_max_num_queries(20):
        client.get("/metrics")


# -- its documents -------------------------------------------------------------------------------
def told(client: Client) -> set[str]:
    """Every name that a scrape could have, also where there is no sample now."""
    families = scraped(client).values()
    names = {family.name for family in families}
    return (
        names
        | {f"{name}_total" for name in names}
        | {sample.name for family in families for sample in family.samples}
    )


@pytest.mark.parametrize("page", ["monitoring.md", "alerts.yml", DASHBOARD])
def test_the_documents_name_only_metrics_that_there_are(client: Client, page: str) -> None:
    busy_installation()
    named = set(re.findall(r"\bspelunker_[a-z0-9_]+\b", (DOCS / page).read_text()))
    assert named - told(client) - {"spelunker_token"} == set()


def test_every_metric_is_documented(client: Client) -> None:
    busy_installation()
    page = (DOCS / "monitoring.md").read_text()
    for family in scraped(client).values():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        assert f"`{name}`" in page


def test_every_queue_and_incident_is_documented_as_it_is() -> None:
    page = (DOCS / "monitoring.md").read_text()
    for spec in QUEUES.values():
        io = "yes" if spec.io_bound else "no"
        row = (f"`{spec.name}`", f"{spec.target_seconds} s", io, spec.usage, spec.usual_run_time)
        assert f"| {' | '.join(row)} |" in page
    assert all(f"`{incident}`" in page for incident in totals.INCIDENTS)


def test_the_dashboard_is_whole() -> None:
    panels = json.loads((DOCS / DASHBOARD).read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["title"] and panel["datasource"]["uid"] == "${datasource}"
        assert all(t["expr"].count("(") == t["expr"].count(")") for t in panel["targets"])


def test_the_time_of_requests_is_told_by_route_and_never_by_what_was_typed(client: Client) -> None:
    client.get("/jobs/?q=zanzibar-secret")
    client.get("/nowhere/zanzibar-secret/")
    families = scraped(client)
    samples = families["spelunker_http_request_seconds"].samples
    assert {"jobs:list", "(none)"} <= {sample.labels["route"] for sample in samples}
    assert "zanzibar" not in str(samples)


def test_the_alerts_are_rules_that_prometheus_can_read() -> None:
    [group] = yaml.safe_load((DOCS / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]:
        assert rule["alert"].startswith("Spelunker") and rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["expr"].count("(") == rule["expr"].count(")")
