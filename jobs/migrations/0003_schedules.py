"""The nightly purge as a periodic task, off the round minute and editable in the admin.

An operator who has scheduled the purge already keeps what they chose.
"""

from django.db import migrations

PURGE = "jobs.purge"


def add_purge(apps, schema_editor):
    crontab = apps.get_model("django_celery_beat", "CrontabSchedule")
    periodic = apps.get_model("django_celery_beat", "PeriodicTask")
    if periodic.objects.filter(task=PURGE).exists():
        return
    schedule = crontab.objects.filter(
        minute="41", hour="3", day_of_week="*", day_of_month="*", month_of_year="*", timezone="UTC"
    ).first() or crontab.objects.create(minute="41", hour="3", timezone="UTC")
    periodic.objects.get_or_create(
        name="Purge old jobs", defaults={"task": PURGE, "crontab": schedule, "priority": 8}
    )


def remove_celerys_own(apps, schema_editor):
    """Celery's scheduler had put it there; it cleans a store of results that nobody has."""
    periodic = apps.get_model("django_celery_beat", "PeriodicTask")
    periodic.objects.filter(name="celery.backend_cleanup", task="celery.backend_cleanup").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0002_lines_expiry_and_choices"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]
    operations = [
        migrations.RunPython(add_purge, migrations.RunPython.noop),
        migrations.RunPython(remove_celerys_own, migrations.RunPython.noop),
    ]
