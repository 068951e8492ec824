"""
Rows of ours as a table the database can join: with ``columns`` the one place that knows how each database does it.

A change that touches many rows is staged once and applied by a constant number of statements, never a
row at a time: ``unnest`` of one array a column on PostgreSQL, ``json_each`` of one text on SQLite
(decision record 0002). A few rows stand in the statement itself, and what a hot path sends goes out together
(decision record 0012). Its twin for whole blocks of numbers is ``columns``.
"""

import gc
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

Columns = dict[str, str]
"""Name → SQL type on PostgreSQL: bigint, integer, numeric, date, timestamptz, text, boolean, jsonb."""
IDS: Columns = {"id": "bigint"}
Statement = tuple[str, Any]
"""SQL and its parameters."""

QUOTED = {"text", "jsonb"}
UNTYPED = {"date", "timestamptz", "numeric"}
"""What JSON and SQLite have no type for."""
FEW = 3
"""Up to so many rows stand in the statement as VALUES, which PostgreSQL plans in half the time of ``unnest``."""


def staged(columns: Columns, rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """
    Give these rows as a SQL table named ``staged``, to stand after FROM, and its parameters.

    Dates and times pass as the backend stores them, so they can be compared and assigned. What is the same in all rows
    stands once.
    """
    is_postgresql = connection.vendor == "postgresql"
    if is_postgresql and 0 < len(rows) <= FEW:
        typed = ", ".join(f"%s::{kind}" for kind in columns.values())
        values = ", ".join([f"({typed})"] * len(rows))
        return f"(VALUES {values}) AS staged({', '.join(columns)})", [value for row in rows for value in row]
    cells: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    named = [(name, kind, column, set(column)) for (name, kind), column in zip(columns.items(), cells, strict=True)]
    once = {name: value for name, _, _, values in named[1:] if len(values) == 1 for value in values}
    differ = [each for each in named if each[0] not in once]
    if is_postgresql:
        picked = ", ".join(f"%s::{kind} AS {name}" if name in once else name for name, kind in columns.items())
        arrays = ", ".join(f"%s::{kind}[]" for _, kind, *_ in differ)
        table = f"unnest({arrays}) AS staged({', '.join(name for name, *_ in differ)})"
        literals = [_literal(column, values, kind) for _, kind, column, values in differ]
        return f"(SELECT {picked} FROM {table}) AS staged" if once else table, [*once.values(), *literals]
    found = {name: f"json_extract(value, '$[{place}]')" for place, (name, *_) in enumerate(differ)}
    picked = ", ".join(f"{found.get(name, '%s')} AS {name}" for name in columns)
    plain = (_plain_cells(column, values, kind) for _, kind, column, values in differ)
    listed = json.dumps(list(zip(*plain, strict=True)))
    return f"(SELECT {picked} FROM json_each(%s)) AS staged", [*map(_plain, once.values()), listed]


def _literal(column: Sequence[Any], distinct: Iterable[Any], kind: str) -> str:
    """Write one column as an array literal of PostgreSQL: five times as fast as the driver's own."""
    write = _quoted if kind in QUOTED else str
    # each value is written once: days, kinds and causes come again and again
    texts = {value: "NULL" if value is None else write(value) for value in distinct}
    return "{" + ",".join(map(texts.__getitem__, column)) + "}"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _plain_cells(column: Sequence[Any], distinct: Iterable[Any], kind: str) -> Sequence[Any]:
    """Give one column as JSON takes it."""
    if kind not in UNTYPED:
        return column
    texts = {value: _plain(value) for value in distinct}
    return [texts[value] for value in column]


def _plain(value: Any) -> Any:
    """What SQLite keeps for a value that it has no type for."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def days_between(earlier: str, later: str) -> str:
    """Give the SQL that counts the days from one date to another, as a whole number."""
    if connection.vendor == "postgresql":
        return f"({later} - {earlier}::date)"
    return f"CAST(julianday({later}) - julianday({earlier}) AS integer)"


def seconds(moment: str) -> str:
    """Give the SQL that counts the whole seconds from 1970 to a moment."""
    if connection.vendor == "postgresql":
        return f"CAST(FLOOR(EXTRACT(EPOCH FROM {moment})) AS bigint)"
    return f"CAST(strftime('%%s', {moment}) AS integer)"


def run(sql: str, params: Iterable[Any]) -> int:
    """Run one statement and give the number of rows it touched; within ``together`` nobody knows it yet: 0."""
    batch = _batch.get()
    if batch is not None:
        batch.append((sql, list(params)))
        return 0
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        return int(cursor.rowcount)


def fetch(sql: str, params: Any) -> list[tuple[Any, ...]]:
    """Run one query and give its rows as tuples."""
    return fetch_each([(sql, params)])[0]


def fetch_each(statements: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
    """
    Run statements that all give rows, one after the other, in one trip; give the rows of each.

    Each reads what was committed when it began, as if it had been sent alone: one that waits for a lock lets the next
    one see what it waited for.
    """
    if _batch.get():
        raise RuntimeError("What is written together is not there yet: nothing can be read before it is sent.")
    with connection.cursor() as cursor:
        if not _sends_many():
            found = []
            for sql, params in statements:
                cursor.execute(sql, params)
                found.append(list(cursor.fetchall()))
            return found
        cursor.execute(*_joined(statements))
        found = [list(cursor.fetchall())]
        while cursor.nextset():
            found.append(list(cursor.fetchall()))
        return found


def share(sql: str) -> None:
    """Lock what this query finds so that others may share it and nobody may write it; SQLite has one writer anyway."""
    run(sql + (" FOR SHARE" if connection.vendor == "postgresql" else ""), [])


_batch: ContextVar[list[Statement] | None] = ContextVar("batch", default=None)


@contextmanager
def together() -> Iterator[None]:
    """
    Send the writes made in here when it ends, in one trip to PostgreSQL instead of one each.

    For writes whose number of rows nobody asks for; nothing can be read in here. On SQLite, where a trip costs
    nothing, each is run as it comes.
    """
    if _batch.get() is not None or not _sends_many():
        yield
        return
    statements: list[Statement] = []
    token = _batch.set(statements)
    try:
        yield
    finally:
        _batch.reset(token)
    if statements:
        run(*_joined(statements))


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold back Python's search for cycles: it looks at every row of ours, and finds none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def set_aside() -> Iterator[None]:
    """Have Python's search for cycles pass over all that is there already: long work then searches only its own."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _sends_many() -> bool:
    """Whether several statements may go in one text: PostgreSQL takes that if it need not bind their parameters."""
    return connection.vendor == "postgresql" and not connection.settings_dict["OPTIONS"].get("server_side_binding")


def _joined(statements: Sequence[Statement]) -> Statement:
    return "; ".join(sql for sql, _ in statements), [value for _, params in statements for value in params]


MANY = 50
"""Numbers beyond which a filter is given one list, not a parameter each: Django and the driver look at every one."""


def among(values: Iterable[int] | Iterable[str]) -> Any:
    """Give what stands after ``__in`` for these numbers, or texts: few of them as they are, many as one list."""
    wanted: list[Any] = sorted(set(values))
    if len(wanted) <= MANY:
        return wanted
    if connection.vendor == "postgresql":
        kind = "text" if isinstance(wanted[0], str) else "bigint"
        return RawSQL(f"SELECT unnest(%s::{kind}[])", [_literal(wanted, wanted, kind)])
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(wanted)])


