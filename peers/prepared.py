"""Statements that run for each message, put into words once a process.

The ORM takes 0.3 to 1 ms to word a query of which the database needs 0.05, and every message needs some thirty. Here
the ORM words it the first time, with slots where the values go; models, conversions and back ends stay Django's.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql import UpdateQuery

M = TypeVar("M", bound=Model)
# Rows of one INSERT, as many as a bundle carries: every back end takes so many values.
AT_ONCE = 64


class Slot(Expression):
    """The place of a value that is not known yet."""

    def __init__(self, field: Field) -> None:
        super().__init__(output_field=field)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


class Statement:
    """Words and slots. `fields` say what the values are, in the order of the arguments."""

    def __init__(self, build: Callable[..., Any], *fields: Any) -> None:
        self._build = build
        # `OwnDevice.clock` is an attribute that knows its field.
        self._fields: list[Field] = [each.field for each in fields]

    def _worded(self) -> tuple[str, Sequence[Any], Any]:
        """Return the words, the parameters with slots among them, and the ORM's compiler."""
        raise NotImplementedError

    @cached_property
    def _words(self) -> tuple[str, Callable[[Sequence[Any]], list[Any]], Any]:
        slots = [Slot(field) for field in self._fields]
        self._slots = slots
        sql, params, compiler = self._worded()
        places = [slots.index(each) if isinstance(each, Slot) else None for each in params]

        def fill(values: Sequence[Any]) -> list[Any]:
            ready = [
                field.get_db_prep_value(value, connection) for field, value in zip(self._fields, values, strict=True)
            ]
            return [param if place is None else ready[place] for param, place in zip(params, places, strict=True)]

        return sql, fill, compiler


class Select(Statement, Generic[M]):
    """A query for rows of one model."""

    def _worded(self) -> tuple[str, Sequence[Any], Any]:
        queryset: QuerySet[M] = self._build(*self._slots)
        compiler = queryset.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql(with_col_aliases=False)
        return sql, params, compiler

    @cached_property
    def _reader(self) -> Callable[[Sequence[Any]], M]:
        *_, compiler = self._words
        info, select = compiler.klass_info, compiler.select
        model, start, end = info["model"], info["select_fields"][0], info["select_fields"][-1] + 1
        names = [select[place][0].target.attname for place in range(start, end)]
        related = get_related_populators(info, select, connection.alias)

        def read(row: Sequence[Any]) -> M:
            made = model.from_db(connection.alias, names, row[start:end])
            for populator in related:
                populator.populate(row, made)
            return made

        return read

    def all(self, *values: Any) -> list[M]:
        """Return every row."""
        sql, fill, compiler = self._words
        with connection.cursor() as cursor:
            cursor.execute(sql, fill(values))
            rows: Iterable[Sequence[Any]] = cursor.fetchall()
        if converters := compiler.get_converters(expression for expression, *_ in compiler.select):
            rows = compiler.apply_converters(rows, converters)
        return [self._reader(row) for row in rows]

    def first(self, *values: Any) -> M | None:
        """Return the first row, or None."""
        return next(iter(self.all(*values)), None)


class Update(Statement):
    """An update; `build` returns the query for the rows and a mapping of what they get."""

    def _worded(self) -> tuple[str, Sequence[Any], Any]:
        queryset, changes = self._build(*self._slots)
        query = queryset.query.chain(UpdateQuery)
        query.add_update_values(changes)
        compiler = query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        return sql, params, compiler

    def __call__(self, *values: Any) -> int:
        """Change the rows, and return how many those were."""
        sql, fill, _ = self._words
        with connection.cursor() as cursor:
            cursor.execute(sql, fill(values))
            return cursor.rowcount

    def each(self, many: Iterable[Sequence[Any]]) -> None:
        """Change rows by one set of values after the other."""
        sql, fill, _ = self._words
        with connection.cursor() as cursor:
            cursor.executemany(sql, [fill(values) for values in many])


def store(row: Model) -> None:
    """Store a row whole, as `save` does, but without its signals; a new one gets its key."""
    if row._state.adding:
        insert([row])
        return
    with connection.cursor() as cursor:
        fields = _plain_fields(type(row))
        cursor.execute(_update_words(type(row)), [*_values(row, fields), row.pk])


@lru_cache
def _update_words(model: type[Model]) -> str:
    meta, quote = model._meta, connection.ops.quote_name
    changes = ", ".join(f"{quote(field.column)} = %s" for field in _plain_fields(model))
    return f"UPDATE {quote(meta.db_table)} SET {changes} WHERE {quote(meta.pk.column)} = %s"  # noqa: S608


@lru_cache
def _plain_fields(model: type[Model]) -> list[Field]:
    return [field for field in model._meta.local_concrete_fields if not field.primary_key]


def insert(rows: Sequence[M]) -> None:
    """Store new rows of a model whose keys the database gives, as `bulk_create` does, in the caller's transaction."""
    for start in range(0, len(rows), AT_ONCE):
        _insert(rows[start : start + AT_ONCE])


def _insert(rows: Sequence[M]) -> None:
    meta = rows[0]._meta
    fields = _plain_fields(type(rows[0]))
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    places = f"({', '.join(['%s'] * len(fields))})"
    # Names of our own models, and no value.
    sql = (
        f"INSERT INTO {quote(meta.db_table)} ({names}) VALUES {', '.join([places] * len(rows))} "  # noqa: S608
        f"RETURNING {quote(meta.pk.column)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for row in rows for value in _values(row, fields)])
        keys = cursor.fetchall()
    for row, (key,) in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias


def _values(row: Model, fields: Sequence[Field]) -> Iterator[Any]:
    for field in fields:
        yield field.get_db_prep_save(field.pre_save(row, add=row._state.adding), connection)
