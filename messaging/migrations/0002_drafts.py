from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_conversations")]

    operations = [
        migrations.AddField("conversation", "draft", models.TextField(blank=True, default="")),
    ]
