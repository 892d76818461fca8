from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("peers", "0021_own_blocks")]

    operations = [
        migrations.AddField(
            model_name="classicletter",
            name="size",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
