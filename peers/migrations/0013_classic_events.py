from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("peers", "0012_classic_files"),
    ]

    operations = [
        migrations.AlterField(
            model_name="classicletter",
            name="kind",
            field=models.CharField(
                choices=[("words", "Words"), ("file", "File"), ("event", "Event"), ("answer", "Answer")],
                default="words",
                max_length=16,
            ),
        ),
    ]
