"""Statements that run for each message, put into words once a process.

The ORM takes 0.3 to 1 ms to word a query of which the database needs 0.05, and every message needs some thirty. Here
the ORM words it the first time, with slots where the values go; models, conversions and back ends stay Django's.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql import UpdateQuery

from peers import direct

M = TypeVar("M", bound=Model)
# Rows of one INSERT, as many as a bundle carries: every back end takes so many values.
AT_ONCE = 64


class Slot(Expression):
    """The place of a value that is not known yet."""

    def __init__(self, number: int, field: Field) -> None:
        super().__init__(output_field=field)
        self.number = number

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


class Many:
    """Says of an argument that it is a list of values of a field, for `…__in=[slot]`; never an empty one."""

    def __init__(self, attribute: Any) -> None:
        self.field: Field = attribute.field


class Statement:
    """Words and slots. `fields` say what the values are, in the order of the arguments."""

    def __init__(self, build: Callable[..., Any], *fields: Any) -> None:
        self._build = build
        # `OwnDevice.clock` is an attribute that knows its field.
        self._fields: list[Field] = [each.field for each in fields]
        self._many = [isinstance(each, Many) for each in fields]

    @cached_property
    def _stored(self) -> list[Callable[[Any, Any], Any]]:
        """What makes the database's values of the arguments, once all models are there."""
        return [direct.stored_by(field) for field in self._fields]

    def _worded(self) -> tuple[str, Sequence[Any], Any]:
        """Return the words, the parameters with slots among them, and the ORM's compiler."""
        raise NotImplementedError

    @cached_property
    def _words(self) -> tuple[list[str], list[int | None], Sequence[Any], Any]:
        """Return the words between the parameters, the slot or None for each of these, and the ORM's compiler."""
        self._slots = [Slot(number, field) for number, field in enumerate(self._fields)]
        sql, params, compiler = self._worded()
        places = [each.number if isinstance(each, Slot) else None for each in params]
        return sql.split("%s"), places, params, compiler

    @cached_property
    def _whole(self) -> str | None:
        """The statement as it is for all values; None when a list among them makes it longer or shorter."""
        return None if any(self._many) else "%s".join(self._words[0])

    def _filled(self, values: Sequence[Any]) -> tuple[str, list[Any]]:
        """Return the statement for these values."""
        words, places, params, _ = self._words
        if self._whole is not None:
            there = direct.here()
            ready = [stored(one, there) for stored, one in zip(self._stored, values, strict=True)]
            return self._whole, [
                param if place is None else ready[place] for place, param in zip(places, params, strict=True)
            ]
        ready = [self._ready(number, value) for number, value in enumerate(values)]
        sql, filled = [words[0]], []
        for word, place, param in zip(words[1:], places, params, strict=True):
            here = [param] if place is None else ready[place]
            sql += [", ".join(["%s"] * len(here)), word]
            filled += here
        return "".join(sql), filled

    def _ready(self, number: int, value: Any) -> list[Any]:
        each, there, stored = value if self._many[number] else [value], direct.here(), self._stored[number]
        return [stored(one, there) for one in each]


class Query(Statement):
    """Asks for rows."""

    def _worded(self) -> tuple[str, Sequence[Any], Any]:
        compiler = self._build(*self._slots).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql(with_col_aliases=False)
        return sql, params, compiler

    def _rows(self, values: Sequence[Any]) -> Iterable[Sequence[Any]]:
        rows = direct.rows(*self._filled(values))
        return self._words[-1].apply_converters(rows, self._converters) if self._converters else rows

    @cached_property
    def _converters(self) -> Any:
        """What makes Python's values of the database's, by column."""
        compiler = self._words[-1]
        return compiler.get_converters(expression for expression, *_ in compiler.select)


class Values(Query):
    """A query for some values of each row, as `QuerySet.values` gives them."""

    @cached_property
    def _names(self) -> list[str]:
        return list(self._words[-1].query.selected)

    def all(self, *values: Any) -> list[dict[str, Any]]:
        """Return the values of every row, by name."""
        return [dict(zip(self._names, row, strict=True)) for row in self._rows(values)]


class Select(Query, Generic[M]):
    """A query for rows of one model."""

    def __init__(self, build: Callable[..., QuerySet[M]], *fields: Any) -> None:
        super().__init__(build, *fields)

    @cached_property
    def _reader(self) -> Callable[[Sequence[Any]], M]:
        *_, compiler = self._words
        info, select = compiler.klass_info, compiler.select
        model, start, end = info["model"], info["select_fields"][0], info["select_fields"][-1] + 1
        names = [select[place][0].target.attname for place in range(start, end)]
        related = get_related_populators(info, select, connection.alias)

        def read(row: Sequence[Any]) -> M:
            made: M = direct.made(model, names, row[start:end])
            for populator in related:
                populator.populate(row, made)
            return made

        return read

    def all(self, *values: Any) -> list[M]:
        """Return every row."""
        return [self._reader(row) for row in self._rows(values)]

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
        return direct.change(*self._filled(values))

    def each(self, many: Iterable[Sequence[Any]]) -> None:
        """Change rows by one set of values after the other."""
        filled = [self._filled(values) for values in many]
        if len(filled) == 1:
            direct.change(*filled[0])
        elif filled:
            direct.change_each(filled[0][0], [params for _, params in filled])


def store(row: Model) -> None:
    """Store a row whole, as `save` does, but without its signals; a new one gets its key."""
    if row._state.adding:
        insert([row])
        return
    direct.change(_update_words(type(row)), [*_values(row), row.pk])


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


def insert_unless_there(row: M, unique: Any) -> bool:
    """Store a new row, and tell whether it was stored: one with the same value of a unique field may be there.

    Unlike an `IntegrityError`, that needs no savepoint around it.
    """
    return bool(_insert([row], unique.field.column))


def _insert(rows: Sequence[M], unless_there: str = "") -> Sequence[Any]:
    words = _insert_words(type(rows[0]), len(rows), unless_there)
    keys = direct.rows(words, [value for row in rows for value in _values(row)])
    # None came back for a row that was there.
    for row, (key,) in zip(rows, keys, strict=not unless_there):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias
    return keys


@lru_cache
def _insert_words(model: type[Model], count: int, unless_there: str) -> str:
    meta, quote = model._meta, connection.ops.quote_name
    columns = [quote(field.column) for field in _plain_fields(model)]
    places = f"({', '.join(['%s'] * len(columns))})"
    otherwise = f"ON CONFLICT ({quote(unless_there)}) DO NOTHING " if unless_there else ""
    # Names of our own models, and no value.
    return (
        f"INSERT INTO {quote(meta.db_table)} ({', '.join(columns)}) VALUES {', '.join([places] * count)} "  # noqa: S608
        f"{otherwise}RETURNING {quote(meta.pk.column)}"
    )


def _values(row: Model) -> list[Any]:
    there = direct.here()
    return [value(row, there) for value in _values_of(type(row))]


@lru_cache
def _values_of(model: type[Model]) -> list[Callable[[Model, Any], Any]]:
    return [direct.value_in(field) for field in _plain_fields(model)]
