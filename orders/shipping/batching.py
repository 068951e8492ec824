"""Make a batch of what can leave a warehouse, and make two parcels of one."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from inventory.models import Warehouse
from orders import allocation
from orders.allocation import picking
from orders.fulfillment.ready import Ready
from orders.models import Allocation, Batch, Order, OrderLine, Parcel, ParcelLine
from orders.models.parcels import STANDS

from .choosing import MOST_ORDERS, sorted_out
from .standing import why_gone


class NothingToPick(Exception):
    """Nothing of these orders may leave the warehouse, or somebody else has it in a batch."""


class NotThisParcel(Exception):
    """The parcel has left or is stopped, or it cannot be parted so."""


def make(
    warehouse_id: int,
    order_ids: Sequence[int],
    *,
    carrier: str = "",
    service: str = "",
    by: User,
    at: datetime,
) -> tuple[Batch, dict[Order, str]]:
    """
    Print a batch of what may leave a warehouse for these orders: one parcel an order, and its units are picked.

    :param carrier: with ``service``: what all parcels begin with
    :returns: the batch, and the orders that stay, with the reason
    :raises NothingToPick: if nothing may leave; nothing is written then
    """
    wanted = list(dict.fromkeys(order_ids))[:MOST_ORDERS]
    lines = OrderLine.objects.filter(order__in=wanted, allocated__gt=0).values_list("pk", flat=True)
    with allocation.locked(lines=lines, at=at) as queue:
        locked = Order.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True)
        rows = {order.pk: order for order in locked}
        choice = sorted_out(warehouse_id, [rows[pk] for pk in wanted if pk in rows], at=at)
        staying = dict(choice.staying)
        leaving = [
            each for each in choice.leaving if all(line.product_id in queue.product_ids for line, _ in each.lines)
        ]
        if not leaving:
            raise NothingToPick(_nothing(staying))
        batch = Batch.objects.create(warehouse=Warehouse.objects.get(pk=warehouse_id), by=by, printed_at=at)
        _write(batch, leaving, carrier.strip(), service.strip())
    return batch, staying


def _nothing(staying: Mapping[Order, str]) -> str:
    named = [f"{order} {reason}." for order, reason in list(staying.items())[:3]]
    return " ".join(["Nothing of this can leave here now.", *named])


def _write(batch: Batch, leaving: Sequence[Ready], carrier: str, service: str) -> None:
    line_ids = [line.pk for each in leaving for line, _ in each.lines]
    claims = Allocation.objects.filter(line__in=line_ids, stock__warehouse=batch.warehouse)
    shelves = dict(claims.values_list("line_id", "stock_id"))
    parcels = Parcel.objects.bulk_create(
        Parcel(batch=batch, order=each.order, carrier=carrier, service=service) for each in leaving
    )
    ParcelLine.objects.bulk_create(
        ParcelLine(parcel=parcel, line=line, stock_id=shelves[line.pk], quantity=units)
        for parcel, each in zip(parcels, leaving, strict=True)
        for line, units in each.lines
    )
    picking.pick({(line.pk, shelves[line.pk]): units for each in leaving for line, units in each.lines})


@transaction.atomic
def split(parcel_id: int, units: Mapping[int, int], *, at: datetime) -> Parcel:
    """
    Put units of a parcel into another one of the same order, with a number of its own; left out if that one is.

    :param units: by line of the order; something must stay
    :raises NotThisParcel: if it cannot be; nothing is written then
    """
    parcel = Parcel.objects.filter(STANDS, pk=parcel_id).select_related("order").first()
    if parcel:
        Batch.objects.select_for_update(no_key=True).get(pk=parcel.batch_id)
        parcel = Parcel.objects.filter(STANDS, pk=parcel_id).select_related("order").first()
    if parcel is None:
        raise NotThisParcel(why_gone([parcel_id]))
    lines = {row.line_id: row for row in parcel.lines.select_related("line__product")}
    moved = {line_id: count for line_id, count in units.items() if count}
    if not moved:
        raise NotThisParcel("Say how many units go into the other parcel.")
    for line_id, count in moved.items():
        row = lines.get(line_id)
        if row is None or not 0 < count <= row.quantity:
            there = row.quantity if row else 0
            what = row.line.product if row else "this line"
            raise NotThisParcel(f"{there:,} of {what} lie in this parcel, {count:,} cannot go into another one.")
    if sum(moved.values()) == sum(row.quantity for row in lines.values()):
        raise NotThisParcel("Something must stay in this parcel.")
    other = Parcel.objects.create(
        batch_id=parcel.batch_id,
        order=parcel.order,
        carrier=parcel.carrier,
        service=parcel.service,
        is_left_out=parcel.is_left_out,
    )
    for line_id, count in moved.items():
        row = lines[line_id]
        ParcelLine.objects.create(parcel=other, line_id=line_id, stock_id=row.stock_id, quantity=count)
        row.quantity -= count
        if row.quantity:
            row.save(update_fields=["quantity"])
        else:
            row.delete()
    return other
