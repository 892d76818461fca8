"""A message says by itself that it invites to an event: the member's own ones are drawn so too."""

from django.db import migrations, models
from django.db.migrations.state import StateApps


def mark_invitations(apps: StateApps, editor: object) -> None:
    apps.get_model("messaging", "Message").objects.filter(invitation__isnull=False).update(is_event=True)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0008_limits_of_peers")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="is_event",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(mark_invitations, migrations.RunPython.noop),
    ]
