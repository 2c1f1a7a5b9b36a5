"""Gives everybody a profile who has none: staff are admins, the others contributors."""

from django.conf import settings
from django.db import migrations


def make_profiles(apps, schema_editor):
    app_label, model = settings.AUTH_USER_MODEL.split(".")
    User = apps.get_model(app_label, model)
    Profile = apps.get_model("accounts", "Profile")
    for pk, is_staff in User.objects.filter(profile=None).values_list("pk", "is_staff"):
        role = "admin" if is_staff else "contributor"
        Profile.objects.get_or_create(user_id=pk, defaults={"role": role})
    Profile.objects.filter(user__is_staff=True).exclude(role="admin").update(role="admin")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_people")]
    operations = [migrations.RunPython(make_profiles, migrations.RunPython.noop, elidable=True)]
