"""
What must be bought: the SKUs at or below their reorder point, and how many units each needs. Reads only.

A SKU is one product in one warehouse. Demand reaches buying as numbers in inventory: reorder policies, the
position, and units owed. Block by block, in columns: a constant number of statements however many SKUs there are.
"""

from collections.abc import Mapping
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from inventory.formulas import figures
from inventory.ground.sql import columns
from inventory.ground.sql.columns import Table
from inventory.models import Inbound, LeadTime, Owed, ReorderPolicy, Stock, Warehouse
from inventory.night.skus import Block, Floats, Ints, rows_of, taken
from inventory.supply import position

from . import unsent
from .drafts import Needed
from .offers import DAYS_A_WEEK
from .shortages import BlockShortages, NightBasis, Short

LONGEST = float(position.LONGEST_HORIZON_DAYS)
_POLICIES, _OWED, _LEAD_TIMES, _INBOUND, _STOCK, _WAREHOUSES = (
    model._meta.db_table for model in (ReorderPolicy, Owed, LeadTime, Inbound, Stock, Warehouse)
)
_KEY = {"product": "i8", "warehouse": "i8"}
_POLICY = _KEY | {"point": "i8", "up_to": "i8", "weekly": "f8", "frozen": "i8"}
_POLICY |= {"variance": "P8"}
_RANGE = "product_id > %s AND product_id <= %s"


def shop(*, on: date, at: datetime) -> NightBasis:
    """
    Read what all blocks have in common.

    What a person has in drafts is not on order yet: it is a part of the need, and the rest is to be proposed.
    """
    standing = unsent.of(on=on, at=at)
    places = list(Warehouse.objects.values_list("pk", "is_open", "code"))
    keys, is_open = np.array(sorted(places), object).reshape(-1, 3)[:, :2].T if places else ([], [])
    codes = {pk: code for pk, is_open_too, code in places if is_open_too}
    skus = np.array([*standing.approved], np.int64).reshape(-1, 2)
    found = NightBasis(np.array(keys, np.int64), np.array(is_open, bool), codes, {}, standing.by_hand)
    units = np.array([*standing.approved.values()], np.int64)
    approved = found.keyed({"product": skus[:, 0], "warehouse": skus[:, 1], "units": units})
    return NightBasis(found.warehouses, found.is_open, codes, approved, standing.by_hand)


