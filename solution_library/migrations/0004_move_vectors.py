"""Moves the vectors that chunks hold into the index of the model that made them.

In portions, each a transaction of its own: no lock is held for long, and what was interrupted
goes on where it stopped. Only passages of current versions are searched, so only theirs move.
Vectors of a model that is not the default were found by no search; their documents have to be
read again, or `manage.py rebuild_index` makes what is missing.
"""

from django.db import connection, migrations, transaction

PORTION = 2000
MADE_BY = "(c.embedded_by = %(name)s OR starts_with(c.embedded_by, %(name)s || ':'))"
CURRENT = """
FROM solution_library_chunk c
JOIN solution_library_document d ON d.current_version_id = c.version_id
WHERE c.embedding IS NOT NULL
"""
MOVE = f"""
WITH portion AS (
    SELECT c.id, c.version_id, c.embedded_by, c.embedding {CURRENT} AND {MADE_BY}
    AND c.id > %(after)s ORDER BY c.id LIMIT %(portion)s
), moved AS (
    INSERT INTO solution_library_chunkvector (chunk_id, index_id, version_id, build, embedding)
    SELECT id, %(index)s, version_id, embedded_by, embedding FROM portion
    ON CONFLICT DO NOTHING
)
SELECT max(id) FROM portion
"""


def move(apps, schema_editor):
    model = _searched_with(apps)
    if model is None:
        return
    indexes = apps.get_model("solution_library", "EmbeddingIndex").objects
    index, _ = indexes.get_or_create(
        state="active", defaults={"model": model, "dimensions": 384}
    )
    values = {"name": model.model_id, "index": index.pk, "portion": PORTION, "after": 0}
    while values["after"] is not None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(MOVE, values)
            values["after"] = cursor.fetchone()[0]
    indexes.filter(pk=index.pk, completed_at=None).update(
        completed_at=index.created_at, activated_at=index.created_at
    )
    _make_graph(index.pk)


def _searched_with(apps):
    """The default embedding model, if the library holds vectors of it."""
    found = apps.get_model("llm_manager", "LLMModel").objects
    model = found.filter(kind="embedding", is_system_default=True).first()
    if model is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 {CURRENT} AND {MADE_BY} LIMIT 1", {"name": model.model_id})
        return model if cursor.fetchone() else None


def _make_graph(index_id):
    name = f"library_graph_{index_id}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS {name}")  # of an attempt that was interrupted
        cursor.execute("SET maintenance_work_mem = '256MB'")
        cursor.execute("SET max_parallel_maintenance_workers = 0")
        cursor.execute(
            f"CREATE INDEX CONCURRENTLY {name} ON solution_library_chunkvector USING hnsw "
            "((embedding::vector(384)) vector_ip_ops) WITH (m = 16, ef_construction = 64) "
            f"WHERE index_id = {index_id}"
        )
        cursor.execute("RESET maintenance_work_mem")
        cursor.execute("RESET max_parallel_maintenance_workers")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("solution_library", "0003_embedding_indexes")]
    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
