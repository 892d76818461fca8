from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("peers", "0017_looks"),
    ]

    operations = [
        migrations.AddField(
            model_name="transfer",
            name="untold",
            field=models.CharField(blank=True, max_length=16),
        ),
    ]
