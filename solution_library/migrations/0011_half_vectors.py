"""Vectors in half precision: half the table, half the graph, the same passages found.

The graphs are made anew, each in a statement of its own that `ensure` would also make: an upgrade
that is interrupted goes on with what is missing.
"""

import pgvector.django
from django.db import connection, migrations

GRAPHS = r"SELECT relname FROM pg_class WHERE relkind = 'i' AND relname ~ '^library_graph_\d+$'"
WITHOUT = """
SELECT i.id, i.dimensions, count(v.*) FROM solution_library_embeddingindex i
JOIN solution_library_chunkvector v ON v.index_id = i.id
WHERE i.dimensions IS NOT NULL GROUP BY i.id
"""


def drop_graphs(apps, schema_editor):
    """Whatever type they are of: the column's type cannot change below them in reasonable time."""
    with connection.cursor() as cursor:
        cursor.execute(GRAPHS)
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")


def make_graphs(apps, schema_editor):
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_maintenance_workers = 0")
        cursor.execute(WITHOUT)
        for index_id, dimensions, rows in cursor.fetchall():
            megabytes = min(max(64, rows * (2 * dimensions + 1000) * 5 // 4 // 2**20), 2048)
            cursor.execute(f"SET maintenance_work_mem = '{megabytes}MB'")
            cursor.execute(
                f"CREATE INDEX IF NOT EXISTS library_graph_{index_id} "
                f"ON solution_library_chunkvector USING hnsw "
                f"((embedding::halfvec({dimensions})) halfvec_ip_ops) "
                f"WITH (m = 24, ef_construction = 100) WHERE index_id = {index_id}"
            )
        cursor.execute("RESET maintenance_work_mem")
        cursor.execute("RESET max_parallel_maintenance_workers")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("solution_library", "0010_answer_library")]
    operations = [
        migrations.RunPython(drop_graphs, drop_graphs),
        migrations.AlterField(
            model_name="chunkvector",
            name="embedding",
            field=pgvector.django.HalfVectorField(editable=False),
        ),
        migrations.RunPython(make_graphs, migrations.RunPython.noop),
    ]
