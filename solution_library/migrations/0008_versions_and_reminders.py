"""Who made a version and why; and the daily reminders of reviews."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def add_schedule(apps, schema_editor):
    crontab = apps.get_model("django_celery_beat", "CrontabSchedule")
    periodic = apps.get_model("django_celery_beat", "PeriodicTask")
    schedule, _ = crontab.objects.get_or_create(
        minute="23", hour="5", day_of_week="*", day_of_month="*", month_of_year="*",
        timezone="UTC",
    )
    periodic.objects.get_or_create(
        name="Remind of reviews that are due",
        defaults={
            "task": "solution_library.remind_reviews", "crontab": schedule, "queue": "default",
        },
    )


class Migration(migrations.Migration):
    dependencies = [
        ("solution_library", "0007_word_segments"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField(
            model_name="documentversion",
            name="created_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL,
                related_name="+", to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="documentversion",
            name="note",
            field=models.CharField(blank=True, help_text="why it was made", max_length=300),
        ),
        migrations.RunPython(add_schedule, migrations.RunPython.noop),
    ]
