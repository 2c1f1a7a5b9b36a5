"""The schedule that looks for sources whose time has come; editable in the admin."""

from django.db import migrations

NAME = "Sync documentation sources that are due"
TASK = "solution_library.sync_due_documentation_sources"


def add_schedule(apps, schema_editor):
    interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    periodic = apps.get_model("django_celery_beat", "PeriodicTask")
    every, _ = interval.objects.get_or_create(every=10, period="minutes")
    periodic.objects.get_or_create(
        name=NAME, defaults={"task": TASK, "interval": every, "queue": "default"}
    )


class Migration(migrations.Migration):
    dependencies = [
        ("solution_library", "0008_versions_and_reminders"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]
    operations = [migrations.RunPython(add_schedule, migrations.RunPython.noop)]
