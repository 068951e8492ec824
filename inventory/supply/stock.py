"""
Units on hand: the only writer of ``Stock`` and ``Movement``.

``post`` changes on hand, every change a movement in the ledger; ``allocate`` and ``hold`` change allocated and held
and are for ``orders`` alone. ``post`` is for use cases that send the news themselves; ``adjust`` is the use case
for what happens to stock by itself (opening balance, damage).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from inventory.ground.sql import bulk, schema
from inventory.models import Movement, MovementKind, Product, Stock
from inventory.signals import supply_changed

from .since import Place

STOCK_COLUMNS = schema.columns(Stock, "product_id", "warehouse_id", "on_hand", "allocated", "held")
POSTED_COLUMNS = schema.columns(Stock, "product_id", "warehouse_id") | {"units": "integer"}
MOVEMENT_COLUMNS = schema.columns(
    Movement, "product_id", "warehouse_id", "quantity", "kind", "reason", "reference", "inbound_id", "by_id", "at"
)

MOVEMENT, COUNT, DAMAGE, ARRIVED_DAMAGED = "movement", "count", "damage", "damaged"
"""What an event is called: of its kinds those that a customer may hear of, and any other."""


class NotEnoughStock(Exception):
    """Fewer units are on hand than the movement takes away."""


class UnitsPicked(NotEnoughStock):
    """The units are picked: they lie in parcels that have not left yet, and are nobody else's to take."""


class NothingToPost(Exception):
    """A movement of zero units, or none at all."""


@dataclass(frozen=True, slots=True)
class Post:
    """One change of on hand: ``quantity`` signed units."""

    product_id: int
    warehouse_id: int
    quantity: int
    kind: MovementKind
    reason: str = ""
    reference: str = ""
    inbound_id: int | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """What was posted: the event's name for the news it makes, and the products it touched."""

    cause: str
    product_ids: set[int]


@transaction.atomic
def post(posts: Sequence[Post], *, there: Collection[Place] | None = None, by: User | None, at: datetime) -> Posted:
    """
    Write movements and the on hand they make; a claim on units that are gone shrinks with them, held ones first.

    The caller sends ``supply_changed``.

    :param there: the places that have a row, as the caller read under the product locks that it holds; None: the locks
        are taken here, and the places read
    :raises NotEnoughStock: if a place would fall below zero; nothing is written then
    :raises UnitsPicked: if fewer would be left than are picked; nothing is written then
    :raises NothingToPost: if a movement has no units
    """
    if not posts or not all(entry.quantity for entry in posts):
        raise NothingToPost("A movement must have units: nothing was posted.")
    product_ids = {entry.product_id for entry in posts}
    if there is None:
        product_ids = Product.objects.lock(product_ids)
        shelves = Stock.objects.filter(**bulk.stretch("product_id", product_ids))
        there = set(shelves.values_list("product_id", "warehouse_id"))
    totals: dict[Place, int] = {}
    for entry in posts:
        place = (entry.product_id, entry.warehouse_id)
        totals[place] = totals.get(place, 0) + entry.quantity
    _write(totals, there)
    by_id = by.pk if by else None
    rows = [
        (
            entry.product_id,
            entry.warehouse_id,
            entry.quantity,
            str(entry.kind),
            entry.reason,
            entry.reference,
            entry.inbound_id,
            by_id,
            at,
        )
        for entry in posts
    ]
    written = bulk.fetch(*bulk.inserting(Movement._meta.db_table, MOVEMENT_COLUMNS, rows, "RETURNING id"))
    return Posted(f"{_word(posts)}:{min(written)[0]}", product_ids)


