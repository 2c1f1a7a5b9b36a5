"""Vectors get a table of their own, so that those of another model can be made beside them."""

import django.db.models.deletion
import pgvector.django.vector
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0001_initial"),
        ("llm_manager", "0001_initial"),
        ("solution_library", "0002_schedules"),
    ]
    operations = [
        migrations.CreateModel(
            name="EmbeddingIndex",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dimensions", models.PositiveSmallIntegerField(blank=True, help_text="known from the first vector on", null=True)),
                ("state", models.CharField(choices=[("building", "Being built"), ("active", "In use"), ("retired", "Kept, not kept up to date")], default="building", max_length=10)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("completed_at", models.DateTimeField(blank=True, help_text="when every passage had a vector for the first time", null=True)),
                ("activated_at", models.DateTimeField(blank=True, null=True)),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                ("model", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="embedding_indexes", to="llm_manager.llmmodel")),
            ],
            options={"verbose_name_plural": "embedding indexes", "ordering": ["-id"]},
        ),
        migrations.AddConstraint(
            model_name="embeddingindex",
            constraint=models.CheckConstraint(condition=models.Q(("state__in", ["building", "active", "retired"])), name="library_known_index_state"),
        ),
        migrations.AddConstraint(
            model_name="embeddingindex",
            constraint=models.CheckConstraint(condition=models.Q(("dimensions", None), ("dimensions__range", (1, 4000)), _connector="OR"), name="library_index_dimensions"),
        ),
        migrations.AddConstraint(
            model_name="embeddingindex",
            constraint=models.UniqueConstraint(condition=models.Q(("state", "active")), fields=("state",), name="library_one_active_index"),
        ),
        migrations.AddConstraint(
            model_name="embeddingindex",
            constraint=models.UniqueConstraint(condition=models.Q(("state", "building")), fields=("state",), name="library_one_index_built"),
        ),
        migrations.CreateModel(
            name="ChunkVector",
            fields=[
                ("pk", models.CompositePrimaryKey("chunk_id", "index_id", blank=True, editable=False, primary_key=True, serialize=False)),
                ("build", models.CharField(help_text="of the model that made it", max_length=100)),
                ("embedding", pgvector.django.vector.VectorField(editable=False)),
                ("chunk", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="vectors", to="solution_library.chunk")),
                ("index", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="vectors", to="solution_library.embeddingindex")),
                ("version", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="solution_library.documentversion")),
            ],
            options={"indexes": [models.Index(fields=["version", "index"], name="library_vectors_of_a_version")]},
        ),
        migrations.CreateModel(
            name="ReindexJob",
            fields=[
                ("job_ptr", models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to="jobs.job")),
                ("switch", models.BooleanField(default=True, help_text="use the index as soon as it is complete")),
                ("reason", models.CharField(blank=True, help_text="for switching, if one is due", max_length=1000)),
                ("index", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="jobs", to="solution_library.embeddingindex")),
            ],
            bases=("jobs.job",),
        ),
    ]
