"""Chunks hold text alone; their vectors are in the indexes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("solution_library", "0004_move_vectors")]
    operations = [
        migrations.RemoveIndex(model_name="chunk", name="library_chunk_embedding"),
        migrations.RemoveField(model_name="chunk", name="embedding"),
        migrations.RemoveField(model_name="chunk", name="embedded_by"),
    ]
