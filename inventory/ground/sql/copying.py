"""A query's rows as CSV that the database writes itself (COPY, PostgreSQL): no row of it becomes an object of ours."""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import IO, Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import CharField, F, Func, QuerySet

from inventory.ground.tabular.values.signs import RISKY

_BLANKS = [chr(code) for code in range(0x3001) if chr(code).isspace()]
"""What Python strips: a database may know fewer of them."""
_BREAKS = [sign for sign in RISKY if sign in _BLANKS]


def _any(signs: Sequence[str]) -> str:
    codes = "".join(rf"\u{ord(sign):04x}" for sign in signs)
    return f"[{codes}]"


class Neutral(Func):
    """A column of text of which a spreadsheet runs nothing, as ``tabular.neutralize`` writes it."""

    output_field = CharField()
    template = (
        "CASE WHEN ascii(%(expressions)s) BETWEEN 48 AND 57 OR ascii(%(expressions)s) BETWEEN 65 AND 90 "
        "OR ascii(%(expressions)s) BETWEEN 97 AND 122 THEN %(expressions)s "
        f"WHEN %(expressions)s ~ '^({_any(_BREAKS)}|{_any(_BLANKS)}*{_any(sorted(set(RISKY) - set(_BLANKS)))})' "
        "THEN '''' || %(expressions)s ELSE NULLIF(%(expressions)s, '') END"
    )

    def __init__(self, column: str) -> None:
        super().__init__(F(column))

    def as_sql(self, *args: Any, **how: Any) -> tuple[str, Any]:
        sql, params = super().as_sql(*args, **how)  # what is asked beside the columns has values of its own, each time
        return sql, tuple(params) * self.template.count("%(expressions)s")


def copy_csv(rows: QuerySet[Any, Any], header: Sequence[str], file: IO[bytes]) -> None:
    """
    Write the rows of a ``values_list`` to a file, after the mark that lets Excel read UTF-8, and the header.

    Days are written as the session writes them, so that is set to ISO here.
    """
    head = StringIO()
    csv.writer(head, lineterminator="\n").writerow(header)
    file.write(f"\ufeff{head.getvalue()}".encode())
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return
    with connection.cursor() as cursor:
        cursor.execute("SET DateStyle TO ISO")
        driver: Any = cursor.cursor
        with driver.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)", params) as copied:
            for block in copied:
                file.write(block)
