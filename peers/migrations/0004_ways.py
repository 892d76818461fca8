"""How devices and ours reach each other."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("peers", "0003_directory")]

    operations = [
        migrations.CreateModel(
            name="Way",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dialled_at", models.DateTimeField(null=True)),
                ("undialled_since", models.DateTimeField(null=True)),
                ("reached_at", models.DateTimeField(null=True)),
                ("pulled_at", models.DateTimeField(null=True)),
                (
                    "peer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="way", to="peers.peerdevice"
                    ),
                ),
            ],
        ),
    ]
