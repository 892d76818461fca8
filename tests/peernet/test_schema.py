"""Whether the database's tables are those that this version wants."""

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from peernet import schema


def test_the_names_of_the_files_are_the_migrations_that_django_finds():
    loader = MigrationLoader(None)
    assert not loader.replacements
    assert schema._wanted() == set(loader.disk_migrations)


@pytest.mark.django_db
def test_nothing_is_done_where_all_is_applied(monkeypatch):
    monkeypatch.setattr(schema, "call_command", lambda *args, **named: pytest.fail("migrated"))
    schema.bring_up_to_date()


@pytest.mark.django_db
def test_a_migration_that_was_not_applied_is_applied(monkeypatch):
    asked = []
    monkeypatch.setattr(schema, "call_command", lambda *args, **named: asked.append(args))
    MigrationRecorder(connection).record_unapplied("messaging", "0002_drafts")
    schema.bring_up_to_date()
    assert asked == [("migrate",)]
