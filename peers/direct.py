"""The shortest way to the database for statements whose words are known.

What runs once for a message finds the processor's caches full of other things, and then Django's way around a statement
takes a third of its time, and that around a row's values half. SQLite gets worded statements without it. Where
somebody listens to statements, or another database is used, they go by Django's cursor.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django.db.models import Field, Model
from django.db.models.base import ModelState

# What a database takes as it is, by the field: all else becomes what the field makes of it.
PLAIN: dict[type[Field], type] = {
    **dict.fromkeys((models.AutoField, models.BigAutoField, models.IntegerField, models.BigIntegerField), int),
    **dict.fromkeys((models.SmallIntegerField, models.PositiveSmallIntegerField), int),
    **dict.fromkeys((models.PositiveIntegerField, models.PositiveBigIntegerField), int),
    **dict.fromkeys((models.CharField, models.TextField), str),
    models.BooleanField: bool,
    models.BinaryField: bytes,
}

Row = Sequence[Any]


def here() -> Any:
    """Return this thread's connection; Django's `connection` looks for it at each mention, many times a row."""
    return connections[DEFAULT_DB_ALIAS]


def rows(sql: str, params: Row = ()) -> list[Row]:
    """Run a statement, and return all rows that it gives."""
    there = here()
    if not _is_plain(there):
        with there.cursor() as cursor:
            cursor.execute(sql, params)
            found: list[Row] = cursor.fetchall()
            return found
    with there.wrap_database_errors:
        return there.connection.execute(_for_sqlite(sql), params).fetchall()  # type: ignore[no-any-return]


def change(sql: str, params: Row = ()) -> int:
    """Run a statement, and return how many rows it changed."""
    there = here()
    if not _is_plain(there):
        with there.cursor() as cursor:
            cursor.execute(sql, params)
            return int(cursor.rowcount)
    with there.wrap_database_errors:
        return int(there.connection.execute(_for_sqlite(sql), params).rowcount)


def change_each(sql: str, many: Sequence[Row]) -> None:
    """Run a statement with one set of parameters after the other."""
    with here().cursor() as cursor:
        cursor.executemany(sql, many)


def changes() -> tuple[int, bool] | None:
    """Return how many rows were changed over this connection so far, and whether its transaction is spoiled.

    None where the database does not say.
    """
    there = here()
    if there.vendor != "sqlite":
        return None
    there.ensure_connection()
    return int(there.connection.total_changes), there.needs_rollback


def _is_plain(there: Any) -> bool:
    """Tell whether a connection is SQLite's, open, and nobody wants to see what goes over it."""
    if there.vendor != "sqlite" or there.execute_wrappers or there.queries_logged:
        return False
    there.ensure_connection()
    there.validate_no_broken_transaction()
    return True


@lru_cache(maxsize=1000)
def _for_sqlite(sql: str) -> str:
    """Return a statement with SQLite's own places for its parameters."""
    return SQLiteCursorWrapper.convert_query(None, sql)  # type: ignore[arg-type]


@lru_cache(maxsize=1000)
def stored_by(field: Field) -> Callable[[Any, Any], Any]:
    """Return what makes of a value, and a connection, what a field stores: the value itself, if that is plain."""
    target = field.target_field if field.is_relation else field
    if type(target) is models.DateTimeField:
        return lambda value, there: None if value is None else _moment(value)
    if isinstance(target, models.JSONField):
        return field.get_db_prep_save
    passes = (PLAIN.get(type(target)), type(None))

    def stored(value: Any, there: Any) -> Any:
        return value if value.__class__ in passes else field.get_db_prep_save(value, there)

    return stored


@lru_cache(maxsize=100)
def _moment(value: datetime) -> Any:
    """Return a time as the database stores it. The same one often stands in several columns."""
    return models.DateTimeField().get_db_prep_save(value, here())


@lru_cache(maxsize=1000)
def value_in(field: Field) -> Callable[[Model, Any], Any]:
    """Return what makes of a row, and a connection, the value of a field that is stored with it."""
    stored = stored_by(field)
    if type(field).pre_save is Field.pre_save and not field.has_db_default():
        name = field.attname
        return lambda row, there: stored(getattr(row, name), there)
    return lambda row, there: stored(field.pre_save(row, add=row._state.adding), there)


def made(model: type[Model], names: Sequence[str], values: Row) -> Model:
    """Return a row of these values, as `Model.from_db` does, but without its signals."""
    row = model.__new__(model)
    state = ModelState()
    state.adding, state.db = False, DEFAULT_DB_ALIAS
    row.__dict__.update(zip(names, values, strict=True), _state=state)
    return row
