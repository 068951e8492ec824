"""
What a proposal stands on, as one number a SKU: while it is the same, the proposal stands. Reads only.

The need, the offers of the product with their prices, their suppliers, what other warehouses could spare and what a
person has in drafts. Of all SKUs of a block at once, in a constant number of statements.
"""

from collections.abc import Mapping
from datetime import date
from hashlib import blake2b
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from inventory.ground.sql import bulk, columns
from inventory.models import Product
from inventory.night.skus import Block, Ints, rows_of, taken

from . import terms
from .models import Offer, PriceBreak, Supplier
from .shortages import Short

EDITION = 1
"""Raise it when the rules of choosing, or their words, change: all proposals are then made anew."""
UNITS_OF_MONEY = 10_000
"""A price is kept to four places."""
GAPS = 2
"""Where one product of so many is short, or more, all that lie between are read: to name each costs as much."""

Marks = NDArray[np.uint64]

_OFFERS, _PRICES, _PRODUCTS = (model._meta.db_table for model in (Offer, PriceBreak, Product))
_OFFER = dict.fromkeys(("id", "supplier", "product", "minimum", "pack", "quoted", "capacity"), "i8")
_OFFER |= {"mean": "f8", "sd": "f8"}
_PRICE = dict.fromkeys(("offer", "minimum", "price"), "i8")


def of(block: Block, short: Short, suppliers: Mapping[int, int]) -> Ints:
    """
    Return the number of each SKU that is short, shape (n,).

    :param suppliers: what ``of_suppliers`` says today
    """
    ended = columns.read(
        f"SELECT id FROM {_PRODUCTS} WHERE is_discontinued AND id > %s AND id <= %s", block, {"id": "i8"}
    )
    offered, marks = _offered(short.product, suppliers)
    return _mixed(
        taken(marks, rows_of(offered, short.product), 0),
        np.isin(short.product, ended["id"]),
        *(short.product, short.warehouse, short.is_open, short.position, short.planned),
        *(short.point, short.batch, short.is_frozen, short.weekly_demand, short.variance),
        _texts(short.spare),
        _texts(short.by_hand),
    ).view(np.int64)


def of_suppliers(on: date) -> dict[int, int]:
    """Give a number for what each supplier adds to its offers, and whether it can be asked, on a day."""
    standing, ahead = terms.closures_from(on)
    shop = (EDITION, settings.PROMISE_QUANTILE)
    return {
        each.pk: _number(
            *(shop, each.name, each.approval_days, each.order_cost, each.freight, each.money, each.worth),
            terms.why_not(each, standing.get(each.pk)),
            # what it takes around a closure ahead is another number of days tomorrow
            *((on.toordinal(), ahead[each.pk].spans) if each.pk in ahead else ()),
        )
        for each in Supplier.objects.all()
    }


def of_lines(grounds: Ints, count: Ints, offer: Ints, units: Ints, price: Ints) -> Ints:
    """
    Return the number to keep with each line: of its SKU, how many lines the SKU has, and what the line itself says.

    So that a line which anybody changed, or one whose companion is gone, is not taken for the one that was proposed.
    """
    return _mixed(grounds, count, offer, units, price).view(np.int64)


def _offered(products: Ints, suppliers: Mapping[int, int]) -> tuple[Ints, Marks]:
    """Return products that somebody offers, these at least, ascending, and a number for all offers of each."""
    wanted, params = _wanted(products)
    offers = columns.read(
        "SELECT id, supplier_id, product_id, minimum, pack, quoted_days, COALESCE(capacity, -1),"
        f" COALESCE(mean_days, -1), COALESCE(sd_days, -1) FROM {_OFFERS} AS offer WHERE {wanted}",
        params,
        _OFFER,
    )
    prices = columns.read(
        f"SELECT price.offer_id, price.minimum, CAST(ROUND(price.unit_price * {UNITS_OF_MONEY}) AS bigint)"
        f" FROM {_PRICES} AS price JOIN {_OFFERS} AS offer ON offer.id = price.offer_id WHERE {wanted}",
        params,
        _PRICE,
    )
    priced, tiers = _summed(prices["offer"], _mixed(*prices.values()))
    keys = np.array(sorted(suppliers), np.int64)
    values = np.array([suppliers[key] for key in keys.tolist()], np.int64)
    supplier = taken(values, rows_of(keys, offers["supplier"]), 0)
    own = _mixed(*offers.values(), supplier, taken(tiers, rows_of(priced, offers["id"]), 0))
    return _summed(offers["product"], own)


def _wanted(products: Ints) -> tuple[str, list[Any]]:
    """Give what the offers of these products, ascending, meet, and perhaps some between them; and its parameters."""
    keys = np.unique(products).tolist()
    if keys and keys[-1] - keys[0] < GAPS * len(keys):
        return "offer.is_active AND offer.product_id BETWEEN %s AND %s", [keys[0], keys[-1]]
    source, params = bulk.staged(bulk.IDS, [(pk,) for pk in keys])
    return f"offer.is_active AND offer.product_id IN (SELECT staged.id FROM {source})", params


def _summed(keys: Ints, marks: Marks) -> tuple[Ints, Marks]:
    """Add up the numbers of each key, in whatever order they come; give the keys, ascending, and the sums."""
    found, place = np.unique(keys, return_inverse=True)
    sums = np.zeros(len(found), np.uint64)
    np.add.at(sums, place, marks)
    return found, sums


def _texts(values: list[Any]) -> Ints:
    """Return a number for each of these dictionaries; most are empty."""
    return np.array([_number(*sorted(value.items())) if value else 0 for value in values], np.int64)


def _number(*facts: Any) -> int:
    return int.from_bytes(blake2b(repr(facts).encode(), digest_size=8).digest(), signed=True)


def _mixed(*table: NDArray[Any]) -> Marks:
    """Return one number a row that changes with any of its values (Steele, Lea & Flood 2014, SplitMix64)."""
    mixed = np.zeros(len(table[0]), np.uint64)
    for values in table:
        bits = (values + 0.0).view(np.uint64) if values.dtype.kind == "f" else values.astype(np.int64).view(np.uint64)
        mixed = (mixed ^ bits) + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return mixed
