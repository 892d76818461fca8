from django.db import migrations, models

from accounts.looks import look_of


def note_looks(apps, schema_editor):
    """Note how the names look of everybody who is known already."""
    known = apps.get_model("peers", "KnownPerson").objects
    for person in known.only("user_name", "display_name").iterator():
        known.filter(pk=person.pk).update(look=look_of(person.user_name), shown_look=look_of(person.display_name))


class Migration(migrations.Migration):
    dependencies = [
        ("peers", "0016_classic_blocks"),
    ]

    operations = [
        migrations.AddField(
            model_name="knownperson",
            name="look",
            field=models.CharField(blank=True, db_index=True, default="", editable=False, max_length=512),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="knownperson",
            name="shown_look",
            field=models.CharField(blank=True, db_index=True, default="", editable=False, max_length=512),
            preserve_default=False,
        ),
        migrations.RunPython(note_looks, migrations.RunPython.noop),
    ]
