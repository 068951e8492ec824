"""
The night's lines in drafts: what is proposed stands in them, what is no longer proposed goes, what is the same stays.

With ``suppliers.drafts``, ``suppliers.hands`` and ``suppliers.purchasing`` the only writer of ``PurchaseOrder`` and
``PurchaseOrderLine``. Block by block of products, each with a constant number of statements, and only what differs.
Lines that a person wrote or changed stay, and are told what is needed now.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from inventory.ground.sql import bulk, columns, schema
from inventory.ground.sql.columns import Table
from inventory.night.skus import Block

from . import drafts
from .drafts import BY_HAND, NEEDED_NOW, Needed, Place, Sku
from .grounds import UNITS_OF_MONEY
from .models import PurchaseOrder, PurchaseOrderLine

NIGHT = "night"
"""The part that says which night gave the others."""

_LINES = PurchaseOrderLine._meta.db_table
_WRITTEN = schema.columns(
    PurchaseOrderLine,
    "purchase_order_id",
    "product_id",
    "offer_id",
    "quantity",
    "unit_price",
    "reason",
    "parts",
    "ground",
)
_KEY = ("purchase_order_id", "product_id")
_SAID = ("offer_id", "quantity", "unit_price", "reason")
_STANDING = dict.fromkeys(("id", "order", "product", "offer", "units", "price", "ground"), "i8")


class Proposal(NamedTuple):
    """Units of an offer for one warehouse, and why; ``ground`` 0: to be weighed again whatever happens."""

    sku: Sku
    supplier_id: int
    offer_id: int
    quantity: int
    unit_price: Decimal
    reason: str
    parts: Mapping[str, Any]
    ground: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """Draft lines written, and orders made or taken away because nothing was left in them."""

    created: int
    updated: int
    removed: int
    orders: int


class ProposalWriter:
    """The hand of one night on the drafts, which it holds locked; ``write`` each block, then ``close``."""

    def __init__(self, *, on: date, at: datetime) -> None:
        self.on, self.at = on, at
        standing = drafts.lock_all()
        self.orders = {order.pk: order for order in standing}
        self.places: dict[Place, PurchaseOrder] = {
            (order.supplier_id, order.warehouse_id): order for order in reversed(standing)
        }
        self.used: set[int] = set()
        self.made = self.created = self.updated = self.removed = 0

    def standing(self, block: Block) -> Table:
        """
        Read the night's lines of these products as they stand, in the order of their keys.

        ``price`` in ten-thousandths; ``ground`` 0 for one in a second draft of its place, where none is proposed.
        """
        if not self.orders:
            return {name: np.zeros(0, np.int64) for name in (*_STANDING, "warehouse")}
        marks = ", ".join(["%s"] * len(self.orders))
        rows = columns.read(
            "SELECT id, purchase_order_id, product_id, COALESCE(offer_id, 0), quantity,"
            f" CAST(ROUND(unit_price * {UNITS_OF_MONEY}) AS bigint), ground FROM {_LINES}"
            f" WHERE purchase_order_id IN ({marks}) AND NOT is_touched AND product_id > %s AND product_id <= %s",
            [*self.orders, *block],
            _STANDING,
        )
        order = np.argsort(rows["id"])
        rows = {name: values[order] for name, values in rows.items()}
        firsts = [order.pk for order in self.places.values()]
        rows["ground"] = np.where(np.isin(rows["order"], firsts), rows["ground"], 0)
        keys = np.array(sorted(self.orders), np.int64)
        places = np.array([self.orders[pk].warehouse_id for pk in keys.tolist()], np.int64)
        rows["warehouse"] = places[np.searchsorted(keys, rows["order"])]
        return rows

    def write(self, proposals: Sequence[Proposal], *, standing: Table, kept: Iterable[int]) -> None:
        """
        Make the drafts of one block say what is proposed.

        :param standing: the lines of the block as they stand
        :param kept: which of them, by row, stand as they are
        """
        rows = np.array(sorted(kept), np.int64)
        self.used.update(np.unique(standing["order"][rows]).tolist())
        self._open({(each.supplier_id, each.sku[1]) for each in proposals})
        wanted = {(self.places[each.supplier_id, each.sku[1]].pk, each.sku[0]): each for each in proposals}
        left = np.delete(np.arange(len(standing["id"])), rows)
        pairs = zip(standing["order"][left].tolist(), standing["product"][left].tolist(), strict=True)
        found = dict(zip(pairs, standing["id"][left].tolist(), strict=True))
        self.used.update(order for order, _ in wanted)
        gone = [pk for key, pk in found.items() if key not in wanted]
        bulk.delete(_LINES, gone)
        self.removed += len(gone)
        self._update({found[key]: each for key, each in wanted.items() if key in found})
        new = [(*key, *_cells(each, self._parts(each))) for key, each in wanted.items() if key not in found]
        bulk.insert(_LINES, _WRITTEN, new)
        self.created += len(new)

    def close(self, needed: Mapping[Sku, Needed]) -> Changes:
        """Tell the lines that people wrote what is needed, take empty drafts away, and date those that were used."""
        touched = PurchaseOrderLine.objects.filter(purchase_order__in=list(self.orders), is_touched=True)
        _tell(touched.order_by("pk"), self.orders, needed)
        emptied, _ = drafts.empty(self.orders).delete()
        PurchaseOrder.objects.filter(pk__in=self.used).exclude(proposed_on=self.on).update(proposed_on=self.on)
        return Changes(self.created, self.updated, self.removed, self.made + emptied)

    def _open(self, places: set[Place]) -> None:
        """Open the drafts that these places lack."""
        if lacking := places - self.places.keys():
            made = drafts.open_drafts(lacking, at=self.at, on=self.on)
            self.places |= made
            self.orders |= {order.pk: order for order in made.values()}
            self.made += len(made)

    def _update(self, wanted: Mapping[int, Proposal]) -> None:
        """Rewrite the lines of which something differs; those that only stand on something else are not counted."""
        if not wanted:
            return
        rows = []
        known = PurchaseOrderLine.objects.filter(pk__in=bulk.among(wanted)).order_by("pk")
        for pk, ground, was, *said in known.values_list("pk", "ground", "parts", *_SAID):
            each = wanted[pk]
            parts = self._parts(each)
            is_same = _said(was) == _said(parts) and said == [getattr(each, name) for name in _SAID]
            self.updated += not is_same
            if not is_same or ground != each.ground:
                rows.append((pk, *_cells(each, was if is_same else parts)))
        names = [name for name in _WRITTEN if name not in _KEY]
        bulk.update(
            _LINES,
            schema.columns(PurchaseOrderLine, "id", *names),
            rows,
            ", ".join(f"{name} = staged.{name}" for name in names),
            "target.id = staged.id",
        )

    def _parts(self, each: Proposal) -> dict[str, Any]:
        return {NIGHT: self.on.isoformat(), **each.parts}


def _cells(each: Proposal, parts: Mapping[str, Any]) -> tuple[Any, ...]:
    return each.offer_id, each.quantity, each.unit_price, each.reason, json.dumps(parts), each.ground


def _said(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if name != NIGHT}


def _tell(
    touched: Iterable[PurchaseOrderLine], orders: Mapping[int, PurchaseOrder], needed: Mapping[Sku, Needed]
) -> None:
    """Write down beside each line that a person wrote what is needed now, and what else of it was written by hand."""
    changed = []
    for line in touched:
        told = needed.get((line.product_id, orders[line.purchase_order_id].warehouse_id))
        if told is None:
            continue
        parts = {**line.parts, NEEDED_NOW: told.now, BY_HAND: max(0, told.by_hand - line.quantity)}
        if parts != line.parts:
            line.parts = parts
            changed.append(line)
    PurchaseOrderLine.objects.bulk_update(changed, ["parts"], batch_size=500)
