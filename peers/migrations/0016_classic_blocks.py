import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("peers", "0015_classic_courtesies"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClassicBlock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=150, unique=True, verbose_name="user name")),
                ("why", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("by_admin", models.BooleanField(default=True, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="blocked since"
                    ),
                ),
            ],
            options={
                "verbose_name": "blocked classic name",
                "ordering": ("name",),
            },
        ),
    ]
