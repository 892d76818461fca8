import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("peers", "0001_post_office"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="KnownPerson",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("user_name", models.CharField(max_length=150)),
                ("display_name", models.CharField(blank=True, max_length=100)),
                ("is_active", models.BooleanField(default=True)),
                ("online", models.BooleanField(default=False)),
                ("last_seen", models.DateTimeField(null=True)),
                ("statements", models.BinaryField(default=bytes)),
                ("changed_statements", models.BinaryField(null=True)),
                ("refused", models.BinaryField(null=True)),
                ("known_since", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name_plural": "known people",
            },
        ),
        migrations.CreateModel(
            name="LoginServer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(max_length=261)),
                ("key", models.BinaryField(max_length=32)),
                ("card", models.BinaryField(null=True)),
                ("card_version", models.BigIntegerField(default=0)),
                ("token", models.CharField(blank=True, max_length=128)),
                ("cursor", models.BigIntegerField(default=0)),
                ("last_withdrawal", models.BigIntegerField(default=0)),
                ("down_since", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="delivery",
            name="body",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="delivery",
            name="clock",
            field=models.BigIntegerField(default=1),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="delivery",
            name="conversation",
            field=models.BinaryField(default=bytes, max_length=16),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="instream",
            name="recent",
            field=models.BinaryField(default=bytes),
        ),
        migrations.AddField(
            model_name="olmsession",
            name="one_way_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="olmsession",
            name="opened_since",
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name="olmsession",
            name="retired",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="owndevice",
            name="certificate",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="owndevice",
            name="keys_made_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name="owndevice",
            name="tls_pair",
            field=models.BinaryField(default=bytes),
        ),
        migrations.AddField(
            model_name="peerdevice",
            name="certificate",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="peerdevice",
            name="certified_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="peerdevice",
            name="told_version",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="peerdevice",
            name="withdrawn_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_number", models.BigIntegerField(default=0)),
                ("last_number", models.BigIntegerField(default=0)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("milliseconds", models.IntegerField()),
                ("outcome", models.CharField(max_length=200)),
                (
                    "peer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attempts", to="peers.peerdevice"
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="peers.outstream",
                    ),
                ),
            ],
        ),
        # Another type under the same name: PostgreSQL casts no bytes to a UUID. No node has run yet.
        migrations.RemoveField(model_name="peerdevice", name="person"),
        migrations.AddField(
            model_name="peerdevice",
            name="person",
            field=models.ForeignKey(
                default=None,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="devices",
                to="peers.knownperson",
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="owndevice",
            name="person",
            field=models.BinaryField(default=bytes, max_length=16),
        ),
        migrations.CreateModel(
            name="Lane",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("attempts", models.IntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("next_attempt_at", models.DateTimeField(null=True)),
                ("last_error", models.CharField(blank=True, max_length=200)),
                ("last_success_at", models.DateTimeField(null=True)),
                ("healed_at", models.DateTimeField(null=True)),
                ("leased_by", models.CharField(blank=True, max_length=64)),
                ("leased_until", models.DateTimeField(null=True)),
                (
                    "peer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lane", to="peers.peerdevice"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LoginServerDevice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(help_text="The human-readable name of this device.", max_length=64)),
                ("confirmed", models.BooleanField(default=True, help_text="Is this device ready for use?")),
                (
                    "user",
                    models.ForeignKey(
                        help_text="The user that this device belongs to.",
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
