"""Processes of the version before work on the newest schema: migrations only expand it."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

pytestmark = pytest.mark.django_db
OURS = ("accounts", "api", "audit", "jobs", "llm_manager", "rfp_manager", "solution_library")
COLUMNS = """
SELECT column_name, is_nullable = 'YES' OR column_default IS NOT NULL OR is_identity = 'YES'
FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s
"""


@pytest.fixture(scope="module")
def before() -> Any:
    """The models as they were one migration ago in each of our apps."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    nodes = []
    for app in OURS:
        [leaf] = loader.graph.leaf_nodes(app)
        parents = [p for p in loader.get_migration(*leaf).dependencies if p[0] == app]
        nodes += [parent for parent in parents if parent in loader.graph.nodes]
    return loader.project_state(nodes).apps


def columns(table: str) -> dict[str, bool]:
    """Columns of a table as it is, and whether a row may be written without them."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [table])
        return dict(cursor.fetchall())


def test_every_table_takes_the_rows_of_the_version_before(before: Any) -> None:
    trouble = []
    for model in before.get_models(include_auto_created=True):
        if model._meta.app_label not in OURS:
            continue
        there, written = columns(model._meta.db_table), set()
        for field in model._meta.local_concrete_fields:
            written.add(field.column)
            if field.column not in there:
                trouble.append(f"{model._meta.db_table}.{field.column} is gone")
        new = there.keys() - written
        trouble += [f"{model._meta.db_table}.{name} must be written" for name in new
                    if not there[name]]  # fmt: skip
    assert trouble == []


def test_a_worker_of_the_version_before_queues_takes_and_ends_a_job(before: Any) -> None:
    job, attempt = before.get_model("jobs", "Job"), before.get_model("jobs", "JobAttempt")
    row = job.objects.create(kind="jobs.Job", task_name="jobs.canary", title="of then")
    attempt.objects.create(job=row, number=1, token="0" * 32)
    ended = {"status": "completed", "completed_at": timezone.now(), "updated_at": timezone.now()}
    assert job.objects.filter(pk=row.pk, status="pending").update(**ended) == 1


def test_a_column_that_the_version_before_could_not_fill_would_be_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE zz (a int NOT NULL, b int, c int NOT NULL DEFAULT 1)")
    assert columns("zz") == {"a": False, "b": True, "c": True}
