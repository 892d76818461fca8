from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("peers", "0011_newcomers"),
    ]

    operations = [
        migrations.AddField(
            model_name="classicletter",
            name="kind",
            field=models.CharField(choices=[("words", "Words"), ("file", "File")], default="words", max_length=16),
        ),
        migrations.AddField(
            model_name="classicperson",
            name="weaker",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="classicheld",
            name="path",
            field=models.CharField(default="/receiveMessage", max_length=32),
        ),
    ]
