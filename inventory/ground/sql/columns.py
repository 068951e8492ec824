"""
Whole columns of numbers in and out of the database as NumPy arrays, without an object a row (decision record 0015).

With ``bulk`` the one place that knows how each database does it: on PostgreSQL all rows come as one value and go by
one binary COPY; SQLite, which runs in this process, hands over its rows.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray

from . import bulk

Table = dict[str, NDArray[Any]]
"""Columns of equal length by name: numbers, days (``datetime64[D]``), flags, bytes of one width."""
TEXT = "text"
"""
Kind of a column to ``read`` as Python strings. All others are NumPy's: "i8", "f8", "?", "M8[D]", "V120"; but "P120"
are bytes too, where older rows may be shorter and are filled up with nan.
"""

_EPOCH = np.datetime64("2000-01-01")
_LOADED = "loaded"
_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_END = b"\xff\xff"
_NAN = np.array(np.nan).tobytes()
_WIRE = {"i8": ">i8", "i4": ">i4", "f8": ">f8", "?": "?", "M8[D]": ">i4"}
_TYPES = {"i8": "bigint", "i4": "integer", "f8": "double precision", "?": "boolean", "M8[D]": "date"}
_WHOLE = {"bigint", "integer"}
_SEND = {"i8": "int8send", "i4": "int4send", "f8": "float8send", "?": "boolsend", "M8[D]": "date_send"}


class UnevenRows(ValueError):
    """A value that is empty, or has another width than its column."""


def read(sql: str, params: Iterable[Any], kinds: Mapping[str, str]) -> Table:
    """
    Run one query and give its columns as arrays, one element a row; no value may be NULL.

    PostgreSQL sends all rows as one value, packed as its own binary format has them, so that a million of them
    cost no objects.

    :param kinds: the query's columns in order, each with its kind: one of NumPy's, or ``TEXT``
    :raises UnevenRows: if a value is NULL, or bytes have not the width of their kind
    """
    if connection.vendor == "postgresql":
        return _unpacked(*_packed(sql, list(params), kinds), kinds)
    with bulk.uncollected():
        rows = list(zip(*bulk.fetch(sql, params), strict=True)) or [()] * len(kinds)
        return {name: _array(values, kind) for values, (name, kind) in zip(rows, kinds.items(), strict=True)}


def _packed(sql: str, params: list[Any], kinds: Mapping[str, str]) -> tuple[int, list[bytes]]:
    names = ", ".join(f"c{place}" for place in range(len(kinds)))
    fixed = [_sent(f"c{place}", kind) for place, kind in enumerate(kinds.values()) if kind != TEXT]
    texts = [f"json_agg(c{place})::text" for place, kind in enumerate(kinds.values()) if kind == TEXT]
    wanted = ", ".join(["count(*)", f"string_agg({' || '.join(fixed)}, ''::bytea)", *texts])
    with connection.cursor() as cursor:
        query = cursor.cursor.mogrify(f"SELECT {wanted} FROM ({sql}) AS found({names})", params)
        answer = _copied(cursor, f"COPY ({query}) TO STDOUT (FORMAT BINARY)")
    place = len(_COPY_HEADER) + 2
    values = []
    for _ in range(2 + len(texts)):
        length = int.from_bytes(answer[place : place + 4], signed=True)
        values.append(answer[place + 4 : place + 4 + max(length, 0)])
        place += 4 + max(length, 0)
    return int.from_bytes(values[0]), values[1:]


def _sent(column: str, kind: str) -> str:
    if kind.startswith("P"):
        width = int(kind[1:])
        return f"substr({column} || decode(repeat('{_NAN.hex()}', {width // len(_NAN)}), 'hex'), 1, {width})"
    return f"{_SEND.get(kind, '')}({column})"


def _unpacked(count: int, values: list[bytes], kinds: Mapping[str, str]) -> Table:
    fixed = np.dtype([(name, _WIRE.get(kind, kind.replace("P", "V"))) for name, kind in kinds.items() if kind != TEXT])
    if len(values[0]) != count * fixed.itemsize:
        raise UnevenRows(f"{count} rows of {fixed.itemsize} bytes are {len(values[0])} bytes")
    rows, texts = np.frombuffer(values[0], fixed), iter(values[1:])
    table: Table = {}
    for name, kind in kinds.items():
        if kind == TEXT:
            table[name] = _array(json.loads(next(texts) or "[]"), TEXT)
        elif kind == "M8[D]":
            table[name] = _EPOCH + rows[name].astype("m8[D]")
        else:
            table[name] = rows[name].astype(kind.replace("P", "V"))
    return table


def _array(values: Sequence[Any], kind: str) -> NDArray[Any]:
    """Give values that came as Python objects as an array of this kind."""
    if kind == TEXT:
        kind = "O"
    if kind[0] in "VP":
        width = int(kind[1:])
        if kind[0] == "P":
            # SQLite has NULL for a part of no bytes
            values = [((value or b"") + _NAN * width)[:width] for value in values]
        whole = b"".join(values)
        if len(whole) != width * len(values):
            raise UnevenRows(f"{len(values)} rows of {width} bytes are {len(whole)} bytes")
        return np.frombuffer(whole, f"V{width}")
    return np.array(values, kind)


@contextmanager
def loaded(table: Table) -> Iterator[str]:
    """
    Give these columns as a temporary table for a while, inside a transaction; its name is to stand after FROM.

    By one binary COPY on PostgreSQL. A float that is not known stays nan there and is NULL on SQLite: write
    ``NULLIF(x, 'NaN')`` where it may be NULL.
    """
    kinds = {name: _kind(values) for name, values in table.items()}
    types = ", ".join(f"{name} {_TYPES.get(kind, 'bytea')}" for name, kind in kinds.items())
    is_postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {_LOADED} ({types})" + (" ON COMMIT DROP" if is_postgres else ""))
        if is_postgres:
            _copied(cursor, f"COPY {_LOADED} FROM STDIN (FORMAT BINARY)", _records(table, kinds))
        else:
            marks = ", ".join("%s" for _ in table)
            rows = zip(*(_objects(values, kinds[name]) for name, values in table.items()), strict=True)
            cursor.executemany(f"INSERT INTO {_LOADED} VALUES ({marks})", list(rows))
        yield _LOADED
        cursor.execute(f"DROP TABLE {_LOADED}")


def _kind(values: NDArray[Any]) -> str:
    """Name the kind of an array as the tables above do."""
    return "?" if values.dtype.kind == "b" else values.dtype.str[1:]


def _records(table: Table, kinds: Mapping[str, str]) -> bytes:
    """Give the rows as binary COPY has them: before each its number of values, before each value its length."""
    parts: list[tuple[str, str]] = [("values", ">i2")]
    for name, kind in kinds.items():
        parts += [(f"{name} length", ">i4"), (name, _WIRE.get(kind, kind))]
    rows = np.empty(len(next(iter(table.values()))), parts)
    rows["values"] = len(kinds)
    for name, values in table.items():
        rows[f"{name} length"] = rows.dtype[name].itemsize
        rows[name] = (values - _EPOCH).astype(">i4") if kinds[name] == "M8[D]" else values
    return _COPY_HEADER + rows.tobytes() + _COPY_END


def _objects(values: NDArray[Any], kind: str) -> list[Any]:
    return [day.isoformat() for day in values.tolist()] if kind == "M8[D]" else values.tolist()


def _copied(cursor: CursorWrapper, sql: str, data: bytes | None = None) -> bytes:
    """Run one COPY, seen by Django's instrumentation like any other statement; give what came back."""

    def execute(sql: str, params: Any, many: bool, context: dict[str, Any]) -> bytes:
        with connection.wrap_database_errors, cursor.copy(sql) as copy:
            if data is None:
                return b"".join(copy)
            copy.write(data)
            return b""

    for wrapper in reversed(connection.execute_wrappers):
        execute = partial(wrapper, execute)
    return execute(sql, None, False, {"connection": connection, "cursor": cursor})


