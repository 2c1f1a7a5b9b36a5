"""What people had chosen for all of their jobs holds for each event from now on."""

from typing import Any

from django.db import migrations

#: Of events other than the ends of their jobs everybody was told.
OTHERS = ("mentioned", "commented", "assigned", "due", "shared", "returned", "document_due",
          "changed", "webhook_off")  # fmt: skip
#: Of which ends somebody was told, by what they had chosen.
TOLD = {
    "always": {"finished", "failed", "cancelled"},
    "failure": {"failed"},
    "never": set(),
}


def take_over(apps: Any, schema_editor: Any) -> None:
    event_choice = apps.get_model("jobs", "EventChoice")
    rows = [
        event_choice(user_id=old.user_id, event=event, in_app=told, by_email=told and old.by_email)
        for old in apps.get_model("jobs", "NotificationChoice").objects.iterator()
        for event, told in _told_of(old)
        if not told or old.by_email
    ]
    event_choice.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)


def _told_of(old: Any) -> list[tuple[str, bool]]:
    ends = [(event, event in TOLD[old.when]) for event in sorted(TOLD["always"])]
    return [*ends, *((event, True) for event in OTHERS)]


class Migration(migrations.Migration):
    dependencies = [("jobs", "0008_choices_by_event")]

    operations = [migrations.RunPython(take_over, migrations.RunPython.noop, elidable=True)]
