from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('llm_manager', '0004_money'),
    ]

    operations = [
        migrations.AddField(
            model_name='llmmodel',
            name='listed',
            field=models.JSONField(blank=True, editable=False, help_text='What the API last said of it; empty: never listed, so entered by a person', null=True),
        ),
        migrations.AddField(
            model_name='apicheck',
            name='models_changed',
            field=models.JSONField(blank=True, default=list, help_text='id and what is different, at most 100'),
        ),
        # So far every model came from a list; what was said of it was not kept.
        migrations.RunSQL(
            "UPDATE llm_manager_llmmodel SET listed = '{}'", migrations.RunSQL.noop
        ),
    ]
