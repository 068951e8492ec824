"""Parcels that stand, held for one transaction: their products locked, then their batches."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q

from orders import allocation
from orders.models import Batch, Parcel, ParcelLine
from orders.models.parcels import STANDS


@dataclass(frozen=True, slots=True)
class StandingParcels:
    """Parcels, with their units by line and stock row."""

    parcels: list[Parcel]
    units: dict[int, dict[tuple[int, int], int]]

    def picks(self, parcels: list[Parcel]) -> dict[tuple[int, int], int]:
        """Add up what these parcels have picked."""
        picks: dict[tuple[int, int], int] = defaultdict(int)
        for parcel in parcels:
            for key, units in self.units[parcel.pk].items():
                picks[key] += units
        return picks


@contextmanager
def held(which: Q, *, at: datetime) -> Iterator[StandingParcels]:
    """Lock what lies in these parcels and the batches they are in, and read those that stand."""
    wanted = Parcel.objects.filter(STANDS & which)
    lines = ParcelLine.objects.filter(parcel__in=wanted.values("pk")).values_list("line_id", flat=True)
    with allocation.locked(lines=set(lines), at=at) as queue:
        batches = wanted.order_by().values("batch")
        list(Batch.objects.filter(pk__in=batches).order_by("pk").select_for_update(no_key=True))
        parcels = list(wanted.select_related("order__customer", "batch__warehouse").order_by("pk"))
        units: dict[int, dict[tuple[int, int], int]] = defaultdict(dict)
        rows = ParcelLine.objects.filter(parcel__in=[parcel.pk for parcel in parcels]).order_by("pk")
        strange = set()
        for row in rows.select_related("line"):
            units[row.parcel_id][row.line_id, row.stock_id] = row.quantity
            if row.line.product_id not in queue.product_ids:
                strange.add(row.parcel_id)  # it was made in this moment: whoever looks again sees it
        yield StandingParcels([parcel for parcel in parcels if parcel.pk not in strange], units)


def why_gone(parcel_ids: Collection[int]) -> str:
    """Say of the first of these parcels, which stands no more, what became of it and by whom."""
    those = Parcel.objects.filter(pk__in=list(parcel_ids)).select_related(
        "order", "batch", "stopped_by", "shipment__by"
    )
    parcel = those.order_by("pk").first()
    if parcel is None:
        return "There is no such parcel."
    if parcel.shipment:
        return f"The parcel of {parcel.order} has left already{_by(parcel.shipment.by)}."
    if parcel.stopped_at is None:
        return f"The parcel of {parcel.order} was made just now. Look again."
    return f"The parcel of {parcel.order} is stopped already{_by(parcel.stopped_by)}: {parcel.stopped_why.rstrip('.')}."


def _by(who: User | None) -> str:
    return f", by {who.get_full_name() or who.get_username()}" if who else ""


def end(batch_ids: set[int], *, by: User | None, at: datetime) -> None:
    """Let those of these batches be over of which nothing stands any more."""
    stands = Parcel.objects.filter(STANDS, batch=OuterRef("pk"))
    over = Batch.objects.filter(~Exists(stands), pk__in=batch_ids, posted_at=None, put_away_at=None)
    left = Parcel.objects.filter(batch=OuterRef("pk"), shipment__isnull=False)
    for batch in over.annotate(has_left=Exists(left)):
        is_posted = batch.has_left
        Batch.objects.filter(pk=batch.pk).update(
            posted_at=at if is_posted else None, put_away_at=None if is_posted else at, ended_by=by
        )
