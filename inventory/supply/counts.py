"""Stock counts: the difference between the book and the shelf becomes a movement with a reason."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from inventory.ground.sql import bulk
from inventory.models import MovementKind, Product, Stock
from inventory.signals import supply_changed

from . import bins, since, stock


class NotACount(Exception):
    """A count below zero, the same place counted twice at once, or one that a later count has overtaken."""


@dataclass(frozen=True, slots=True)
class Count:
    """
    Units found on the shelf of one place; ``counted_at``: when, if not now. What moved since is no part of them.

    ``bin``: where they lie; "" leaves that as it was.
    """

    product_id: int
    warehouse_id: int
    counted: int
    reason: str = "Stock count"
    kind: MovementKind = MovementKind.COUNT
    counted_at: datetime | None = None
    bin: str = ""


@transaction.atomic
def count(entries: Sequence[Count], *, by: User | None, at: datetime) -> stock.Posted | None:
    """
    Make the books say what the shelf says; None if they did already.

    :raises NotACount: if a count is negative, a place is counted twice, or a later count has overtaken one
    """
    _lock(entries)
    now, overtaken = _now(entries)
    if overtaken:
        raise NotACount(next(iter(overtaken.values())))
    return _post(entries, now, by, at)


@transaction.atomic
def count_standing(entries: Sequence[Count], *, by: User | None, at: datetime) -> dict[since.Place, str]:
    """
    Make the books say what the shelf says, but where something came between; give those places, and what it was.

    :raises NotACount: if a count is negative or a place is counted twice
    """
    known = _lock(entries)
    now, overtaken = _now(entries)
    picks = picked({entry.product_id for entry in entries})
    overtaken |= {place: too_few(picks[place]) for place in picks.keys() & now.keys() if now[place] < picks[place]}
    overtaken |= {_place(entry): "The product is gone." for entry in entries if entry.product_id not in known}
    _post([entry for entry in entries if _place(entry) not in overtaken], now, by, at)
    return overtaken


def picked(product_ids: Collection[int]) -> dict[since.Place, int]:
    """Read how many units of these products lie in parcels that have not left, by place; a count has to find them."""
    rows = Stock.objects.filter(picked__gt=0, **bulk.stretch("product_id", set(product_ids)))
    columns = ("product_id", "warehouse_id", "picked")
    return {(product, place): units for product, place, units in rows.values_list(*columns)}


def too_few(units: int) -> str:
    """Say that a count is lower than what is picked."""
    return f"{units:,} units of it are picked and in parcels: count them, too, or stop a parcel first."


def _lock(entries: Sequence[Count]) -> set[int]:
    if len({_place(entry) for entry in entries}) < len(entries):
        raise NotACount("The same product and warehouse is counted twice.")
    if any(entry.counted < 0 for entry in entries):
        raise NotACount("A count is 0 or more.")
    return Product.objects.lock(entry.product_id for entry in entries)


def _place(entry: Count) -> since.Place:
    return entry.product_id, entry.warehouse_id


def _post(
    entries: Sequence[Count], now: Mapping[since.Place, int], by: User | None, at: datetime
) -> stock.Posted | None:
    places = [_place(entry) for entry in entries]
    rows = Stock.objects.filter(**bulk.stretch("product_id", {product for product, _ in places}))
    book = {
        (product, place): units for product, place, units in rows.values_list("product_id", "warehouse_id", "on_hand")
    }
    references = {made: since.reference(made) for made in {entry.counted_at for entry in entries}}
    posts = [
        stock.Post(*place, difference, entry.kind, entry.reason, reference=references[entry.counted_at])
        for place, entry in zip(places, entries, strict=True)
        if (difference := now[place] - book.get(place, 0))
    ]
    posted = stock.post(posts, there=book.keys(), by=by, at=at) if posts else None
    if lying := {_place(entry): entry.bin for entry in entries if entry.bin}:
        bins.put(lying)
    if posted is None:
        return None
    supply_changed.send(count, product_ids=posted.product_ids, cause=posted.cause, by=by, at=at)
    return posted


def _now(entries: Sequence[Count]) -> tuple[dict[since.Place, int], dict[since.Place, str]]:
    """Give what is there now of what was counted, less what left since and with what came; and what overtook it."""
    earlier = [entry for entry in entries if entry.counted_at]
    times = [entry.counted_at for entry in earlier if entry.counted_at]
    moved = since.Since({entry.product_id for entry in earlier}, min(times)) if times else None
    now: dict[since.Place, int] = {}
    overtaken: dict[since.Place, str] = {}
    for entry in entries:
        place = _place(entry)
        now[place] = entry.counted
        if moved and entry.counted_at:
            now[place] += moved.units(place, entry.counted_at)
            if words := objection(moved, place, entry.counted, entry.counted_at):
                overtaken[place] = words
    return now, overtaken


def objection(moved: since.Since, place: since.Place, units: int, counted_at: datetime) -> str:
    """Say why what was counted then cannot be written down any more; "" if it can."""
    if moved.newer(place, counted_at):
        return "A place was counted again since: the later count stands."
    if units + moved.units(place, counted_at) < 0:
        return "More units left since the count than were counted."
    return ""
