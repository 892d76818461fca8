from django.db import migrations, models

from accounts.looks import looks


def note_looks(apps, schema_editor):
    """Note how the names look that are taken already; where two look alike, the later one goes without."""
    seen = (set(), set())
    for person in apps.get_model("accounts", "Person").objects.order_by("created_at"):
        small, capital = (each[:512] for each in looks(person.user_name))
        person.look = "" if small in seen[0] else small
        person.capital_look = "" if capital in seen[1] else capital
        person.save(update_fields=["look", "capital_look"])
        seen[0].add(small)
        seen[1].add(capital)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_released"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="look",
            field=models.CharField(editable=False, max_length=512, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="person",
            name="capital_look",
            field=models.CharField(editable=False, max_length=512, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.RunPython(note_looks, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.UniqueConstraint(fields=["look"], condition=~models.Q(look=""), name="one_look"),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.UniqueConstraint(
                fields=["capital_look"], condition=~models.Q(capital_look=""), name="one_capital_look"
            ),
        ),
    ]
