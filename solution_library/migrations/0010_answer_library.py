import django.db.models.deletion
import pgvector.django.vector
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('solution_library', '0009_schedule_of_sources'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AnswerMerge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('moved', models.JSONField(default=dict, help_text='ids of uses, digests of variants, ...')),
                ('merged_at', models.DateTimeField(auto_now_add=True)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='AnswerPair',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('decided_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='AnswerRevision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('question', models.TextField()),
                ('variants', models.JSONField(blank=True, default=list)),
                ('text', models.TextField()),
                ('choice', models.CharField(blank=True, max_length=300)),
                ('reason', models.CharField(blank=True, help_text='what happened, in words', max_length=300)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['-number'],
            },
        ),
        migrations.CreateModel(
            name='QuestionVector',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
                ('build', models.CharField(blank=True, max_length=100)),
                ('embedding', pgvector.django.vector.VectorField(editable=False)),
            ],
        ),
        migrations.AddField(
            model_name='libraryanswer',
            name='digest',
            field=models.CharField(blank=True, db_index=True, help_text="of the question's words", max_length=64),
        ),
        migrations.AddField(
            model_name='libraryanswer',
            name='version',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddIndex(
            model_name='answervariant',
            index=models.Index(fields=['digest'], name='library_variants_by_words'),
        ),
        migrations.AddIndex(
            model_name='libraryanswer',
            index=models.Index(condition=models.Q(('valid_until__isnull', False)), fields=['valid_until'], name='library_answers_by_validity'),
        ),
        migrations.AddField(
            model_name='answermerge',
            name='kept',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merges', to='solution_library.libraryanswer'),
        ),
        migrations.AddField(
            model_name='answermerge',
            name='merged',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='solution_library.libraryanswer'),
        ),
        migrations.AddField(
            model_name='answermerge',
            name='merged_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='answerpair',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='answerpair',
            name='first',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='solution_library.libraryanswer'),
        ),
        migrations.AddField(
            model_name='answerpair',
            name='second',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='solution_library.libraryanswer'),
        ),
        migrations.AddField(
            model_name='answerrevision',
            name='answer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='revisions', to='solution_library.libraryanswer'),
        ),
        migrations.AddField(
            model_name='answerrevision',
            name='document_version',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='solution_library.documentversion'),
        ),
        migrations.AddField(
            model_name='answerrevision',
            name='made_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='questionvector',
            name='answer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='vectors', to='solution_library.libraryanswer'),
        ),
        migrations.AddField(
            model_name='questionvector',
            name='index',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='question_vectors', to='solution_library.embeddingindex'),
        ),
        migrations.AddConstraint(
            model_name='answermerge',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('merged',), name='library_merged_once'),
        ),
        migrations.AddConstraint(
            model_name='answerpair',
            constraint=models.UniqueConstraint(fields=('first', 'second'), name='library_answers_apart_once'),
        ),
        migrations.AddConstraint(
            model_name='answerpair',
            constraint=models.CheckConstraint(condition=models.Q(('first__lt', models.F('second'))), name='library_answers_apart_in_order'),
        ),
        migrations.AddConstraint(
            model_name='answerrevision',
            constraint=models.UniqueConstraint(fields=('answer', 'number'), name='library_answer_revision_once'),
        ),
        migrations.AddConstraint(
            model_name='questionvector',
            constraint=models.UniqueConstraint(fields=('index', 'answer', 'digest'), name='library_question_vector_once'),
        ),
    ]
