"""Files: their ciphertext on the disk, and their ways from and to devices."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import peers.models.blobs


class Migration(migrations.Migration):
    dependencies = [
        ("peers", "0008_classic_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="Blob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(default=peers.models.blobs.new_name, max_length=32, unique=True)),
                ("size", models.BigIntegerField()),
                ("have", models.BinaryField(default=bytes)),
                ("held", models.IntegerField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("transfer_id", models.BinaryField(max_length=32)),
                ("incoming", models.BooleanField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("offered", "Offered"),
                            ("moving", "Moving"),
                            ("paused", "Paused"),
                            ("arrived", "Arrived"),
                            ("done", "Done"),
                            ("refused", "Refused"),
                            ("stopped", "Stopped"),
                        ],
                        max_length=16,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=16)),
                ("sent", models.IntegerField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "blob",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="transfers",
                        to="peers.blob",
                    ),
                ),
                (
                    "peer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="transfers", to="peers.peerdevice"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["incoming", "state"], name="transfers_under_way")],
                "constraints": [
                    models.UniqueConstraint(fields=("transfer_id", "peer", "incoming"), name="one_row_a_transfer")
                ],
            },
        ),
    ]
