"""The default schedules: off the round minute, and editable in the admin."""

from django.db import migrations

SCHEDULES = [
    ("Sync all documentation sources", "solution_library.sync_all_documentation_sources", "17", "2"),
    ("Check all LLM APIs", "llm_manager.validate_all_llm_apis", "43", "*/6"),
]


def add_schedules(apps, schema_editor):
    crontab = apps.get_model("django_celery_beat", "CrontabSchedule")
    periodic = apps.get_model("django_celery_beat", "PeriodicTask")
    for name, task, minute, hour in SCHEDULES:
        schedule, _ = crontab.objects.get_or_create(
            minute=minute, hour=hour, day_of_week="*", day_of_month="*", month_of_year="*",
            timezone="UTC",
        )
        periodic.objects.get_or_create(
            name=name, defaults={"task": task, "crontab": schedule, "queue": "default"}
        )


class Migration(migrations.Migration):
    dependencies = [
        ("solution_library", "0001_initial"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]
    operations = [migrations.RunPython(add_schedules, migrations.RunPython.noop)]
