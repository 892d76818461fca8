from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("peers", "0012_classic_files"),
        ("messaging", "0007_classic_deletions"),
    ]

    operations = [
        migrations.CreateModel(
            name="PeerLimits",
            fields=[
                (
                    "device",
                    models.OneToOneField(
                        on_delete=models.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="peers.peerdevice",
                    ),
                ),
                ("largest", models.BigIntegerField()),
                ("room", models.BigIntegerField()),
                ("heard_at", models.DateTimeField()),
            ],
        ),
    ]
