"""What a member blocked stays blocked when an admin, who blocked it too, lets it in again."""

from django.db import migrations, models
from django.db.migrations.state import StateApps


def note_own(apps: StateApps, editor: object) -> None:
    apps.get_model("peers", "ClassicBlock").objects.filter(by_admin=False).update(by_member=True)


class Migration(migrations.Migration):
    dependencies = [("peers", "0020_entries")]

    operations = [
        migrations.AddField(
            model_name="classicblock",
            name="by_member",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.RunPython(note_own, migrations.RunPython.noop),
    ]
