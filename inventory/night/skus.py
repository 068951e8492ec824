"""
The SKUs of the shop, by block: which there are, and all that their reorder points rest on but demand. Reads only.

A SKU is one (product, warehouse) that has demand, stock, an inbound on its way, waiters or a reorder policy. A block is
a range of product keys that holds at most 10,000 of them, so that blocks can be done alone and in any order.
All of a block are arrays in one order, and a constant number of statements, however many there are.
"""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inventory.formulas import figures
from inventory.ground.sql import bulk, columns
from inventory.models import (
    DailyDemand,
    ForecastState,
    Inbound,
    LeadTime,
    Owed,
    Product,
    ReorderPolicy,
    Stock,
    Warehouse,
)

BLOCK = 10_000

Block = tuple[int, int]
"""Product keys: the first exclusive, the last inclusive."""
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_PRODUCTS, _DEMAND, _LEAD_TIMES = (model._meta.db_table for model in (Product, DailyDemand, LeadTime))
_POLICIES = ReorderPolicy._meta.db_table
_KEY = {"product_id": "i8", "warehouse_id": "i8"}
_POLICY = {
    **_KEY,
    "id": "i8",
    "reorder_point": "i8",
    "stockout_chance": "f8",
    "near_chance": "f8",
    "cover_days": "f8",
    "target": "f8",
    "frozen_point": "f8",
    "frozen_until": "M8[D]",
    "computed_on": "M8[D]",
    "figures": f"P{figures.WIDTH}",
}
_LEAD_TIME = {
    **_KEY,
    **dict.fromkeys(("rank", "minimum", "pack"), "i8"),
    **dict.fromkeys(("mean", "sd", "review"), "f8"),
    "sender": columns.TEXT,
}
_KNOWN_BY = (
    *((ReorderPolicy, ""), (ForecastState, ""), (Stock, "")),
    *((Inbound, " AND outstanding > 0"), (Owed, " AND units <> 0")),
)
_NEVER = date(1, 1, 1).isoformat()


@dataclass(frozen=True, slots=True)
class Skus:
    """
    The SKUs of one block, by product and warehouse; arrays of shape (n,), ``group`` of texts.

    ``products`` is the range they are in, ``warehouses`` are the keys of all warehouses, in order.
    """

    products: Block
    warehouses: Ints
    product: Ints
    warehouse: Ints
    group: NDArray[np.object_]
    is_discontinued: Bools
    price: Floats
    cost: Floats

    def __len__(self) -> int:
        return len(self.product)

    def places(self, product: Ints, warehouse: Ints) -> Ints:
        """Return where in the block each of these SKUs stands; -1 for one that is not in it."""
        own, asked = self._keys(self.product, self.warehouse), self._keys(product, warehouse)
        return rows_of(own, asked)

    def find(self, product: Ints, warehouse: Ints) -> Ints:
        """Return, per SKU of the block, which of these rows is its own; -1 for none. Rows may come in any order."""
        rows = self._keys(product, warehouse)
        order = np.argsort(rows, kind="stable")
        found = rows_of(rows[order], self._keys(self.product, self.warehouse))
        return np.where(found >= 0, order[found] if len(order) else -1, -1)

    def _keys(self, product: Ints, warehouse: Ints) -> Ints:
        """Return a number per SKU that sorts as they do; -1 for a warehouse that came in between."""
        place = rows_of(self.warehouses, warehouse)
        return np.where(place >= 0, product * len(self.warehouses) + place, -1)


@dataclass(frozen=True, slots=True)
class Policies:
    """
    The ``ReorderPolicy`` of each SKU as it was found; arrays of shape (n,), ``figures`` (n, figures).

    What a person set, and what the last run stored; pk is 0 and the numbers are 0 or nan where there is none.
    """

    pk: Ints
    reorder_point: Ints
    stockout_chance: Floats
    near_chance: Floats
    cover_days: Floats
    target: Floats
    frozen_point: Floats
    frozen_until: NDArray[np.datetime64]
    computed_on: NDArray[np.datetime64]
    figures: Floats

    def is_frozen(self, on: date) -> Bools:
        """Say whose reorder point a person has fixed for this day."""
        return np.isfinite(self.frozen_point) & (self.frozen_until >= np.datetime64(on))