def stretch(column: str, numbers: Collection[int]) -> dict[str, Any]:
    """
    Give a filter by numbers that lie together, as the products of a block do, which an index gives in one stretch.

    Of 2,000 one by one PostgreSQL believes that to read the whole table is cheaper, and did so for every block.
    """
    lie = {f"{column}__gte": min(numbers), f"{column}__lte": max(numbers)} if _is_long(numbers) else {}
    return {f"{column}__in": among(numbers), **lie}


def between(column: str, numbers: Collection[int]) -> str:
    """Give what a condition on a column goes on with, which is joined to these numbers: between which many lie."""
    return f" AND {column} BETWEEN {min(numbers)} AND {max(numbers)}" if _is_long(numbers) else ""


def _is_long(numbers: Collection[int]) -> bool:
    return connection.vendor == "postgresql" and len(numbers) > MANY


def for_each(numbers: Collection[int], sql: str) -> Statement:
    """
    Give one statement that asks this query for each of these numbers, ``{number}`` in it, and gives the rows of all.

    PostgreSQL plans the query once, however many numbers there are.
    """
    if connection.vendor == "postgresql":
        part = sql.format(number="staged.id")
        array = "{" + ",".join(map(str, sorted(numbers))) + "}"
        return f"SELECT part.* FROM unnest(%s::bigint[]) AS staged(id) CROSS JOIN LATERAL ({part}) AS part", [array]
    return " UNION ALL ".join(sql.format(number=number) for number in sorted(numbers)), []


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
    """Insert rows in one statement; ``suffix`` may say what to do on a conflict."""
    return run(*inserting(table, columns, rows, suffix)) if rows else 0


def inserting(table: str, columns: Columns, rows: Sequence[Sequence[Any]], suffix: str = "") -> Statement:
    """Give the statement that inserts rows; ``suffix`` may say RETURNING, too."""
    names = ", ".join(columns)
    if len(rows) <= FEW:
        marks = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * len(rows))
        cells = [value for row in rows for value in row]
        plain = cells if connection.vendor == "postgresql" else [_plain(value) for value in cells]
        return f"INSERT INTO {table} ({names}) VALUES {marks} {suffix}", plain
    source, params = staged(columns, rows)
    # SQLite reads "ON CONFLICT" after a SELECT with no WHERE as a join's ON clause
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM {source} WHERE true {suffix}", params


def delete(table: str, ids: Sequence[int]) -> int:
    """Delete rows by primary key, in one statement."""
    if not ids:
        return 0
    source, params = staged(IDS, [(pk,) for pk in ids])
    return run(f"DELETE FROM {table} WHERE id IN (SELECT id FROM {source})", params)


def end_if_silent(span: timedelta) -> None:
    """Have the database end this transaction if it hears nothing of it for so long; SQLite's dies with its process."""
    if connection.vendor == "postgresql":
        run(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, true)",
            [str(span // timedelta(milliseconds=1))],
        )
