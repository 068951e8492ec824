"""
Rows of ours as a table the database can join: the one place that knows how each database does it.

A change that touches many rows is staged once and applied by a constant number of statements, never a
row at a time: ``unnest`` of one array a column on PostgreSQL, ``json_each`` of one text on SQLite
(decision record 0002).
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

Columns = dict[str, str]
"""Name → SQL type on PostgreSQL: bigint, integer, date, timestamptz, text, boolean, jsonb."""

QUOTED = {"text", "jsonb"}


def staged(columns: Columns, rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """
    Give these rows as a SQL table named ``staged``, to stand after FROM, and its parameters.

    Dates and times pass as the backend stores them, so they can be compared and assigned.
    """
    if connection.vendor == "postgresql":
        arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
        values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
        literals = [_literal(column, kind) for column, kind in zip(values, columns.values(), strict=True)]
        return f"unnest({arrays}) AS staged({', '.join(columns)})", literals
    picked = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(columns))
    return f"(SELECT {picked} FROM json_each(%s)) AS staged", [json.dumps(list(rows), default=_plain)]


def _literal(column: Sequence[Any], kind: str) -> str:
    """Write one column as an array literal of PostgreSQL: five times as fast as the driver's own."""
    if kind in QUOTED:
        texts = ("NULL" if value is None else _quoted(value) for value in column)
    else:
        texts = ("NULL" if value is None else str(value) for value in column)
    return "{" + ",".join(texts) + "}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _plain(value: date) -> str | None:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value.isoformat()


def days_between(earlier: str, later: str) -> str:
    """Give the SQL that counts the days from one date to another, as a whole number."""
    if connection.vendor == "postgresql":
        return f"({later} - {earlier}::date)"
    return f"CAST(julianday({later}) - julianday({earlier}) AS integer)"


def run(sql: str, params: Iterable[Any]) -> int:
    """Run one statement and give the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        return int(cursor.rowcount)


def fetch(sql: str, params: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Run one query and give its rows as tuples."""
    with connection.cursor() as cursor:
        return _rows(cursor, sql, list(params))


def _rows(cursor: CursorWrapper, sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    cursor.execute(sql, params)
    return list(cursor.fetchall())


def update(table: str, columns: Columns, rows: Sequence[Sequence[Any]], assignments: str, match: str) -> int:
    """
    Update the rows of a table that match staged ones, in one statement.

    :param assignments: the SET clause, the table's columns bare, ours as ``staged.name``
    :param match: the join, such as ``target.id = staged.id``
    """
    if not rows:
        return 0
    source, params = staged(columns, rows)
    return run(f"UPDATE {table} AS target SET {assignments} FROM {source} WHERE {match}", params)


def insert(table: str, columns: Columns, rows: Sequence[Sequence[Any]], suffix: str = "") -> int:
    """Insert staged rows in one statement; ``suffix`` may say what to do on a conflict."""
    if not rows:
        return 0
    source, params = staged(columns, rows)
    names = ", ".join(columns)
    # SQLite reads "ON CONFLICT" after a SELECT with no WHERE as a join's ON clause
    return run(f"INSERT INTO {table} ({names}) SELECT {names} FROM {source} WHERE true {suffix}", params)


def delete(table: str, ids: Sequence[int]) -> int:
    """Delete rows by primary key, in one statement."""
    if not ids:
        return 0
    source, params = staged({"id": "bigint"}, [(pk,) for pk in ids])
    return run(f"DELETE FROM {table} WHERE id IN (SELECT id FROM {source})", params)
