"""Conversations, messages and notices."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("peers", "0002_people_and_lanes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Conversation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("wire_id", models.BinaryField(max_length=16, unique=True)),
                ("last_at", models.DateTimeField(null=True)),
                ("read_to", models.BigIntegerField(default=0)),
                ("unread", models.PositiveIntegerField(default=0)),
                (
                    "direct_with",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="conversation",
                        to="peers.knownperson",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("payload_id", models.BinaryField(max_length=16, unique=True)),
                ("mine", models.BooleanField()),
                ("text", models.TextField()),
                ("clock", models.BigIntegerField()),
                ("sent_at", models.DateTimeField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("delivered", "Delivered"),
                            ("read", "Read"),
                            ("failed", "Failed"),
                        ],
                        max_length=16,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField(null=True)),
                ("key", models.UUIDField(null=True, unique=True)),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="messaging.conversation",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="conversation",
            name="last_message",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="messaging.message",
            ),
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("keys-changed", "Keys Changed"),
                            ("keys-accepted", "Keys Accepted"),
                            ("keys-refused", "Keys Refused"),
                            ("stream-restarted", "Stream Restarted"),
                        ],
                        max_length=32,
                    ),
                ),
                ("after", models.BigIntegerField(default=0)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="messaging.conversation",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["conversation", "id"], name="message_history"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["conversation", "mine", "state", "clock"], name="message_not_yet_read"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["conversation", "after"], name="notices_in_place"),
        ),
    ]
