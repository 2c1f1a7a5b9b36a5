"""Once a night the graphs of vectors are looked after, as the index of words is."""

from django.db import migrations

NAME = "Look after the graphs of vectors"
TASK = "solution_library.tend_graphs"


def add_schedule(apps, schema_editor):
    crontab = apps.get_model("django_celery_beat", "CrontabSchedule")
    periodic = apps.get_model("django_celery_beat", "PeriodicTask")
    schedule, _ = crontab.objects.get_or_create(
        minute="11", hour="4", day_of_week="*", day_of_month="*", month_of_year="*",
        timezone="UTC",
    )
    periodic.objects.get_or_create(
        name=NAME, defaults={"task": TASK, "crontab": schedule, "queue": "default"}
    )


def remove_schedule(apps, schema_editor):
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("solution_library", "0014_files_of_rfps"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]
    operations = [migrations.RunPython(add_schedule, remove_schedule)]