def _write(totals: Mapping[Place, int], there: Collection[Place]) -> None:
    """Write each row once: a new one with what it has, one that is there by the difference."""
    made = [(*place, max(units, 0), 0, 0) for place, units in sorted(totals.items()) if place not in there]
    bulk.insert(Stock._meta.db_table, STOCK_COLUMNS, made)
    moved = [(*place, units) for place, units in totals.items() if place in there or units < 0]
    left = "target.on_hand + staged.units"
    allocated = _least("target.allocated", left)
    changed = bulk.update(
        Stock._meta.db_table,
        POSTED_COLUMNS,
        moved,
        f"on_hand = {left}, allocated = {allocated}, held = {_least('target.held', f'{left} - {allocated}')}",
        "target.product_id = staged.product_id AND target.warehouse_id = staged.warehouse_id "
        f"AND {left} >= target.picked" + bulk.between("target.product_id", {product_id for product_id, _, _ in moved}),
    )
    if changed < len(moved):
        raise _shortage(totals)


def _word(posts: Sequence[Post]) -> str:
    """Name what happened, where it is one thing for all products: whoever waits is told why."""
    kinds = {entry.kind for entry in posts}
    if len(kinds) == 1:
        return {MovementKind.COUNT: COUNT, MovementKind.DAMAGE: DAMAGE}.get(kinds.pop(), MOVEMENT)
    damaged = {entry.product_id for entry in posts if entry.kind == MovementKind.DAMAGE}
    is_receipt = kinds == {MovementKind.RECEIPT, MovementKind.DAMAGE}
    return ARRIVED_DAMAGED if is_receipt and damaged == {entry.product_id for entry in posts} else MOVEMENT


def _least(one: str, other: str) -> str:
    return f"CASE WHEN {one} > {other} THEN {other} ELSE {one} END"


def _shortage(totals: Mapping[Place, int]) -> NotEnoughStock:
    rows = Stock.objects.filter(product_id__in=[product for product, _ in totals]).select_related(
        "product", "warehouse"
    )
    for row in rows:
        units = totals.get((row.product_id, row.warehouse_id), 0)
        if row.on_hand + units < 0:
            words = f"{row.product} in {row.warehouse} has {row.on_hand} on hand, {-units} cannot be taken away."
            return NotEnoughStock(words)
        if row.on_hand + units < row.picked:
            return UnitsPicked(
                f"{row.product} in {row.warehouse}: {row.picked} of {row.on_hand} units are picked, so {-units} cannot "
                "be taken away. Take a parcel out of its batch first."
            )
    return NotEnoughStock("There are not enough units on hand.")


@transaction.atomic
def adjust(posts: Sequence[Post], *, also: Collection[int] = (), by: User | None, at: datetime) -> Posted:
    """
    Post what happened to stock by itself, and tell the queue.

    :param also: products whose supply the caller has changed besides, under their locks
    :raises NotEnoughStock: see ``post``
    """
    posted = post(posts, by=by, at=at)
    supply_changed.send(adjust, product_ids=posted.product_ids | {*also}, cause=posted.cause, by=by, at=at)
    return posted


def allocate(changes: Mapping[int, int]) -> None:
    """
    Change allocated by stock row, in units, more or less. For ``orders.allocation`` alone, under its locks.

    The constraint ``stock_not_overallocated`` refuses what is not there.
    """
    _shift("allocated", changes)


def hold(changes: Mapping[int, int]) -> None:
    """
    Change held by stock row, in units, more or less. For ``orders`` alone, under its product locks.

    The constraint ``stock_not_overallocated`` refuses what is not there.
    """
    _shift("held", changes)


def stop(changes: Mapping[int, int]) -> None:
    """
    Change by stock row how many of the allocated units nobody is owed, since their orders are stopped.

    For ``orders.allocation`` alone, under its locks.
    """
    _shift("stopped", changes)


def pick(changes: Mapping[int, int]) -> None:
    """
    Change by stock row how many of the allocated units are picked, in units, more or less.

    For ``orders.allocation`` alone, under its locks; the constraint ``stock_picked_is_allocated`` refuses others.
    """
    _shift("picked", changes)


def _shift(counter: str, changes: Mapping[int, int]) -> None:
    rows = [(pk, units) for pk, units in sorted(changes.items()) if units]
    if not rows:
        return
    bulk.update(
        Stock._meta.db_table,
        bulk.IDS | {"units": "integer"},
        rows,
        f"{counter} = target.{counter} + staged.units",
        "target.id = staged.id",
    )
