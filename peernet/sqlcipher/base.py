"""A Django database backend on SQLCipher."""

import datetime
import decimal
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as Database
from django.conf import settings
from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3._functions import register as register_functions
from django.utils.dateparse import parse_date, parse_datetime, parse_time

from peernet import database_key
from peernet.files import private_folder

# Most processors have instructions for SHA-256, so that a page is checked in a third of the time. SQLCipher's own
# choice is SHA-512; with that homes were made before.
PAGES_SEALED_BY = ("HMAC_SHA256", "HMAC_SHA512")


def _decoded(parse: Any) -> Any:
    return lambda value: parse(value.decode())


# Django teaches these to the standard module only.
Database.register_converter("bool", b"1".__eq__)
Database.register_converter("date", _decoded(parse_date))
Database.register_converter("time", _decoded(parse_time))
Database.register_converter("datetime", _decoded(parse_datetime))
Database.register_converter("timestamp", _decoded(parse_datetime))
Database.register_adapter(decimal.Decimal, str)
Database.register_adapter(datetime.date, datetime.date.isoformat)
Database.register_adapter(datetime.datetime, lambda value: value.isoformat(" "))


class Cursor(Database.Cursor):  # type: ignore[misc]
    def execute(self, query: str, params: Any = None) -> Any:
        if params is None:
            return super().execute(query)
        names = tuple(params) if hasattr(params, "keys") else None
        return super().execute(_converted(query, names), params)

    def executemany(self, query: str, params: Any) -> Any:
        rows = list(params)
        names = tuple(rows[0]) if rows and hasattr(rows[0], "keys") else None
        return super().executemany(_converted(query, names), rows)


@lru_cache(maxsize=1000)
def _converted(query: str, names: tuple[str, ...] | None) -> str:
    """Return a query with SQLite's own places for its parameters."""
    return base.SQLiteCursorWrapper.convert_query(None, query, param_names=names)  # type: ignore[arg-type]


def _opens(connection: Any, key: bytes, seal: str) -> bool:
    """Tell whether a key opens a database, or a new one may be made with it."""
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    connection.execute(f"PRAGMA cipher_hmac_algorithm = {seal}")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except Database.DatabaseError as err:
        if "not a database" not in str(err):
            raise
        return False
    return True


class DatabaseWrapper(base.DatabaseWrapper):
    Database = Database

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        path = Path(conn_params["database"])
        key = database_key.load(settings.PEERNET_HOME, path, settings.PEERNET_KEY)
        private_folder(path.parent)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite gives its other files the same mode
        for seal in PAGES_SEALED_BY:
            connection = Database.connect(**conn_params)
            try:
                if _opens(connection, key, seal):
                    self._prepare(connection)
                    return connection
            except BaseException:
                connection.close()
                raise
            connection.close()
        raise Database.OperationalError(
            "The key does not open this database. Put back the key file that belongs to it."
        )

    def _prepare(self, connection: Any) -> None:
        register_functions(connection)
        for line in (
            "foreign_keys = ON",
            "legacy_alter_table = OFF",
            "journal_mode = WAL",
            "synchronous = FULL",
            "secure_delete = ON",
            "temp_store = MEMORY",
            # In KiB, for each of a dozen threads; what one knows is out of date anyway when another has written.
            "cache_size = -1000",
        ):
            connection.execute(f"PRAGMA {line}")

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(factory=Cursor)
