"""When a periodic task is due, and what of a row that people filled in can be run."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
)

from jobs.errors import AlreadyRunning
from jobs.models import Job
from jobs.periodic import (
    BadSchedule,
    clock_was_set_back,
    jobs_of,
    order_of,
    schedulable_names,
    schedulable_task,
    start,
    turn_of,
)
from solution_library.answers.filling import FILL
from solution_library.indexing.starting import ONLY_ONE
from solution_library.indexing.tending import ONLY_ONE as GRAPHS
from solution_library.models import DocumentationSource, EmbeddingJob, SyncJob
from solution_library.syncing import start_sync
from solution_library.wording.upkeep import ONLY_ONE as MERGE
from tests.jobs.engine import fresh, person

pytestmark = pytest.mark.django_db
SYNC = "solution_library.sync_documentation_source"
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False


def crontab(minute: str, hour: str, zone: str = "UTC", **more: str) -> CrontabSchedule:
    return CrontabSchedule.objects.create(minute=minute, hour=hour, timezone=ZoneInfo(zone), **more)


def every(number: int, period: str) -> IntervalSchedule:
    return IntervalSchedule.objects.create(every=number, period=period)


def schedule(
    task: str = "jobs.testing_probe", *, last: datetime | None = NOW, **columns: Any
) -> Any:
    """A periodic task, without what the form would refuse."""
    columns.setdefault("interval", every(1, "hours"))
    kwargs = json.dumps(columns.pop("kwargs", {}))
    row = PeriodicTask(name=columns.pop("name", "Nightly"), task=task, kwargs=kwargs)
    date_changed = columns.pop("date_changed", NOW)
    for name, value in columns.items():
        setattr(row, name, value)
    row.save()
    PeriodicTask.objects.filter(pk=row.pk).update(last_run_at=last, date_changed=date_changed)
    return PeriodicTask.objects.get(pk=row.pk)


def starts(row: Any, begin: datetime, days: float, step: timedelta = MINUTE) -> list[datetime]:
    """When `row` starts if somebody looks at it every `step`."""
    found, now, row.last_run_at = [], begin, begin
    while now < begin + timedelta(days=days):
        if turn_of(row, now).is_due:
            found.append(now)
            row.last_run_at = now
        now += step
    return found


# -- when --------------------------------------------------------------------------------------
def test_an_interval_is_due_when_it_is_over_and_not_before() -> None:
    row = schedule()
    assert not turn_of(row, NOW + timedelta(minutes=59, seconds=59)).is_due
    assert turn_of(row, NOW + timedelta(hours=1)).is_due
    assert turn_of(row, NOW).at == NOW + timedelta(hours=1)


def test_what_was_missed_is_one_start_and_says_since_when() -> None:
    row = schedule(interval=None, crontab=crontab("17", "2"))
    turn = turn_of(row, NOW + timedelta(days=3))
    assert turn.is_due and turn.at == datetime(2026, 5, 5, 2, 17, tzinfo=UTC)
    row.last_run_at = NOW + timedelta(days=3)
    assert not turn_of(row, NOW + timedelta(days=3, minutes=1)).is_due


@pytest.mark.parametrize(
    "begin", [datetime(2026, 3, 27, 12, tzinfo=UTC), datetime(2026, 10, 23, 12, tzinfo=UTC)]
)
@pytest.mark.parametrize(("minute", "hour"), [("17", "2"), ("0", "3"), ("59", "1")])
def test_a_nightly_task_starts_once_a_night_also_when_clocks_change(
    begin: datetime, minute: str, hour: str
) -> None:
    row = schedule(interval=None, crontab=crontab(minute, hour, "Europe/Berlin"))
    found = [
        t.astimezone(ZoneInfo("Europe/Berlin")).date() for t in starts(row, begin, 4, 3 * MINUTE)
    ]
    assert len(found) == len(set(found)) == 4


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"])
@pytest.mark.parametrize("day", ["2026-03-28", "2026-04-04", "2026-10-03", "2026-10-24"])
def test_an_hourly_task_starts_every_hour_also_when_clocks_change(zone: str, day: str) -> None:
    row = schedule(interval=None, crontab=crontab("43", "*", zone))
    found = starts(row, datetime.fromisoformat(day + "T10:00:30+00:00"), 2, timedelta(minutes=5))
    gaps = {b - a for a, b in zip(found, found[1:], strict=False)}
    assert gaps <= {timedelta(minutes=m) for m in (30, 60, 90)}
    assert zone == "Australia/Lord_Howe" or gaps == {timedelta(hours=1)}


def test_a_new_task_waits_for_its_first_time() -> None:
    row = schedule(last=None, interval=None, crontab=crontab("17", "2"), date_changed=NOW)
    assert not turn_of(row, NOW + timedelta(hours=14)).is_due
    assert turn_of(row, NOW + timedelta(hours=14, minutes=17)).is_due


def test_a_start_time_is_the_first_turn_of_an_interval() -> None:
    later = NOW + timedelta(hours=5)
    row = schedule(last=None, interval=every(2, "days"), start_time=later)
    assert not turn_of(row, later - MINUTE).is_due
    assert turn_of(row, later).is_due and turn_of(row, NOW).at == later


def test_a_crontab_keeps_its_times_after_a_start_time() -> None:
    later = datetime(2026, 5, 6, 2, 17, tzinfo=UTC)
    row = schedule(last=None, interval=None, crontab=crontab("17", "2"), start_time=later)
    assert not turn_of(row, later - timedelta(days=1) + MINUTE).is_due
    assert turn_of(row, later).is_due


def test_a_clock_time_comes_once() -> None:
    clock = ClockedSchedule.objects.create(clocked_time=NOW + timedelta(hours=1))
    row = schedule(last=None, interval=None, clocked=clock, one_off=True)
    assert not turn_of(row, NOW).is_due
    assert turn_of(row, NOW + timedelta(days=1)).is_due
    row.last_run_at = NOW + timedelta(days=1)
    assert turn_of(row, NOW + timedelta(days=2)).is_over


def test_a_task_is_over_at_its_end() -> None:
    row = schedule(expires=NOW + timedelta(hours=2))
    assert turn_of(row, NOW + timedelta(hours=1)).is_due
    assert turn_of(row, NOW + timedelta(hours=2)).is_over


def test_a_clock_that_was_set_back_is_noticed_and_a_correction_is_not() -> None:
    row = schedule()
    assert clock_was_set_back(row, NOW - timedelta(days=1))
    assert not clock_was_set_back(row, NOW - timedelta(minutes=2))


def test_a_schedule_that_cannot_be_read_says_so() -> None:
    row = schedule(interval=None, crontab=crontab("17", "2"))
    row.crontab.hour = "99"
    with pytest.raises(BadSchedule, match="cannot be read"):
        turn_of(row, NOW)


# -- what --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"task": "jobs.nonsense"}, "There is no task “jobs.nonsense”"),
        ({"task": "celery.backend_cleanup"}, "not kept as jobs"),
        ({"queue": "nowhere"}, "No worker reads the queue “nowhere”; there are default"),
        ({"priority": 0}, "1 (most urgent) to 9 and not 0"),
        ({"priority": 200}, "not 200"),
        ({"task": SYNC}, "missing a required argument: 'source_id'"),
        ({"task": SYNC, "kwargs": {"sources": 1}}, "does not know “sources”; it takes source_id"),
        ({"task": SYNC, "kwargs": {"source_id": 1, "job_id": 7}}, "Leave “job_id” out"),
        ({"task": SYNC, "kwargs": {"source_id": 1, "user_id": 7}}, "Leave “user_id” out"),
        ({"kwargs": [1]}, "must be a JSON object"),
        ({"kwargs": None}, "must be a JSON object"),
        ({"kwargs": {"x": 1}}, "it takes no arguments"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_run_says_why(columns: dict[str, Any], words: str) -> None:
    with pytest.raises(BadSchedule) as refused:
        order_of(schedule(**columns), NOW)
    assert words in str(refused.value)


def test_arguments_that_are_no_json_are_refused_with_the_place() -> None:
    row = schedule()
    row.kwargs = "{broken"
    with pytest.raises(BadSchedule, match="not JSON: Expecting"):
        order_of(row, NOW)


def source() -> DocumentationSource:
    return DocumentationSource.objects.create(name="Wiki", kind="folder", location="/nowhere")


def test_work_gets_a_job_of_its_own_kind_with_the_rows_wishes() -> None:
    wiki = source()
    row = schedule(
        SYNC, kwargs={"source_id": wiki.pk}, queue="batch", priority=8, expire_seconds=60
    )
    job = start(row, NOW)
    assert isinstance(fresh(job).concrete(), SyncJob) and job.source_id == wiki.pk
    assert (job.title, job.queue, job.priority) == ("Nightly", "batch", 8)
    assert (job.started_by, job.expires_at) == (None, NOW + MINUTE)
    assert fresh(job).kwargs["source_id"] == wiki.pk
    assert list(Job.objects.filter(jobs_of(row.pk))) == [fresh(job)]


def test_arguments_by_position_count_by_name() -> None:
    row = schedule(SYNC)
    row.args = json.dumps([source().pk])
    job = fresh(start(row, NOW))
    assert job.args == [] and job.kwargs["source_id"] == job.concrete().source_id


def test_what_a_kind_keeps_in_a_column_is_not_in_the_message() -> None:
    ids = list(range(1, 2000))
    row = schedule("solution_library.embed_documents_batch", kwargs={"document_ids": ids})
    job = start(row, NOW)
    assert isinstance(job, EmbeddingJob) and job.document_ids == ids
    assert "document_ids" not in fresh(job).kwargs


def test_work_on_something_that_does_not_exist_is_refused_with_its_id() -> None:
    row = schedule(SYNC, kwargs={"source_id": 999999})
    with pytest.raises(BadSchedule, match="999999"):
        start(row, NOW)
    assert not Job.objects.exists()


@pytest.mark.parametrize("value", ["abc", {"a": 1}, [1], 10**30])
def test_an_id_of_the_wrong_sort_is_refused(value: Any) -> None:
    with pytest.raises(BadSchedule):
        start(schedule(SYNC, kwargs={"source_id": value}), NOW)
    assert not Job.objects.exists()


def test_work_does_not_run_beside_its_own_last_run() -> None:
    row = schedule()
    start(row, NOW)
    with pytest.raises(AlreadyRunning):
        start(row, NOW + timedelta(hours=1))
    assert start(schedule(name="Another"), NOW)


@pytest.mark.contract("D10")
def test_work_does_not_run_beside_the_same_work_that_a_person_started() -> None:
    wiki = source()
    by_hand = start_sync(wiki, person())
    with pytest.raises(AlreadyRunning) as busy:
        start(schedule(SYNC, kwargs={"source_id": wiki.pk}), NOW)
    assert busy.value.existing.pk == by_hand.pk


def test_where_a_message_should_go_is_not_up_to_a_schedule(caplog: Any) -> None:
    row = schedule(exchange="elsewhere", headers='{"x": 1}')
    assert start(row, NOW).queue == "default"
    assert "exchange, headers ignored" in caplog.text


def test_a_task_names_the_same_key_as_those_who_start_its_work() -> None:
    """Only then does a schedule not run beside what a person started."""
    keys = {re.sub(r"{[^}]*}", "{}", key) for key in starters_keys()}
    tasks = [schedulable_task(name) for name in schedulable_names()]
    named = {task.dedup for task in tasks if task.dedup}
    assert len(named) >= 7
    # Each start of an evaluation makes a new one: what must not run twice is its candidate.
    alone = {"purge", "evaluation:{}", "remind-reviews", "measure-confidence"}
    assert {re.sub(r"{[^}]*}", "{}", key) for key in named} - alone <= keys


def starters_keys() -> list[str]:
    root = Path(__file__).resolve().parents[2]
    sources = [
        path.read_text()
        for app in ("llm_manager", "rfp_manager", "solution_library")
        for path in (root / app).rglob("*.py")
    ]
    text = "\n".join(sources)
    given = re.findall(r'dedup_key=f"([^"]+)"', text)
    named = re.findall(r'def \w*key\w*\(.*\n(?:    """.*\n)?    return f"([^"]+)"', text)
    return [*given, *named, ONLY_ONE, MERGE, FILL, GRAPHS]
