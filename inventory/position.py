"""
The inventory position: what the reorder point is compared with. Reads only; nobody writes it down.

On hand + outstanding inbound that was due within the horizon − units owed (RULES §3.8). An
inbound counts by the *first* date its sender gave, however late it is now: a purchase order that slips
still exists, and is never ordered again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from . import bulk
from .models import Inbound, Owed, Stock

LONGEST_HORIZON_DAYS = 3_650

LEAST_PROMISE_DAYS = 14

_COLUMNS = {"place": "integer", "product_id": "bigint", "warehouse_id": "bigint", "until": "date", "owed_until": "date"}

# "+ 0" keeps SQLite, which has no statistics, from reading every inbound of a warehouse for each SKU
_INBOUND_DUE = f"""
    SELECT COALESCE(SUM(inbound.outstanding), 0) FROM {Inbound._meta.db_table} AS inbound
    WHERE inbound.product_id = staged.product_id AND inbound.warehouse_id + 0 = staged.warehouse_id
      AND inbound.outstanding > 0
      AND COALESCE(inbound.first_date, inbound.expected_date, inbound.likely_date, staged.until) <= staged.until"""

_OWED_WITHIN = f"""
    SELECT COALESCE(SUM(owed.units), 0) FROM {Owed._meta.db_table} AS owed
    WHERE owed.product_id = staged.product_id AND owed.warehouse_id = staged.warehouse_id
      AND (owed.promised_date IS NULL OR owed.promised_date <= staged.owed_until)"""


@dataclass(frozen=True, slots=True)
class Positions:
    """
    Units per SKU, in the order asked for; all arrays have shape (n,).

    ``owed`` counts open units, allocated ones included, since ``on_hand`` includes theirs.
    """

    on_hand: NDArray[np.int64]
    inbound: NDArray[np.int64]
    owed: NDArray[np.int64]

    @property
    def units(self) -> NDArray[np.int64]:
        """The position itself; below 0 when more is owed than there is and comes."""
        return self.on_hand + self.inbound - self.owed


def of(skus: Sequence[tuple[int, int]], *, on: date, days: Sequence[float] | NDArray[np.float64]) -> Positions:
    """
    Read the position of each (product, warehouse), each with a horizon of its own, in one statement.

    Owed units count twice as far ahead, and at least two weeks further: a customer for whom nothing is ordered
    yet is promised the *safe* lead time and handling, and what keeps that promise must be ordered today
    (decision record 0011).

    :param days: per SKU, how far ahead inbound counts: lead time + review; days.
        A unit of either that has no date at all counts as within it.
    """
    rows = [
        (place, *sku, _day(on, ahead), _day(on, ahead + max(ahead, LEAST_PROMISE_DAYS)))
        for place, (sku, ahead) in enumerate(zip(skus, days, strict=True))
    ]
    source, params = bulk.staged(_COLUMNS, rows)
    found = bulk.fetch(
        f"SELECT COALESCE(stock.on_hand, 0), ({_INBOUND_DUE}), ({_OWED_WITHIN}) FROM {source}"
        f" LEFT JOIN {Stock._meta.db_table} AS stock"
        " ON stock.product_id = staged.product_id AND stock.warehouse_id = staged.warehouse_id"
        " ORDER BY staged.place",
        params,
    )
    columns = np.array(found, np.int64).reshape(-1, 3).T
    return Positions(*columns)


def _day(on: date, ahead: float) -> date:
    return on + timedelta(days=min(max(float(ahead), 0.0), LONGEST_HORIZON_DAYS))
