"""The inverted index of words. The tables of 0006 were never filled, so they are made anew."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

TASK = "solution_library.merge_word_segments"
#: Numbers do not compress, and a whole list is read at once.
STORAGE = """
ALTER TABLE solution_library_lexicalposting ALTER COLUMN places SET STORAGE EXTERNAL;
ALTER TABLE solution_library_lexicalposting ALTER COLUMN counts SET STORAGE EXTERNAL;
"""


def add_schedule(apps, schema_editor):
    crontab = apps.get_model("django_celery_beat", "CrontabSchedule")
    periodic = apps.get_model("django_celery_beat", "PeriodicTask")
    schedule, _ = crontab.objects.get_or_create(
        minute="41", hour="3", day_of_week="*", day_of_month="*", month_of_year="*",
        timezone="UTC",
    )
    periodic.objects.get_or_create(
        name="Tidy the index of words",
        defaults={"task": TASK, "crontab": schedule, "queue": "default"},
    )
    if apps.get_model("solution_library", "Chunk").objects.exists():
        _make_words_anew_once(crontab, periodic)


def _make_words_anew_once(crontab, periodic):
    """Passages stored before have no codes, and letters with their marks: a question finds them
    by all its words only when theirs are made anew. Beat starts that within a minute."""
    soon, _ = crontab.objects.get_or_create(
        minute="*", hour="*", day_of_week="*", day_of_month="*", month_of_year="*",
        timezone="UTC",
    )
    periodic.objects.get_or_create(
        name="Build the index of words once after the upgrade",
        defaults={
            "task": TASK, "crontab": soon, "queue": "default", "one_off": True,
            "kwargs": '{"anew": true}',
        },
    )


class Migration(migrations.Migration):
    dependencies = [
        ("solution_library", "0006_library"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]
    operations = [
        migrations.AlterField(
            model_name="documentversion",
            name="lexical_segment",
            field=models.ForeignKey(
                blank=True, null=True, db_constraint=False, related_name="+",
                on_delete=django.db.models.deletion.DO_NOTHING,
                to="solution_library.lexicalsegment",
                help_text="where its words are indexed; empty: not yet, so they are searched one by one",
            ),
        ),
        migrations.DeleteModel(name="LexicalPosting"),
        migrations.DeleteModel(name="LexicalWord"),
        migrations.RemoveField(model_name="lexicalsegment", name="is_ready"),
        migrations.RemoveField(model_name="lexicalsegment", name="first_chunk"),
        migrations.AlterField(
            model_name="lexicalsegment", name="passages", field=models.PositiveIntegerField()
        ),
        migrations.AlterField(
            model_name="lexicalsegment",
            name="length",
            field=models.PositiveBigIntegerField(help_text="words of all its passages"),
        ),
        *(
            migrations.AddField(
                model_name="lexicalsegment",
                name=name,
                field=models.BinaryField(default=b"", help_text=text),
                preserve_default=False,
            )
            for name, text in (
                ("chunks", "int64 for each place: the chunk's id"),
                ("lengths", "uint32 for each place: words of the passage"),
                ("owners", "uint32 for each place: which of its versions"),
                ("tongues", "uint8 for each place: which of its languages"),
                ("versions", "int64: ids, in order"),
            )
        ),
        migrations.AddField(
            model_name="lexicalsegment",
            name="languages",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20), size=None, default=list,
                help_text="configurations that made its lexemes",
            ),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="LexicalPosting",
            fields=[
                ("pk", models.CompositePrimaryKey(
                    "lexeme", "language", "segment",
                    blank=True, editable=False, primary_key=True, serialize=False,
                )),
                ("language", models.CharField(
                    max_length=20, help_text="the configuration that made the lexeme"
                )),
                ("lexeme", models.TextField(db_collation="C")),
                ("passages", models.PositiveIntegerField(help_text="how many hold it")),
                ("places", models.BinaryField(
                    help_text="uint16, or uint32 in a segment of more places; empty where most hold it"
                )),
                ("counts", models.BinaryField(
                    help_text="uint8: how often each of them holds it, or each place"
                )),
                ("segment", models.ForeignKey(
                    db_index=False, db_constraint=False, related_name="postings",
                    on_delete=django.db.models.deletion.CASCADE,
                    to="solution_library.lexicalsegment",
                )),
            ],
            options={
                "indexes": [models.Index(fields=["segment"], name="library_postings_of_segment")],
            },
        ),
        migrations.CreateModel(
            name="LexicalWord",
            fields=[
                ("word", models.CharField(
                    max_length=40, primary_key=True, serialize=False, db_collation="C"
                )),
                ("pieces", django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=44), size=None,
                    help_text="parts that survive a slip: see vocabulary.py",
                )),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["pieces"], name="library_word_pieces"
                    )
                ],
            },
        ),
        migrations.RemoveIndex(model_name="chunk", name="library_chunk_lexemes"),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
        migrations.RunPython(add_schedule, migrations.RunPython.noop),
    ]
