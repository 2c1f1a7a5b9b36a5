"""Failed sign-ins are counted by audit.limiting. Nothing of this version uses the table any more;
processes of the version before still do, so that it goes in a later one."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_profiles_for_all"), ("audit", "0002_ratecount")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name="SignInAttempts")]
        )
    ]