def store(
    table: str,
    rows: Table,
    *,
    key: Sequence[str],
    values: Mapping[str, str],
    joined: tuple[str, Sequence[Any]] = ("", ()),
) -> None:
    """
    Write rows whose column ``id`` is their primary key, or 0 for a new one: one UPDATE and one INSERT.

    :param key: what is unique beside ``id``, and never changes
    :param values: the other columns to write, each with its SQL, in which ``staged`` is the row
    :param joined: tables for that SQL, such as "LEFT JOIN names ON …" (``looked_up``), and their parameters
    """
    is_new = rows["id"] == 0
    if not len(is_new):
        return
    with loaded(rows) as name:
        source, params = f"FROM {name} AS staged {joined[0]}", joined[1]
        if not is_new.all():
            taken = ", ".join(f"{column} = {value}" for column, value in values.items())
            bulk.run(f"UPDATE {table} AS target SET {taken} {source} WHERE target.id = staged.id", params)
        if is_new.any():
            wanted = {column: f"staged.{column}" for column in key} | dict(values)
            taken = ", ".join(f"{column} = excluded.{column}" for column in values)
            bulk.run(
                f"INSERT INTO {table} ({', '.join(wanted)}) SELECT {', '.join(wanted.values())} {source}"
                f" WHERE staged.id = 0 ON CONFLICT ({', '.join(key)}) DO UPDATE SET {taken}",
                params,
            )


def looked_up(name: str, columns: bulk.Columns, rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """
    Give these rows as a SQL table of this name, to stand after LEFT JOIN: of many others each finds its own there.

    So that SQLite does not unpack all of them for each: the limit has it write them down first, the cast find them by
    an index, and the kind of join begin with the others.
    """
    source, params = bulk.staged(columns, rows)
    cells = [f"CAST({each} AS {kind}) AS {each}" if kind in _WHOLE else each for each, kind in columns.items()]
    return f"(SELECT {', '.join(cells)} FROM {source} LIMIT {max(1, len(rows))}) AS {name}", params
