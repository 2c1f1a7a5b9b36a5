"""What a member of an RFP may do in it. The table stays, with new columns that the database fills
by itself: members of today keep what they could do, and the version before goes on working."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

ROLES = [("reader", "Reader"), ("contributor", "Contributor"), ("reviewer", "Reviewer"),
         ("manager", "Manager")]


class Migration(migrations.Migration):
    dependencies = [
        ("rfp_manager", "0007_measure_confidence"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="RFPMember",
                    fields=[
                        ("id", models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        )),
                        ("rfp", models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="memberships", to="rfp_manager.rfp",
                        )),
                        ("user", models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="rfp_memberships", to=settings.AUTH_USER_MODEL,
                        )),
                    ],
                    options={
                        "db_table": "rfp_manager_rfp_members",
                        "unique_together": {("rfp", "user")},
                    },
                ),
                migrations.AlterField(
                    model_name="rfp",
                    name="members",
                    field=models.ManyToManyField(
                        blank=True, related_name="shared_rfps", through="rfp_manager.RFPMember",
                        through_fields=("rfp", "user"), to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="rfpmember",
            name="role",
            field=models.CharField(
                choices=ROLES, db_default="reviewer", default="reviewer", max_length=20
            ),
        ),
        migrations.AddField(
            model_name="rfpmember",
            name="added_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL,
                related_name="+", to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="rfpmember",
            name="added_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False
            ),
        ),
        migrations.AddConstraint(
            model_name="rfpmember",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["reader", "contributor", "reviewer", "manager"])),
                name="rfp_known_member_role",
            ),
        ),
    ]
