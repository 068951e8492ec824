"""
What comes back: from the customer who was sent it, or by itself, since it was lost. And what becomes of it.

Units go on the shelf, to the bin, or wait for a decision: ``inspecting``, here and in no stock. On the shelf they serve
the queue, but not the line of who sent them back, unless a person says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.contrib.auth.models import User
from django.db.models import F

from inventory.models import MovementKind
from inventory.supply import stock
from orders.allocation import writing
from orders.models import Condition, EventKind, NoticeKind, RefundReason, Return, ReturnWish, ShipmentLine
from orders.refunds import owing
from orders.wording import phrases

from . import restocking
from .parcels import NotInTheParcel, ReopenedShipment, Units, taken_up, tell

EXCHANGED, RETURNED = "exchanged", "returned"
"""How the causes begin of what an exchange, and any other return, brought about."""


class NotToDecide(Exception):
    """Nothing of it waits for a decision, or nobody but who sent it back would get what goes on the shelf."""


class Becomes(StrEnum):
    """What becomes of units that came back."""

    RESTOCK = "restock"
    INSPECT = "inspect"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """
    What is said of units that came back together.

    :ivar may_be_theirs: on the shelf they may go to a line of who sent them back; a person was asked
    :ivar is_found: they were lost on the way, and nobody had them
    """

    condition: str = Condition.UNOPENED
    wish: str = ReturnWish.NOTHING
    becomes: Becomes = Becomes.INSPECT
    note: str = ""
    may_be_theirs: bool = False
    is_found: bool = False


def take_in(shipment_id: int, wanted: Units, back: CameBack, *, by: User | None, at: datetime) -> list[Return]:
    """
    Take in units that come back from a shipment.

    For an exchange the line is open again by so many units, in its place; for anything else it stays shipped. Who wants
    their money back is owed it.

    :returns: what was written, one a row; where nobody but who sent it back waits for units that were to go on the
        shelf, these are ``inspecting``
    :raises NotInTheParcel: if more come back than were sent, or were lost; or what was lost is to be exchanged
    """
    with taken_up(shipment_id, wanted, at=at) as parcel:
        if back.is_found:
            parcel.refuse_more(lambda row: row.lost - row.found, "found again")
            if back.wish != ReturnWish.NOTHING:
                raise NotInTheParcel("What was lost ships again already: nobody is owed anything for it.")
        else:
            parcel.refuse_more(lambda row: row.with_customer, "taken back")
        is_exchange = back.wish == ReturnWish.EXCHANGE
        names = ["found"] if back.is_found else ["returned", "exchanged"] if is_exchange else ["returned"]
        parcel.add(*names)
        made = Return.objects.bulk_create(
            Return(
                shipment_line=row,
                units=units,
                condition=back.condition,
                wish=back.wish,
                is_found=back.is_found,
                note=back.note.strip()[:200],
                by=by,
                at=at,
            )
            for row, units in parcel.taken
        )
        cause = parcel.cause(EXCHANGED if is_exchange else RETURNED, names[-1])
        if is_exchange:
            for line_id, units in parcel.by_line().items():
                line = parcel.queue.lines[line_id]
                parcel.queue.change(line, parcel.reopened(line, units))
            parcel.queue.commit(cause=cause, by=by)
        _decide(made, back.becomes, {row.pk: row.units for row in made}, parcel, back.may_be_theirs, by=by)
        after = list(
            Return.objects.filter(pk__in=[row.pk for row in made]).select_related("shipment_line").order_by("pk")
        )
        for line_id in parcel.by_line():
            own = [row for row in after if row.shipment_line.line_id == line_id]
            line, units = parcel.queue.lines[line_id], sum(row.units for row in own)
            parcel.queue.change(
                line, line, writing.history(line, EventKind.RETURNED, _in_words(own, back)[:300], units)
            )
        parcel.queue.commit(cause=cause, by=by, replans=False)
        if is_exchange:
            tell(parcel, NoticeKind.EXCHANGED, parcel.by_line(), cause=cause)
        if back.wish == ReturnWish.REFUND:
            gone = [owing.Unserved(*units) for units in parcel.by_line().items()]
            owing.owe(gone, event=cause, reason=RefundReason.RETURNED, at=at)
            tell(parcel, NoticeKind.RETURNED, parcel.by_line(), cause=cause)
    return after


def decide(
    return_id: int, becomes: Becomes, units: int, *, may_be_theirs: bool = False, by: User | None, at: datetime
) -> Return:
    """
    Say what becomes of units that wait for it.

    :raises NotToDecide: if fewer wait; or if all of them stay, since only who sent them back waits for such
    """
    known = Return.objects.select_related("shipment_line").get(pk=return_id)
    with taken_up(known.shipment_line.shipment_id, {known.shipment_line_id: 0}, at=at) as parcel:
        row = Return.objects.get(pk=return_id)
        if not 1 <= units <= row.inspecting:
            waits = phrases.units(row.inspecting) if row.inspecting else "nothing"
            raise NotToDecide(f"Of this return, {waits} can be decided on, not {units:,}. Nothing was written.")
        _decide([row], becomes, {row.pk: units}, parcel, may_be_theirs, by=by)
        after = Return.objects.get(pk=return_id)
        if after.inspecting == row.inspecting:
            who = parcel.order.customer.name
            raise NotToDecide(
                f"Only {who}, who sent it back, waits for {known.shipment_line.line.product}. Say that it may be "
                "theirs, discard it, or leave it until somebody else wants it."
            )
        if becomes != Becomes.INSPECT:
            line = parcel.queue.lines[known.shipment_line.line_id]
            moved = row.inspecting - after.inspecting
            text = f"{phrases.units(moved)} that came back: {WORDS[becomes]}"
            parcel.queue.change(line, line, writing.history(line, EventKind.RETURNED, text, moved))
            cause = f"decided:{row.pk}:{after.restocked + after.discarded}"
            parcel.queue.commit(cause=cause, by=by, replans=False)
    return after


WORDS = {
    Becomes.RESTOCK: "back on the shelf",
    Becomes.INSPECT: "to be inspected",
    Becomes.DISCARD: "thrown away",
}


BINNED = "Came back, thrown away"


def _in_words(rows: Sequence[Return], back: CameBack) -> str:
    units = sum(row.units for row in rows)
    parts = (
        (sum(row.restocked for row in rows), WORDS[Becomes.RESTOCK]),
        (sum(row.discarded for row in rows), WORDS[Becomes.DISCARD]),
        (sum(row.inspecting for row in rows), WORDS[Becomes.INSPECT]),
    )
    became = [(count, words) for count, words in parts if count]
    where = became[0][1] if len(became) == 1 else ", ".join(f"{count:,} {words}" for count, words in became)
    if back.is_found:
        said = f"{phrases.units(units)} found that {'was' if units == 1 else 'were'} lost"
    else:
        said = f"{phrases.units(units)} came back, {Condition(back.condition).label.lower()}"
    wish = f"; wanted: {ReturnWish(back.wish).label.lower()}" if back.wish != ReturnWish.NOTHING else ""
    note = f": {back.note.strip()}" if back.note.strip() else ""
    return f"{said}, {where}{wish}{note}"


def _decide(
    rows: Sequence[Return],
    becomes: Becomes,
    units: Units,
    parcel: ReopenedShipment,
    may_be_theirs: bool,
    *,
    by: User | None,
) -> None:
    """Let units of returns go on the shelf, as far as they may, or to the bin: by return."""
    products = dict(
        ShipmentLine.objects.filter(returns__in=[row.pk for row in rows]).values_list("returns", "line__product_id")
    )
    place, reference = parcel.shipment.warehouse_id, f"shipment:{parcel.shipment.pk}"
    at = parcel.queue.at
    if becomes == Becomes.DISCARD:
        posts = []
        for row in rows:
            posts += [
                stock.Post(products[row.pk], place, units[row.pk], MovementKind.RETURN, row.note, reference),
                stock.Post(products[row.pk], place, -units[row.pk], MovementKind.DAMAGE, BINNED, reference),
            ]  # fmt: skip
        stock.post(posts, by=by, at=at)
        _count("discarded", {row.pk: units[row.pk] for row in rows})
    if becomes == Becomes.RESTOCK:
        back = [restocking.Back(row.pk, products[row.pk], units[row.pk], row.note) for row in rows]
        customer_id = parcel.order.customer_id
        passed_over = None if may_be_theirs else customer_id
        _count(
            "restocked",
            restocking.restock(back, place, passed_over=passed_over, reference=reference, by=by, at=at),
        )


def _count(column: str, units: Units) -> None:
    for pk, count in units.items():
        if count:
            Return.objects.filter(pk=pk).update(**{column: F(column) + count})
