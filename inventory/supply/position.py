"""
The inventory position: what the reorder point is compared with. Reads only; nobody writes it down.

On hand, less what is held for a customer who has not ordered or set aside for an order that is stopped, + outstanding
inbound that was due within the horizon − units owed (rules §3.8). An inbound counts by the *first* date its sender
gave, however late it is now: a purchase order that slips still exists, and is never ordered again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inventory.ground.sql import columns
from inventory.models import Inbound, Owed, Stock

Ints = NDArray[np.int64]

LONGEST_HORIZON_DAYS = 3_650
LEAST_PROMISE_DAYS = 14
HAIR = 5e-12
"""Days that arithmetic may lose."""

_FIRST_DAY = np.datetime64("0001-01-01")
_DAYS_ABOVE = 1 << 22
"""More days than there are dates: a SKU and a day make one number that sorts by both."""
_STOCK, _INBOUND, _OWED = (model._meta.db_table for model in (Stock, Inbound, Owed))
_IN_RANGE = "product_id BETWEEN %s AND %s"
_ON_HAND = (
    f"SELECT product_id, warehouse_id, on_hand - held - stopped FROM {_STOCK}"
    f" WHERE {_IN_RANGE} AND on_hand <> held + stopped"
)
_COMING = (
    "SELECT product_id, warehouse_id, outstanding,"
    f" COALESCE(first_date, expected_date, likely_date, '{_FIRST_DAY}')"
    f" FROM {_INBOUND} WHERE {_IN_RANGE} AND outstanding > 0"
)
_PROMISED = (
    f"SELECT product_id, warehouse_id, units, COALESCE(promised_date, '{_FIRST_DAY}')"
    f" FROM {_OWED} WHERE {_IN_RANGE} AND units <> 0"
)
_UNITS = {"product": "i8", "warehouse": "i8", "units": "i8"}
_BY_DAY = {**_UNITS, "day": "M8[D]"}


@dataclass(frozen=True, slots=True)
class Positions:
    """
    Units per SKU, in the order asked for; all arrays have shape (n,).

    ``owed`` counts open units, allocated ones included, since ``on_hand`` includes theirs; it leaves out
    what is held for a customer who has not ordered, or set aside for an order that is stopped. ``waiting`` are all
    units owed, those beyond the horizon too.
    """

    on_hand: NDArray[np.int64]
    inbound: NDArray[np.int64]
    owed: NDArray[np.int64]
    waiting: NDArray[np.int64]

    @property
    def units(self) -> NDArray[np.int64]:
        """The position itself; below 0 when more is owed than there is and comes."""
        return self.on_hand + self.inbound - self.owed


def of(product: ArrayLike, warehouse: ArrayLike, *, on: date, days: Sequence[float] | NDArray[np.float64]) -> Positions:
    """
    Read the position of each (product, warehouse), each with a horizon of its own, in three statements.

    What lies between the first and the last product is read. Owed units count twice as far ahead, and at least two
    weeks further: a customer for whom nothing is ordered yet is promised the *safe* lead time and handling, and what
    keeps that promise must be ordered today (decision record 0011).

    :param product: keys, shape (n,), as are those of ``warehouse``
    :param days: per SKU, how far ahead inbound counts: lead time + review; days.
        A unit of either that has no date at all counts as within it.
    """
    asked = _Asked(np.asarray(product, np.int64), np.asarray(warehouse, np.int64))
    ahead = np.asarray(days, float)
    due, needed = _until(on, ahead), _until(on, ahead + np.maximum(ahead, LEAST_PROMISE_DAYS))
    (on_hand,), (inbound,) = asked.sums(_ON_HAND, _UNITS, needed), asked.sums(_COMING, _BY_DAY, due)
    owed, waiting = asked.sums(_PROMISED, _BY_DAY, needed, np.full(len(needed), _DAYS_ABOVE - 1))
    return Positions(on_hand, inbound, owed, waiting)


def coming(product: ArrayLike, warehouse: ArrayLike, *days: NDArray[np.float64], on: date) -> list[Ints]:
    """
    Read what is on its way to each and was due within so many days, as ``of`` counts it, in one statement.

    :param days: (n,), as often as it is asked
    """
    asked = _Asked(np.asarray(product, np.int64), np.asarray(warehouse, np.int64))
    return asked.sums(_COMING, _BY_DAY, *(_until(on, each) for each in days))


class _Asked:
    """The (product, warehouse) somebody asked for, in their order; one may be there twice."""

    def __init__(self, product: Ints, warehouse: Ints) -> None:
        self.warehouses = np.unique(warehouse)
        self.product = product
        self.code = self._code(product, warehouse)

    def sums(self, query: str, kinds: dict[str, str], *until: Ints) -> list[Ints]:
        """Add up the units of each that this query finds, up to each of these days, shape (n,) each."""
        if not len(self.product):
            return [np.zeros(0, np.int64) for _ in until]
        rows = columns.read(query, [int(self.product.min()), int(self.product.max())], kinds)
        rows = {name: values[np.isin(rows["warehouse"], self.warehouses)] for name, values in rows.items()}
        day = _number(rows["day"]) if "day" in rows else 0
        keys = self._code(rows["product"], rows["warehouse"]) * _DAYS_ABOVE + day
        order = np.argsort(keys)
        keys, total = keys[order], np.concatenate([[0], np.cumsum(rows["units"][order])])
        first = np.searchsorted(keys, self.code * _DAYS_ABOVE)
        ends = (np.searchsorted(keys, self.code * _DAYS_ABOVE + day, side="right") for day in until)
        return [total[end] - total[first] for end in ends]

    def _code(self, product: Ints, warehouse: Ints) -> Ints:
        return product * len(self.warehouses) + np.searchsorted(self.warehouses, warehouse)


def _until(on: date, ahead: NDArray[np.float64]) -> Ints:
    """Return the day so many days ahead as a number, within reason; what is a hair below a whole day is that day."""
    days: Ints = np.clip(ahead + HAIR, 0.0, LONGEST_HORIZON_DAYS).astype(np.int64)
    return days + int(_number(np.datetime64(on)))


def _number(day: Any) -> Ints:
    number: Ints = (day - _FIRST_DAY).astype(np.int64)
    return number
