import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('solution_library', '0011_half_vectors'),
    ]

    operations = [
        migrations.CreateModel(
            name='QuestionPair',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('score', models.FloatField(help_text='0 unrelated to 1 equal')),
            ],
        ),
        migrations.AddField(
            model_name='questionvector',
            name='compared',
            field=models.PositiveSmallIntegerField(default=0, help_text='by which rules it was compared with all others; 0: not yet'),
        ),
        migrations.AddField(
            model_name='questionvector',
            name='kind',
            field=models.CharField(blank=True, help_text='of the numbers and the denial in the question', max_length=32),
        ),
        migrations.AddIndex(
            model_name='questionvector',
            index=models.Index(fields=['index', 'compared'], name='library_questions_to_compare'),
        ),
        migrations.AddIndex(
            model_name='questionvector',
            index=models.Index(fields=['index', 'kind', 'id'], name='library_questions_by_kind'),
        ),
        migrations.AddField(
            model_name='questionpair',
            name='first',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='solution_library.libraryanswer'),
        ),
        migrations.AddField(
            model_name='questionpair',
            name='one',
            field=models.ForeignKey(db_constraint=False, db_index=False, help_text="the first answer's wording", on_delete=django.db.models.deletion.CASCADE, related_name='+', to='solution_library.questionvector'),
        ),
        migrations.AddField(
            model_name='questionpair',
            name='second',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='solution_library.libraryanswer'),
        ),
        migrations.AddField(
            model_name='questionpair',
            name='two',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='solution_library.questionvector'),
        ),
        migrations.AddConstraint(
            model_name='questionpair',
            constraint=models.UniqueConstraint(fields=('one', 'two'), name='library_question_pair_once'),
        ),
        migrations.AddConstraint(
            model_name='questionpair',
            constraint=models.CheckConstraint(condition=models.Q(('first__lt', models.F('second'))), name='library_question_pair_in_order'),
        ),
    ]
