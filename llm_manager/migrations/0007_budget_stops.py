"""What a budget's stop needs to be resumed, and the hourly look into the books: off the round
minute and editable in the admin. An operator who has scheduled it already keeps what they chose.
"""

from django.db import migrations, models

KEEP_BOOKS = "llm_manager.keep_books"


def add_schedule(apps, schema_editor):
    crontab = apps.get_model("django_celery_beat", "CrontabSchedule")
    periodic = apps.get_model("django_celery_beat", "PeriodicTask")
    if periodic.objects.filter(task=KEEP_BOOKS).exists():
        return
    hourly = {
        "minute": "17", "hour": "*", "day_of_week": "*", "day_of_month": "*",
        "month_of_year": "*", "timezone": "UTC",
    }
    schedule = crontab.objects.filter(**hourly).first() or crontab.objects.create(**hourly)
    periodic.objects.get_or_create(
        name="Keep the books of LLM calls",
        defaults={"task": KEEP_BOOKS, "crontab": schedule, "priority": 7},
    )


class Migration(migrations.Migration):
    dependencies = [
        ("llm_manager", "0006_defaults"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]
    operations = [
        migrations.AddField(
            model_name="budgetstop",
            name="subject",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AddField(
            model_name="budgetstop",
            name="needed",
            field=models.DecimalField(
                db_default=0, decimal_places=6, default=0, max_digits=12,
                help_text="What the call that was stopped may have cost, in US dollars",
            ),
        ),
        migrations.RunPython(add_schedule, migrations.RunPython.noop),
    ]
