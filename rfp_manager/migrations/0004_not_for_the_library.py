import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# What was taken so far counts as taken in its present words.
AS_IT_IS = """
UPDATE rfp_manager_libraryansweruse u SET answer_version = a.version
FROM rfp_manager_answer a WHERE a.id = u.answer_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('rfp_manager', '0003_library_scope'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='libraryansweruse',
            name='answer_version',
            field=models.PositiveIntegerField(default=1, help_text="of the RFP's answer, when it was taken or drafted"),
        ),
        migrations.RunSQL(AS_IT_IS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='DeclinedAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('declined_at', models.DateTimeField(auto_now_add=True)),
                ('answer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='declined', to='rfp_manager.answer')),
                ('declined_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
    ]