@dataclass(frozen=True, slots=True)
class LeadTimes:
    """
    Days per SKU, shape (n,), nan where nobody supplies it; ``sender`` is empty there.

    minimum, pack: units, of the offer that would be asked; 1 where there is none.
    """

    mean: Floats
    sd: Floats
    review: Floats
    sender: NDArray[np.object_]
    minimum: Ints
    pack: Ints


def blocks() -> list[Block]:
    """Cut the products into ranges of at most 10,000 SKUs each, in one statement."""
    return ranges(max(1, BLOCK // max(1, Warehouse.objects.count())))


def ranges(size: int) -> list[Block]:
    """Cut the products into ranges of so many, in one statement that steps along their keys and counts none."""
    ends = bulk.fetch(
        "WITH RECURSIVE cut(id) AS (SELECT CAST(0 AS bigint) UNION ALL SELECT (SELECT product.id"
        f" FROM {_PRODUCTS} AS product WHERE product.id > cut.id ORDER BY product.id LIMIT 1 OFFSET %s)"
        f" FROM cut WHERE cut.id IS NOT NULL) SELECT COALESCE(id, (SELECT MAX(id) FROM {_PRODUCTS}), 0) FROM cut",
        [size - 1],
    )
    return list(pairwise(sorted({end for (end,) in ends})))


def of(block: Block, *, every: int = 1) -> Skus:
    """
    List the SKUs of a block, by product and warehouse.

    :param every: of the products, take those whose key this number divides
    """
    warehouses = np.sort(np.array(Warehouse.objects.values_list("pk", flat=True), np.int64))
    facts = columns.read(
        f'SELECT id, "group", is_discontinued, CAST(price AS double precision), CAST(cost AS double precision)'
        f" FROM {_PRODUCTS} WHERE id > %s AND id <= %s AND id %% %s = 0 ORDER BY id",
        [*block, every],
        {"id": "i8", "group": columns.TEXT, "is_discontinued": "?", "price": "f8", "cost": "f8"},
    )
    is_sku = np.zeros((len(facts["id"]), len(warehouses)), bool)
    for model, condition in _KNOWN_BY:
        seen = columns.read(
            f"SELECT product_id, warehouse_id FROM {model._meta.db_table}"
            f" WHERE product_id > %s AND product_id <= %s AND product_id %% %s = 0{condition}",
            [*block, every],
            _KEY,
        )
        row, place = rows_of(facts["id"], seen["product_id"]), rows_of(warehouses, seen["warehouse_id"])
        is_both = (row >= 0) & (place >= 0)  # one that came in between is for the next night
        is_sku[row[is_both], place[is_both]] = True
    row, place = np.nonzero(~is_sku)
    is_sku[row, place] = _are_asked_for(facts["id"][row], warehouses[place])
    row, place = np.nonzero(is_sku)
    own = {name: facts[name][row] for name in ("group", "is_discontinued", "price", "cost")}
    return Skus(block, warehouses, facts["id"][row], warehouses[place], **own)


def sample(size: int) -> Skus:
    """List about so many SKUs, spread evenly over all products; all of them if there are no more."""
    ((last, products),) = bulk.fetch(f"SELECT COALESCE(MAX(id), 0), COUNT(*) FROM {_PRODUCTS}", [])
    count = products * max(1, Warehouse.objects.count())
    return of((0, last), every=max(1, -(-count // size)))


def _are_asked_for(products: Ints, warehouses: Ints) -> Bools:
    """Say which of these (product, warehouse), which nothing else knows of, somebody has asked for."""
    asked = np.zeros(len(products), bool)
    if not len(products):
        return asked
    pairs: columns.Table = {"place": np.arange(len(products)), "product_id": products, "warehouse_id": warehouses}
    with columns.loaded(pairs) as staged:
        # A scalar subquery and not EXISTS: PostgreSQL would answer that by hashing all demand there ever was.
        found = columns.read(
            f"SELECT place FROM {staged} AS pair WHERE (SELECT 1 FROM {_DEMAND} AS daily WHERE daily.product_id ="
            " pair.product_id AND daily.warehouse_id = pair.warehouse_id LIMIT 1) IS NOT NULL",
            [],
            {"place": "i8"},
        )
    asked[found["place"]] = True
    return asked


def policies(found: Skus) -> Policies:
    """Read the reorder policies of a block."""
    rows = columns.read(
        "SELECT product_id, warehouse_id, id, reorder_point, COALESCE(stockout_chance, 'NaN'),"
        " COALESCE(near_chance, 'NaN'),"
        " COALESCE(cover_days, 'NaN'), COALESCE(target, 'NaN'),"
        " COALESCE(CAST(frozen_point AS double precision), 'NaN'),"
        f" COALESCE(frozen_until, '{_NEVER}'), COALESCE(computed_on, '{_NEVER}'), figures"
        f" FROM {_POLICIES} WHERE product_id > %s AND product_id <= %s",
        found.products,
        _POLICY,
    )
    row = found.find(rows["product_id"], rows["warehouse_id"])
    known = figures.unpack(rows["figures"])
    return Policies(
        pk=taken(rows["id"], row, 0),
        reorder_point=taken(rows["reorder_point"], row, 0),
        stockout_chance=taken(rows["stockout_chance"], row, np.nan),
        near_chance=taken(rows["near_chance"], row, np.nan),
        cover_days=taken(rows["cover_days"], row, np.nan),
        target=taken(rows["target"], row, np.nan),
        frozen_point=taken(rows["frozen_point"], row, np.nan),
        frozen_until=taken(rows["frozen_until"], row, np.datetime64(_NEVER)),
        computed_on=taken(rows["computed_on"], row, np.datetime64(_NEVER)),
        figures=taken(known, row, np.nan),
    )


def lead_times(found: Skus) -> LeadTimes:
    """Read how long each takes; a warehouse nobody supplies takes as long as the product's first other one."""
    rows = columns.read(
        "SELECT product_id, warehouse_id, place.rank, lead.minimum, lead.pack, mean_days, sd_days, review_days, sender"
        f" FROM {_LEAD_TIMES} AS lead JOIN {Warehouse._meta.db_table} AS place ON place.id = lead.warehouse_id"
        " WHERE product_id > %s AND product_id <= %s",
        found.products,
        _LEAD_TIME,
    )
    order = np.lexsort((rows["warehouse_id"], rows["rank"], rows["product_id"]))
    rows = {name: values[order] for name, values in rows.items()}
    own = found.find(rows["product_id"], rows["warehouse_id"])
    products, first = np.unique(rows["product_id"], return_index=True)
    other = rows_of(products, found.product)
    row = np.where((own < 0) & (other >= 0), first[other] if len(first) else -1, own)
    mean, sd, review = (taken(rows[name], row, np.nan) for name in ("mean", "sd", "review"))
    terms = (taken(rows[name], row, 1) for name in ("minimum", "pack"))
    return LeadTimes(mean, sd, review, taken(rows["sender"], row, ""), *terms)


def rows_of(ordered: Ints, wanted: Ints) -> Ints:
    """Return where each of ``wanted`` stands in ``ordered``; -1 for what is not in it."""
    if not len(ordered):
        return np.full(len(wanted), -1)
    place = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return np.where(ordered[place] == wanted, place, -1)


def taken(values: NDArray[Any], row: Ints, missing: Any) -> NDArray[Any]:
    """Return ``values[row]``, with ``missing`` where there is no row."""
    taken = np.full((len(row), *values.shape[1:]), missing, values.dtype)
    taken[row >= 0] = values[row[row >= 0]]
    return taken
