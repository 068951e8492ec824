"""
Keys for rows from before there were keys, filled in blocks; and the twins that this leaves, for a person to join.

Of two rows that are one by their keys the older has the key, and the younger keeps an empty one. Where more signs
count as one than before, the row that has the new form already keeps it: by that name files and channels find it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Model

from inventory.ground.sql import bulk

from .ground import keys

BLOCK = 500


class Twin(NamedTuple):
    """A row whose key an older one has: what each is called."""

    name: str
    older: str


class _Keyed(NamedTuple):
    pk: int
    name: str
    scope: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return keys.key(self.name), keys.key(self.scope)


def fill(model: type[Model], *, of: str, within: str = "") -> int:
    """
    Write the keys that are missing and free, oldest rows first; commits by block, and may be run again at any time.

    :param of: the column whose form the key is
    :param within: the column inside whose values a key is unique; none: in the whole table
    :returns: rows that have a key now
    """
    return sum(_fill(model, rows, of, within) for rows in _without(model, of, within))


def renew(model: type[Model], *, of: str, within: str = "", signs: str) -> int:
    """
    Write anew the keys that hold a sign which counts as another one by now; commits by block, and may be run again.

    A row whose new key another one has becomes its twin.

    :param signs: those that no key holds any more
    :returns: rows that have another key now, or none
    """
    stale = model._default_manager.filter(key__regex=f"[{re.escape(signs)}]").order_by("pk")
    columns = ("pk", of, within, "key") if within else ("pk", of, "key")
    renewed = last = 0
    while block := list(stale.filter(pk__gt=last).values_list(*columns)[:BLOCK]):
        last = block[-1][0]
        with transaction.atomic():
            renewed += _forget(model, [(pk, was) for pk, *_, was in block])
            _fill(model, [_Keyed(*row[:-1]) for row in block], of, within)
    return renewed


def _forget(model: type[Model], rows: Sequence[tuple[int, str]]) -> int:
    return bulk.update(
        model._meta.db_table,
        {"id": "bigint", "was": "text"},
        rows,
        "key = NULL",
        "target.id = staged.id AND target.key = staged.was",
    )


def twins(model: type[Model], *, of: str, within: str = "") -> list[Twin]:
    """Find the rows that were left without a key, each with the older one that has it."""
    found = []
    for rows in _without(model, of, within):
        older = _held(model, rows, of, within)
        found += [Twin(row.name, older[row.key].name) for row in rows if row.key in older]
    return found


def _without(model: type[Model], of: str, within: str) -> Iterator[list[_Keyed]]:
    columns = ("pk", of, within) if within else ("pk", of)
    rows = model._default_manager.filter(key=None).exclude(**{of: ""}).order_by("pk").values_list(*columns)
    last = 0
    while block := [_Keyed(*values) for values in rows.filter(pk__gt=last)[:BLOCK]]:
        yield block
        last = block[-1].pk


def _held(model: type[Model], rows: Sequence[_Keyed], of: str, within: str) -> dict[tuple[str, str], _Keyed]:
    columns = ("pk", of, within) if within else ("pk", of)
    holders = model._default_manager.filter(key__in={row.key[0] for row in rows}).values_list(*columns)
    return {row.key: row for row in (_Keyed(*values) for values in holders)}


def _fill(model: type[Model], rows: Sequence[_Keyed], of: str, within: str, *, alone: bool = False) -> int:
    first = {row.key: row.pk for row in reversed(rows) if row.key[0]}
    taken = _held(model, rows, of, within)
    free = [(pk, key[0]) for key, pk in first.items() if key not in taken]
    try:
        with transaction.atomic():
            return _write(model, free)
    except IntegrityError:
        if alone:
            return 0  # somebody wrote a row of this key in between
    return sum(_fill(model, [row], of, within, alone=True) for row in rows)


def _write(model: type[Model], rows: Sequence[tuple[int, str]]) -> int:
    return bulk.update(
        model._meta.db_table,
        {"id": "bigint", "name": "text"},
        rows,
        "key = staged.name",
        "target.id = staged.id AND target.key IS NULL",
    )
