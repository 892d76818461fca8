from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("peers", "0014_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="classicletter",
            name="about",
            field=models.BinaryField(default=bytes, max_length=16),
        ),
        migrations.AddField(
            model_name="classicletter",
            name="left_with",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="classicperson",
            name="asked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="classicperson",
            name="leased_by",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="classicperson",
            name="leased_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="classicletter",
            name="kind",
            field=models.CharField(
                choices=[
                    ("words", "Words"),
                    ("file", "File"),
                    ("event", "Event"),
                    ("answer", "Answer"),
                    ("deletion", "Deletion"),
                ],
                default="words",
                max_length=16,
            ),
        ),
    ]
