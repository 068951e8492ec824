"""
The hottest reads: put into SQL once in a process, and on PostgreSQL parsed once, and soon planned once, a connection.

What Django takes to write a query, and PostgreSQL to plan it, is longer than either takes to answer it (decision record
0112).
"""

import json
import re
from collections.abc import Callable, Collection, Sequence
from typing import Any, Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, NotSupportedError, connection, connections
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError

from .bulk import Statement

Row = TypeVar("Row")
_known: "WeakKeyDictionary[Any, dict[str, int]]" = WeakKeyDictionary()
"""What each connection to PostgreSQL has prepared, and how often it was used since."""
KEPT_PLAN = 500
"""
Uses of one plan. PostgreSQL plans anew only once it has counted a table, never within a transaction that fills one: a
plan made for an empty table reads a full one from end to end.
"""
MOST = 12
"""Numbers in a list up to which the SQL of a ``FixedQuery`` is kept, for each length."""
MOST_KEPT = 100
"""Texts of one ``FixedQuery`` on one connection."""
MARK = -(2**62)
"""From here on: numbers that no row has. They hold the places of those that a call brings."""


def over(name: str, sql: str, *lists: Collection[int]) -> Statement:
    """
    Give a query over lists of numbers: ``{0}``, ``{1}`` in it are tables with one column ``id``.

    PostgreSQL parses it under this name. Behind a pooler that hands connections around it is a query like any other.
    """
    if connection.vendor != "postgresql":
        sources = [f"(SELECT value AS id FROM json_each(%(list{place})s)) AS staged" for place in range(len(lists))]
        return sql.format(*sources), {f"list{place}": json.dumps(sorted(ids)) for place, ids in enumerate(lists)}
    arrays = ["{" + ",".join(map(str, sorted(ids))) + "}" for ids in lists]
    if is_pooled():
        return sql.format(*(f"unnest('{array}'::bigint[]) AS staged(id)" for array in arrays)), []
    sources = [f"unnest(${place}::bigint[]) AS staged(id)" for place in range(1, len(lists) + 1)]
    return _execute(name, ["bigint[]"] * len(lists), sql.format(*sources), arrays)


def is_pooled() -> bool:
    """Whether connections are handed around, and keep nothing of ours (``DISABLE_SERVER_SIDE_CURSORS``)."""
    return bool(connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"))


def _execute(name: str, kinds: Sequence[str], sql: str, values: Sequence[Any]) -> Statement:
    """Give the statement that asks PostgreSQL for what it knows by this name, or will after this."""
    connection.ensure_connection()
    known = _known.setdefault(connection.connection, {})
    if _renewing not in connection.execute_wrappers:
        # first, and not last: who has put one there for a while takes away the last
        connection.execute_wrappers.insert(0, _renewing)
    if known.get(name, 0) >= KEPT_PLAN:
        _order(f"DEALLOCATE {name}")
        del known[name]  # only now: in a transaction that has failed it is still there
    if name not in known:
        _order(f"PREPARE {name} ({', '.join(kinds)}) AS {sql}")
        known[name] = 0
    known[name] += 1
    return f"EXECUTE {name} ({', '.join(['%s'] * len(values))})", values


def _renewing(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    """Have all be prepared anew once one cannot be used any more: a column was given another type since."""
    try:
        return execute(sql, params, many, context)
    except NotSupportedError:
        known = _known.get(context["connection"].connection, {})
        known.update(dict.fromkeys(known, KEPT_PLAN))
        raise


def _order(sql: str) -> None:
    """Tell this connection something that is no part of what is being done, and is not counted with it."""
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute(sql)


class _Written(NamedTuple):
    """
    A query in SQL.

    :ivar places: which number of a call goes to which of its parameters
    :ivar name: PostgreSQL knows it by this, its numbers in the order of a call; "" if it does not
    """

    queryset: QuerySet[Any, Any]
    compiler: Any
    sql: str
    params: Sequence[Any]
    places: dict[int, int]
    name: str

    def asking(self, numbers: Sequence[int]) -> Statement:
        if self.name:
            return _execute(self.name, ["bigint"] * len(numbers), self.sql, numbers)
        params = list(self.params)
        for place, number in self.places.items():
            params[place] = numbers[number]
        return self.sql, params


class FixedQuery(Generic[Row]):
    """
    A query of Django's by whole numbers and lists of them, called as a function: with lists of any length.

    :param build: gives the query for such arguments; all else in it is the same for the life of a process
    """

    made = 0

    def __init__(self, build: Callable[..., QuerySet[Any, Row]]) -> None:
        FixedQuery.made += 1
        self.name = f"fixed_{FixedQuery.made}"
        self._build = build

    def __call__(self, *arguments: int | Collection[int]) -> list[Row]:
        """
        Give the rows.

        :raises TransactionManagementError: if it locks them, outside of a transaction
        """
        given = [each if isinstance(each, int) else sorted(set(each)) for each in arguments]
        shape = tuple(None if isinstance(each, int) else len(each) for each in given)
        if any(length is not None and not 0 < length <= MOST for length in shape):
            return list(self._build(*given))
        written = self._written(shape)
        if written.queryset.query.select_for_update and connection.get_autocommit():
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        asked = written.asking([number for each in given for number in ([each] if isinstance(each, int) else each)])
        written.compiler.as_sql = lambda: asked
        rows: Any = written.queryset._iterable_class
        return [*rows(written.queryset)]

    def _written(self, shape: tuple[int | None, ...]) -> _Written:
        # with the connection, which its compilers hold
        kept: dict[tuple[int | None, ...], _Written]
        kept = vars(connections[DEFAULT_DB_ALIAS]).setdefault(self.name, {})
        if len(kept) >= MOST_KEPT and shape not in kept:
            kept.clear()
        if shape not in kept:
            kept[shape] = self._write(shape)
        return kept[shape]

    def _write(self, shape: Sequence[int | None]) -> _Written:
        marks = iter(range(MARK, 0))
        arguments = [next(marks) if length is None else [next(marks) for _ in range(length)] for length in shape]
        queryset = self._build(*arguments)
        compiler = queryset.query.get_compiler(connection=connections[DEFAULT_DB_ALIAS])
        sql, params = compiler.as_sql()
        places = {place: each - MARK for place, each in enumerate(params) if _is_mark(each)}
        if set(places.values()) != set(range(next(marks) - MARK)):
            raise ValueError(f"Some of its numbers are not asked for as they are: {sql}")
        # its rows are made by Django as ever, from what this compiler finds
        queryset.query.get_compiler = lambda *_, **__: compiler  # type: ignore[method-assign]
        if connection.vendor != "postgresql" or is_pooled():
            return _Written(queryset, compiler, sql, params, places, "")
        name = "_".join([self.name, *("n" if length is None else str(length) for length in shape)])
        with connection.cursor() as cursor:
            text = re.sub(rf"{str(MARK)[:-6]}\d{{6}}", _numbered, cursor.mogrify(sql, params))
        return _Written(queryset, compiler, text, [], {}, name)


def _is_mark(parameter: Any) -> bool:
    return isinstance(parameter, int) and MARK <= parameter < MARK // 2


def _numbered(mark: "re.Match[str]") -> str:
    return f"${int(mark[0]) - MARK + 1}"