def find(block: Block, shop: NightBasis, *, on: date) -> BlockShortages:
    """Find what is short of the products in this range today."""
    policies, owed, times = _policies(block, shop, on), _owed(block, shop), _lead_times(block, shop)
    key = np.union1d(policies["key"], owed["key"])
    known: Table = {"key": key, "product": key // max(1, len(shop.warehouses))}
    known["warehouse"] = shop.warehouses[key % max(1, len(shop.warehouses))]
    row = rows_of(policies["key"], key)
    for name, missing in (("point", 0), ("batch", 0), ("is_frozen", False), ("weekly", 0.0), ("variance", 0.0)):
        known[name] = taken(policies[name], row, missing)
    row = rows_of(times["key"], key)
    known["is_supplied"] = row >= 0
    known["lead"], known["review"] = taken(times["lead"], row, LONGEST), taken(times["review"], row, 0.0)
    known["days"] = np.minimum(known["lead"] + known["review"], LONGEST)
    there = position.of(known["product"], known["warehouse"], on=on, days=known["days"])
    known["units"] = there.units + taken(shop.approved["units"], rows_of(shop.approved["key"], key), 0)
    known["unowed"] = there.on_hand - there.owed
    is_short = (known["units"] < known["point"]) | ((known["units"] == known["point"]) & (known["batch"] > 0))
    short = {name: values[is_short] for name, values in known.items()}
    return _found(block, shop, short, known, on=on)


def _found(block: Block, shop: NightBasis, short: Table, known: Table, *, on: date) -> BlockShortages:
    planned = _planned(block, shop, short, on=on)
    to_point = short["point"] - short["units"]
    quantity = np.maximum(to_point, to_point + short["batch"] - planned)
    hands = _by_hand(shop, short)
    drafted = np.array([sum(units.values()) for units in hands], np.int64)
    needed = {}
    if by_hand := {sku: units for sku, units in shop.by_hand.items() if block[0] < sku[0] <= block[1]}:
        skus = zip(short["product"].tolist(), short["warehouse"].tolist(), strict=True)
        now = dict(zip(skus, quantity.tolist(), strict=True))
        needed = {sku: Needed(now.get(sku, 0), sum(units.values())) for sku, units in by_hand.items()}
    rest = np.flatnonzero(quantity > drafted)
    left = {name: values[rest] for name, values in short.items()}
    return BlockShortages(
        Short(
            product=left["product"],
            warehouse=left["warehouse"],
            is_open=shop.is_open[np.searchsorted(shop.warehouses, left["warehouse"])],
            point=left["point"],
            batch=left["batch"],
            is_frozen=left["is_frozen"],
            weekly_demand=left["weekly"],
            variance=left["variance"],
            position=left["units"],
            planned=planned[rest],
            spare=_spare(block, shop, left, known),
            by_hand=[hands[row] for row in rest.tolist()],
        ),
        needed,
    )


def _policies(block: Block, shop: NightBasis, on: date) -> Table:
    rows = columns.read(
        "SELECT product_id, warehouse_id, reorder_point, order_up_to, weekly_demand,"
        f" CASE WHEN frozen_until >= '{on}' THEN COALESCE(frozen_point, -1) ELSE -1 END,"
        f" {figures.stored('variance')} FROM {_POLICIES} AS policy"
        f" JOIN {_WAREHOUSES} AS place ON place.id = policy.warehouse_id WHERE place.is_open AND {_RANGE}",
        block,
        _POLICY,
    )
    rows = shop.keyed(rows)
    rows["batch"] = rows["up_to"] - rows["point"]
    rows["is_frozen"] = rows["frozen"] >= 0
    rows["point"] = np.where(rows["is_frozen"], rows["frozen"], rows["point"])
    rows["variance"] = np.nan_to_num(np.frombuffer(rows["variance"].tobytes(), "<f8"))
    return rows


def _owed(block: Block, shop: NightBasis) -> Table:
    """SKUs that customers wait for, whether or not they have a reorder policy."""
    wanted = f"SELECT product_id, warehouse_id FROM {_OWED} WHERE {_RANGE} GROUP BY product_id, warehouse_id"
    return shop.keyed(columns.read(f"{wanted} HAVING SUM(units) > 0", block, _KEY))


def _lead_times(block: Block, shop: NightBasis) -> Table:
    """Days until an order placed now is here, and until the next one would be (rules §3.4)."""
    wanted = f"SELECT product_id, warehouse_id, mean_days, review_days FROM {_LEAD_TIMES} WHERE {_RANGE}"
    return shop.keyed(columns.read(wanted, block, {**_KEY, "lead": "f8", "review": "f8"}))


def _planned(block: Block, shop: NightBasis, short: Table, *, on: date) -> Ints:
    """Count what comes after the horizon of the position, but before the batch ordered now is used up."""
    planned = np.zeros(len(short["key"]), np.int64)
    coming = shop.keyed(
        columns.read(
            "SELECT product_id, warehouse_id, outstanding, COALESCE(first_date, expected_date, likely_date),"
            f" COALESCE(likely_date, expected_date, first_date) FROM {_INBOUND} WHERE {_RANGE} AND outstanding > 0"
            " AND COALESCE(first_date, expected_date, likely_date) IS NOT NULL",
            block,
            {**_KEY, "units": "i8", "due": "M8[D]", "arrives": "M8[D]"},
        )
    )
    row = rows_of(short["key"], coming["key"])
    coming = {name: values[row >= 0] for name, values in coming.items()}
    row = row[row >= 0]
    counted, next_order = _day(on, short["days"]), _day(on, _days_to_next_order(short))
    is_planned = short["is_supplied"][row] & (coming["due"] > counted[row]) & (coming["arrives"] <= next_order[row])
    np.add.at(planned, row[is_planned], coming["units"][is_planned])
    return planned


def _day(on: date, ahead: Floats) -> NDArray[np.datetime64]:
    """Return the day so many days ahead; whole days, and what is a hair below a whole one is that."""
    days: NDArray[np.datetime64] = np.datetime64(on) + np.floor(ahead + position.HAIR).astype("m8[D]")
    return days


def _days_to_next_order(short: Table) -> Floats:
    """Count the days until the order after this one is here: when this batch is used up, a review from now at least."""
    sells = short["weekly"] > 0
    used_up = np.zeros(len(sells))
    np.divide(short["batch"], short["weekly"], out=used_up, where=sells)
    days: Floats = np.minimum(short["lead"] + np.maximum(short["review"], used_up * DAYS_A_WEEK), LONGEST)
    return days


def _by_hand(shop: NightBasis, short: Table) -> list[Mapping[int, int]]:
    nothing: Mapping[int, int] = {}
    if not shop.by_hand:
        return [nothing] * len(short["key"])
    skus = zip(short["product"].tolist(), short["warehouse"].tolist(), strict=True)
    return [shop.by_hand.get(sku, nothing) for sku in skus]


def _spare(block: Block, shop: NightBasis, short: Table, known: Table) -> list[Mapping[str, int]]:
    """
    Find what other warehouses have above their own reorder point, and free on the shelf now.

    Free is what is neither allocated, held nor owed to those who wait there.
    """
    nothing: Mapping[str, int] = {}
    spare: list[Mapping[str, int]] = [nothing] * len(short["key"])
    if len(shop.warehouses) < 2 or not spare:
        return spare
    wanted = f"SELECT product_id, warehouse_id, available FROM {_STOCK} WHERE {_RANGE} AND available > 0"
    shelves = shop.keyed(columns.read(wanted, block, {**_KEY, "units": "i8"}))
    free = taken(shelves["units"], rows_of(shelves["key"], known["key"]), 0)
    can_spare = np.minimum(np.minimum(free, known["unowed"]), known["units"] - known["point"])
    for warehouse, code in shop.codes.items():
        row = rows_of(known["key"], shop.key(short["product"], np.full(len(spare), warehouse)))
        units = np.where(short["warehouse"] == warehouse, 0, taken(can_spare, row, 0))
        for place in np.flatnonzero(units > 0).tolist():
            spare[place] = {**spare[place], code: int(units[place])}
    return spare
