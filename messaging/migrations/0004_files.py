"""Files: what the member knows of them, and what a message still owes."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import messaging.files.models
import peers.protocol.chunk


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0003_classic_words"),
        ("peers", "0009_blobs"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("mine", models.BooleanField()),
                ("place", models.IntegerField(default=0)),
                ("name", models.CharField(max_length=255)),
                ("media_type", models.CharField(blank=True, max_length=127)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("image", "Image"),
                            ("audio", "Audio"),
                            ("video", "Video"),
                            ("pdf", "Pdf"),
                            ("text", "Text"),
                            ("other", "Other"),
                        ],
                        default="other",
                        max_length=16,
                    ),
                ),
                ("sniffed", models.CharField(blank=True, max_length=64)),
                ("size", models.BigIntegerField()),
                ("sha256", models.BinaryField(default=bytes, max_length=32)),
                ("key", models.BinaryField(default=peers.protocol.chunk.new_key, max_length=32)),
                ("transfer_id", models.BinaryField(default=messaging.files.models.new_transfer_id, max_length=32)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploading", "Uploading"),
                            ("arriving", "Arriving"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                        ],
                        max_length=16,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("original", models.BooleanField(default=False)),
                ("receipted_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "blob",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="peers.blob"
                    ),
                ),
            ],
            options={
                "ordering": ["place", "created_at"],
            },
        ),
        migrations.AddField(
            model_name="message",
            name="files",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="message",
            name="files_due",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.CreateModel(
            name="Preview",
            fields=[
                (
                    "attachment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="preview",
                        serialize=False,
                        to="messaging.attachment",
                    ),
                ),
                ("width", models.IntegerField()),
                ("height", models.IntegerField()),
                ("body", models.BinaryField()),
            ],
        ),
        migrations.AddField(
            model_name="attachment",
            name="message",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="attachments",
                to="messaging.message",
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="peers.knownperson"
            ),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(fields=["transfer_id"], name="attachment_of_a_transfer"),
        ),
    ]
