"""Counts of the rate limits, in a table that costs no disk write at each count."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="RateCount",
            fields=[
                (
                    "bucket",
                    models.CharField(max_length=64, primary_key=True, serialize=False),
                ),
                ("began", models.DateTimeField()),
                ("hits", models.PositiveIntegerField()),
            ],
        ),
        migrations.RunSQL(
            "ALTER TABLE audit_ratecount SET UNLOGGED", "ALTER TABLE audit_ratecount SET LOGGED"
        ),
    ]
