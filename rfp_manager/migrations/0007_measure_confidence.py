"""Confidence is measured anew every night."""

from django.db import migrations


def add_schedule(apps, schema_editor):
    crontab = apps.get_model("django_celery_beat", "CrontabSchedule")
    periodic = apps.get_model("django_celery_beat", "PeriodicTask")
    schedule, _ = crontab.objects.get_or_create(
        minute="11", hour="4", day_of_week="*", day_of_month="*", month_of_year="*",
        timezone="UTC",
    )
    periodic.objects.get_or_create(
        name="Measure confidence",
        defaults={
            "task": "rfp_manager.measure_confidence", "crontab": schedule, "queue": "default",
        },
    )


class Migration(migrations.Migration):
    dependencies = [
        ("rfp_manager", "0006_changed_passages"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]
    operations = [migrations.RunPython(add_schedule, migrations.RunPython.noop)]
