"""What changes supply without a purchase order: inbound, counts, damage, transfers, and what goes with them."""

from django.contrib.auth.models import User
from django.db.models import Sum

from inventory.models import Inbound, MovementKind, Stock
from inventory.supply import counts, inbound, sheets, stock, transfers
from inventory.supply.arriving import rescheduling
from orders import fulfillment
from orders.models import OrderLine

from .hand import HOT, SEEN, Hand

UNBOUGHT = {"transfer_line": None, "purchase_line": None}
"""Inbound that neither a transfer nor a purchase order stands behind."""


def expect(hand: Hand) -> bool:
    """
    Some units, and a part of those that are waited for: so the queue grows no longer than the buyers let it.

    Of all but the hot product more than are asked for: there is something to hold, and to send elsewhere.
    """
    hand.jobs += 1
    product = hand.product()
    waiting = OrderLine.objects.backordered().filter(product=product).aggregate(units=Sum("backordered"))["units"] or 0
    day = hand.dice.choice((None, hand.soon()))
    wanted = inbound.Expectation(
        product,
        hand.dice.choice(hand.places),
        hand.dice.randint(1, 12 if product == HOT else 80) + waiting // 4,
        f"PO-{hand.number}-{hand.jobs}",
        "Nordlys",
        expected_date=day,
        is_confirmed=day is not None,
    )
    return bool(inbound.expect([wanted], by=None, at=hand.at))


def receive(hand: Hand) -> bool:
    return _receive(hand, hand.coming(Inbound.objects.filter(**UNBOUGHT)))


def receive_transfer(hand: Hand) -> bool:
    return _receive(hand, hand.coming(Inbound.objects.exclude(transfer_line=None)))


def _receive(hand: Hand, row: Inbound) -> bool:
    units = hand.dice.choice((row.outstanding, row.outstanding, hand.dice.randint(1, row.outstanding)))
    return bool(inbound.receive([inbound.Receipt(row.pk, units)], by=None, at=hand.at))


def reschedule(hand: Hand) -> bool:
    row, day = hand.coming(Inbound.objects.filter(purchase_line=None)), hand.soon()
    return bool(rescheduling.reschedule([rescheduling.DateChange(row.pk, day, day, day)], by=None, at=hand.at))


def call_off(hand: Hand) -> bool:
    """Units of an inbound will not come."""
    row = hand.coming(Inbound.objects.filter(**UNBOUGHT))
    units = hand.dice.randint(1, min(4, row.outstanding))
    return bool(inbound.cancel([inbound.Cancellation(row.pk, units)], by=None, at=hand.at))


def count(hand: Hand) -> bool:
    """The shelf holds a few units more or less than it did a moment ago."""
    shelf = hand.pick(Stock.objects.filter(product=hand.product()))
    found = max(0, shelf.on_hand + hand.dice.choice((-2, -1, 1, 2)))
    return counts.count([counts.Count(shelf.product_id, shelf.warehouse_id, found)], by=None, at=hand.at) is not None


def count_sheet(hand: Hand) -> bool:
    """A sheet of a whole warehouse, on which somebody found other than the books say of one product."""
    shelf, by = hand.pick(Stock.objects.filter(product=hand.product())), User.objects.get()
    sheet = sheets.open_sheets(sheets.Wanted(shelf.warehouse_id), by=by, at=hand.at)[0]
    found = max(0, shelf.on_hand + hand.dice.choice((-2, -1, 1, 2)))
    sheets.enter(sheet.pk, {shelf.product_id: found}, counted_at=hand.at, by=by, at=hand.at)
    return any(finding.difference for finding in sheets.post(sheet.pk, by=by, at=hand.at))


def damage(hand: Hand) -> bool:
    return _adjust(hand, -hand.dice.randint(1, 2), MovementKind.DAMAGE)


def _adjust(hand: Hand, units: int, kind: MovementKind) -> bool:
    shelf = hand.pick(Stock.objects.filter(product=hand.product()))
    return bool(stock.adjust([stock.Post(shelf.product_id, shelf.warehouse_id, units, kind)], by=None, at=hand.at))


def carry(hand: Hand) -> bool:
    """What is set aside for a line goes to another warehouse, and its claim with it."""
    (line,) = hand.lines(OrderLine.objects.filter(allocated__gt=0, backordered=0, is_stopped=False))
    claim = hand.pick(line.allocations.filter(stock__isnull=False, quantity__gt=0).select_related("stock"))
    assert claim.stock
    here = claim.stock.warehouse_id
    there = hand.dice.choice([place for place in hand.places if place != here])
    wanted = fulfillment.Carried(line.pk, here, there, hand.dice.randint(1, claim.quantity), hand.soon())
    return bool(fulfillment.send_along(wanted, by=None, at=hand.at))


def transfer(hand: Hand) -> bool:
    shelf = hand.pick(Stock.objects.filter(available__gt=0)[:SEEN])
    there = hand.dice.choice([place for place in hand.places if place != shelf.warehouse_id])
    units = {shelf.product_id: hand.dice.randint(1, min(5, shelf.available))}
    draft = transfers.TransferDraft(shelf.warehouse_id, there, units, hand.soon())
    return bool(transfers.send(draft, by=None, at=hand.at))
