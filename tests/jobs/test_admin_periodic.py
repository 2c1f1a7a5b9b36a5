"""Periodic tasks in the admin: started by hand, switched, and refused if they could not run."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from jobs.models import Job, Status
from jobs.periodic import jobs_of, order_of, turn_of
from solution_library.models import DocumentationSource, SyncJob
from tests.jobs.engine import probe

pytestmark = pytest.mark.django_db
LIST = "/admin/django_celery_beat/periodictask/"
SYNC = "solution_library.sync_documentation_source"


@pytest.fixture(autouse=True)
def _workers_elsewhere(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False


@pytest.fixture
def staff(client: Client, bob: Any) -> Client:
    """Bob may look at periodic tasks and not change them."""
    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(Permission.objects.get(codename="view_periodictask"))
    client.force_login(bob)
    return client


@pytest.fixture
def clean(db: None) -> None:
    PeriodicTask.objects.all().delete()


def hourly() -> IntervalSchedule:
    return IntervalSchedule.objects.get_or_create(every=1, period="hours")[0]


def schedule(name: str = "Probe", **columns: Any) -> PeriodicTask:
    columns = {"task": probe.name, "interval": hourly()} | columns
    return PeriodicTask.objects.create(name=name, **columns)


def fields(**changed: Any) -> dict[str, Any]:
    """What the form sends."""
    given = {
        "name": "Probe", "task": probe.name, "enabled": "on", "interval": hourly().pk,
        "kwargs": "{}", "queue": "", "priority": "",
    }  # fmt: skip
    return given | changed


def said(response: Any) -> str:
    return " ".join(str(m) for m in response.context["messages"])


def run(client: Client, row: PeriodicTask) -> Any:
    return client.post(f"{LIST}{row.pk}/run/", follow=True)


# -- run now -----------------------------------------------------------------------------------
def test_run_now_is_a_job_in_the_persons_name_with_the_rows_wishes(
    admin_client: Client, admin_user: Any
) -> None:
    row = schedule(queue="batch", priority=8, expire_seconds=60)
    answer = run(admin_client, row)
    job = Job.objects.get(jobs_of(row.pk))
    assert (job.title, job.queue, job.priority, job.status) == ("Probe", "batch", 8, "pending")
    assert job.started_by == admin_user and job.dispatched_at is None
    assert job.expires_at - timezone.now() < timedelta(seconds=61)
    assert f'was started: <a href="{job.get_absolute_url()}">job {job.pk}</a>' in said(answer)


def test_run_now_does_not_move_the_next_start(admin_client: Client) -> None:
    row = schedule()
    before = turn_of(row, timezone.now()).at
    run(admin_client, row)
    row.refresh_from_db()
    assert (turn_of(row, timezone.now()).at, row.total_run_count) == (before, 0)


def test_run_now_makes_a_job_of_the_works_own_kind(admin_client: Client) -> None:
    wiki = DocumentationSource.objects.create(name="Wiki", kind="folder", location="/nowhere")
    run(admin_client, schedule(task=SYNC, kwargs=f'{{"source_id": {wiki.pk}}}'))
    assert SyncJob.objects.get().source == wiki


def test_run_now_while_it_runs_links_to_what_runs(admin_client: Client) -> None:
    row = schedule()
    run(admin_client, row)
    answer = run(admin_client, row)
    assert "is already running" in said(answer) and Job.objects.count() == 1


def test_run_now_of_a_bad_row_says_why(admin_client: Client) -> None:
    answer = run(admin_client, schedule(queue="nowhere"))
    assert "was not started: No worker reads the queue “nowhere”" in said(answer)
    assert not Job.objects.exists()


def test_run_now_of_several_starts_each(admin_client: Client) -> None:
    rows = [schedule("A"), schedule("B", enabled=False)]
    chosen = {"action": "run_selected", "_selected_action": [row.pk for row in rows]}
    admin_client.post(LIST, chosen)
    assert sorted(Job.objects.values_list("title", flat=True)) == ["A", "B"]


def test_run_now_needs_a_post_and_the_permission(staff: Client, admin_client: Client) -> None:
    row = schedule()
    assert admin_client.get(f"{LIST}{row.pk}/run/").status_code == 405
    assert admin_client.post(f"{LIST}999999/run/").status_code == 404


def test_who_may_only_look_starts_and_switches_nothing(staff: Client) -> None:
    row = schedule()
    assert run(staff, row).status_code == 403
    page = staff.get(LIST)
    assert page.status_code == 200 and "formaction" not in page.content.decode()
    staff.post(LIST, {"action": "disable", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.enabled and not Job.objects.exists()


def test_without_the_sites_token_nothing_starts(admin_user: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert client.post(f"{LIST}{schedule().pk}/run/").status_code == 403


# -- looking -----------------------------------------------------------------------------------
def test_the_list_shows_the_next_start_and_how_the_last_job_ended(admin_client: Client) -> None:
    row = schedule()
    run(admin_client, row)
    Job.objects.update(status=Status.COMPLETED, completed_at=timezone.now())
    page = admin_client.get(LIST).content.decode()
    assert "Every hour" in page and "Completed</a>" in page
    assert f'formaction="{LIST}{row.pk}/run/"' in page


def test_a_schedule_that_cannot_be_read_is_shown_with_the_reason(admin_client: Client) -> None:
    row = schedule()
    PeriodicTask.objects.filter(pk=row.pk).update(interval=None)
    assert "never: It has no schedule" in admin_client.get(LIST).content.decode()
    assert admin_client.get(f"{LIST}{row.pk}/change/").status_code == 200


def test_the_pages_open_without_inline_scripts(admin_client: Client) -> None:
    row = schedule()
    for page in (LIST, f"{LIST}add/", f"{LIST}{row.pk}/change/"):
        text = admin_client.get(page).content.decode()
        assert "<script>" not in text and "Task (custom)" not in text
    assert "Run now" in text and "csrfmiddlewaretoken" in text


@pytest.mark.parametrize("model", ["crontabschedule", "intervalschedule", "clockedschedule"])
def test_the_pages_of_schedules_open(admin_client: Client, model: str) -> None:
    for page in ("", "add/"):
        assert admin_client.get(f"/admin/django_celery_beat/{model}/{page}").status_code == 200


def test_more_rows_do_not_cost_more_looks_at_jobs(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        schedule(f"Task {n}")
    with django_assert_max_num_queries(12 + 30):
        admin_client.get(LIST)


# -- saving ------------------------------------------------------------------------------------
def test_a_periodic_task_is_added_and_starts_at_its_next_time(admin_client: Client) -> None:
    answer = admin_client.post(f"{LIST}add/", fields(priority="3", queue="batch"))
    assert answer.status_code == 302
    row = PeriodicTask.objects.get(name="Probe")
    assert (row.priority, row.queue, row.kwargs) == (3, "batch", "{}")
    assert not turn_of(row, timezone.now()).is_due


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"task": "jobs.nonsense"}, "jobs.nonsense is not one of the available choices"),
        ({"task": "celery.backend_cleanup"}, "not one of the available choices"),
        ({"kwargs": "{broken"}, "The arguments are not JSON"),
        ({"kwargs": "[1]"}, "The arguments must be a JSON object"),
        ({"kwargs": '{"x": 1}'}, "The task does not know “x”"),
        ({"task": SYNC}, "missing a required argument"),
        ({"task": SYNC, "kwargs": '{"source_id": 999}'}, "id 999 is not a valid choice"),
        ({"task": SYNC, "kwargs": '{"source_id": "x"}'}, "source: “x” value must be an integer"),
        ({"queue": "nowhere"}, "nowhere is not one of the available choices"),
        ({"priority": "0"}, "not one of the available choices"),
        ({"interval": ""}, "must be set"),
    ],
)
def test_what_could_not_run_is_not_saved_and_says_why(
    admin_client: Client, changed: dict[str, Any], words: str
) -> None:
    answer = admin_client.post(f"{LIST}add/", fields(**changed))
    assert answer.status_code == 200 and not PeriodicTask.objects.filter(name="Probe").exists()
    errors = answer.context["adminform"].form.errors
    assert words in " ".join(str(e) for found in errors.values() for e in found)


def test_a_task_that_is_no_more_is_shown_and_not_saved_again(admin_client: Client) -> None:
    row = schedule(task="jobs.gone")
    assert "jobs.gone" in admin_client.get(f"{LIST}{row.pk}/change/").content.decode()
    answer = admin_client.post(f"{LIST}{row.pk}/change/", fields(task="jobs.gone"))
    assert "There is no task “jobs.gone”" in answer.content.decode()


def test_a_changed_time_counts_from_now_and_makes_up_for_nothing(admin_client: Client) -> None:
    late = CrontabSchedule.objects.create(minute="0", hour="0")
    row = schedule(interval=None, crontab=late)
    PeriodicTask.objects.filter(pk=row.pk).update(last_run_at=timezone.now() - timedelta(days=9))
    admin_client.post(f"{LIST}{row.pk}/change/", fields())
    row.refresh_from_db()
    assert row.interval and not turn_of(row, timezone.now()).is_due


def test_a_changed_description_makes_up_for_what_was_missed(admin_client: Client) -> None:
    row = schedule()
    PeriodicTask.objects.filter(pk=row.pk).update(last_run_at=timezone.now() - timedelta(days=9))
    admin_client.post(f"{LIST}{row.pk}/change/", fields(description="New"))
    row.refresh_from_db()
    assert row.description == "New" and turn_of(row, timezone.now()).is_due


def test_a_changed_crontab_counts_from_now_for_all_that_use_it(admin_client: Client) -> None:
    crontab = CrontabSchedule.objects.create(minute="1", hour="2")
    row = schedule(interval=None, crontab=crontab)
    PeriodicTask.objects.filter(pk=row.pk).update(last_run_at=timezone.now() - timedelta(days=9))
    page = f"/admin/django_celery_beat/crontabschedule/{crontab.pk}/change/"
    inline = "periodictask_set"
    answer = admin_client.post(page, {
        "minute": "7", "hour": "3", "day_of_month": "*", "month_of_year": "*", "day_of_week": "*",
        "timezone": "UTC", f"{inline}-TOTAL_FORMS": "0", f"{inline}-INITIAL_FORMS": "0",
    })  # fmt: skip
    assert answer.status_code == 302
    row = PeriodicTask.objects.get(pk=row.pk)
    assert row.crontab.minute == "7" and not turn_of(row, timezone.now()).is_due


def test_what_was_off_for_long_does_not_start_the_moment_it_is_on(admin_client: Client) -> None:
    row = schedule(enabled=False)
    long_ago = timezone.now() - timedelta(days=99)
    PeriodicTask.objects.filter(pk=row.pk).update(date_changed=long_ago)
    chosen = {"_selected_action": [row.pk]}
    admin_client.post(LIST, chosen | {"action": "enable"})
    row.refresh_from_db()
    assert row.enabled and not turn_of(row, timezone.now()).is_due
    admin_client.post(LIST, chosen | {"action": "disable"})
    row.refresh_from_db()
    assert not row.enabled


# -- what comes with the installation ----------------------------------------------------------
SCHEDULES = import_module("jobs.migrations.0003_schedules")


def test_the_nightly_purge_comes_with_the_installation_off_the_round_minute(clean: None) -> None:
    SCHEDULES.add_purge(apps, None)
    row = PeriodicTask.objects.get(task="jobs.purge")
    assert (row.crontab.hour, row.crontab.minute, row.enabled) == ("3", "41", True)
    assert order_of(row, timezone.now()).priority == 8


def test_what_an_operator_has_changed_is_left_as_it_is(clean: None) -> None:
    own = schedule("My purge", task="jobs.purge", enabled=False)
    SCHEDULES.add_purge(apps, None)
    assert list(PeriodicTask.objects.filter(task="jobs.purge")) == [own]


def test_celerys_own_schedule_goes_and_others_of_its_task_stay(clean: None) -> None:
    schedule("celery.backend_cleanup", task="celery.backend_cleanup")
    other = schedule("Ours", task="celery.backend_cleanup")
    SCHEDULES.remove_celerys_own(apps, None)
    assert list(PeriodicTask.objects.all()) == [other]
