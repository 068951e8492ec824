"""
The SKUs of the shop, by block: which there are, and all that their reorder points rest on but demand. Reads only.

A SKU is one (product, warehouse) that has demand, stock, an inbound on its way or a reorder policy. A block is
a range of product keys that holds at most 10,000 of them, so that blocks can be done alone and in any order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import bulk
from .models import DailyDemand, ForecastState, Inbound, LeadTime, Product, ReorderPolicy, Stock, Warehouse

BLOCK = 10_000

Block = tuple[int, int]
"""Product keys: the first exclusive, the last inclusive."""
Key = tuple[int, int]
"""Product and warehouse."""


@dataclass(frozen=True, slots=True)
class Sku:
    """One product in one warehouse."""

    product_id: int
    warehouse_id: int
    group: str
    is_discontinued: bool

    @property
    def key(self) -> Key:
        return self.product_id, self.warehouse_id


@dataclass(frozen=True, slots=True)
class Policy:
    """A ``ReorderPolicy`` as it was found: what a person set, and what the last run stored."""

    pk: int
    reorder_point: int
    computed_on: date | None
    frozen_point: int | None
    frozen_until: date | None
    frozen_reason: str
    target: float | None

    def is_frozen(self, on: date) -> bool:
        return self.frozen_point is not None and self.frozen_until is not None and self.frozen_until >= on


@dataclass(frozen=True, slots=True)
class LeadTimes:
    """Days per SKU, shape (n,), nan where nobody supplies it; ``sender`` is empty there."""

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    review: NDArray[np.float64]
    sender: list[str]

    @property
    def is_known(self) -> NDArray[np.bool_]:
        return np.array([bool(sender) for sender in self.sender], bool)


def blocks() -> list[Block]:
    """Cut the products into ranges of at most 10,000 SKUs each, in one statement."""
    step = max(1, BLOCK // max(1, Warehouse.objects.count()))
    ends = bulk.fetch(
        "SELECT MAX(id) FROM (SELECT id, (ROW_NUMBER() OVER (ORDER BY id) - 1) / %s AS block"
        f" FROM {Product._meta.db_table}) AS numbered GROUP BY block ORDER BY 1",
        [step],
    )
    last = [end for (end,) in ends]
    return list(zip([0, *last], last, strict=False))


def of(block: Block) -> list[Sku]:
    """List the SKUs of a block, by product and warehouse."""
    # Scalar subqueries and not EXISTS: PostgreSQL would answer those by hashing all demand there ever was.
    seen = " OR ".join(
        f"(SELECT 1 FROM {model._meta.db_table} AS seen WHERE seen.product_id = product.id"
        f" AND seen.warehouse_id = warehouse.id{condition} LIMIT 1) IS NOT NULL"
        for model, condition in (
            (ReorderPolicy, ""),
            (ForecastState, ""),
            (Stock, ""),
            (DailyDemand, ""),
            (Inbound, " AND seen.outstanding > 0"),
        )
    )
    rows = bulk.fetch(
        'SELECT product.id, warehouse.id, product."group", product.is_discontinued'
        f" FROM {Product._meta.db_table} AS product CROSS JOIN {Warehouse._meta.db_table} AS warehouse"
        f" WHERE product.id > %s AND product.id <= %s AND ({seen}) ORDER BY product.id, warehouse.id",
        block,
    )
    return [Sku(product_id, warehouse_id, group, bool(gone)) for product_id, warehouse_id, group, gone in rows]


def policies(block: Block) -> dict[Key, Policy]:
    """Read the reorder policies of a block."""
    found = ReorderPolicy.objects.filter(product_id__gt=block[0], product_id__lte=block[1])
    rows: Iterable[tuple[Any, ...]] = found.values_list(
        "product_id", "warehouse_id", "pk", "reorder_point", "computed_on", "frozen_point", "frozen_until",
        "frozen_reason", "target",
    )  # fmt: skip
    return {(product_id, warehouse_id): Policy(*rest) for product_id, warehouse_id, *rest in rows}


def lead_times(block: Block, skus: Sequence[Sku]) -> LeadTimes:
    """Read how long each takes; a warehouse nobody supplies takes as long as the product's first other one."""
    rows = LeadTime.objects.filter(product_id__gt=block[0], product_id__lte=block[1]).order_by(
        "product_id", "warehouse__rank", "warehouse_id"
    )
    own: dict[Key, tuple[float, float, float, str]] = {}
    other: dict[int, tuple[float, float, float, str]] = {}
    columns = ("product_id", "warehouse_id", "mean_days", "sd_days", "review_days", "sender")
    for product_id, warehouse_id, mean, sd, review, sender in rows.values_list(*columns):
        own[product_id, warehouse_id] = (mean, sd, review, sender)
        other.setdefault(product_id, (mean, sd, review, sender))
    nobody = (np.nan, np.nan, np.nan, "")
    known = [own.get(sku.key) or other.get(sku.product_id) or nobody for sku in skus]
    mean, sd, review = np.array([row[:3] for row in known], float).reshape(-1, 3).T
    return LeadTimes(mean, sd, review, [row[3] for row in known])
