from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0006_classic_events"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="deletion",
            field=models.CharField(blank=True, max_length=200),
        ),
    ]
