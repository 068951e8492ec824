"""Every ground that a promised day can rest on, and how it goes while nobody does anything about it."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from backoffice import nightly
from inventory.models import Product, Warehouse
from inventory.supply import inbound, transfers
from orders.fulfillment import holds
from orders.models import NoticeLine, NoticeState, OrderLine
from orders.promising import by_hand
from orders.tests import make
from suppliers import performance, purchasing
from suppliers.models import Offer
from suppliers.tests.make import approved, buyer, learned, line, offer, sent

GROUNDS: dict[str, Callable[[], OrderLine]] = {}


def ground(build: Callable[[], OrderLine]) -> Callable[[], OrderLine]:
    GROUNDS[build.__name__] = build
    return build


def supplied(days: int = 14) -> Offer:
    """A lamp that one supplier offers, with its lead time learned."""
    make.warehouse()
    found = offer(make.product("LAMP"), days=days)
    learned()
    return found


def in_days(days: int) -> date:
    return make.TODAY + timedelta(days=days)


@ground
def nothing_is_ordered() -> OrderLine:
    return make.line(supplied().product, 5)


@ground
def the_offer_is_withdrawn() -> OrderLine:
    found = supplied()
    waiting = make.line(found.product, 5)
    Offer.objects.filter(pk=found.pk).update(is_active=False)
    return waiting


@ground
def the_offer_is_deleted() -> OrderLine:
    found = supplied()
    waiting = make.line(found.product, 5)
    found.delete()
    return waiting


@ground
def the_supplier_is_on_hold() -> OrderLine:
    found = supplied()
    waiting = make.line(found.product, 5)
    found.supplier.is_on_hold = True
    found.supplier.save()
    return waiting


@ground
def the_product_is_discontinued() -> OrderLine:
    found = supplied()
    waiting = make.line(found.product, 5)
    Product.objects.filter(pk=found.product_id).update(is_discontinued=True)
    return waiting


@ground
def the_purchase_order_is_approved_and_not_sent() -> OrderLine:
    found = supplied()
    waiting = make.line(found.product, 5)
    approved((found, 5))
    return waiting


@ground
def the_purchase_order_is_overdue() -> OrderLine:
    found = supplied()
    sent((found, 5))
    return make.line(found.product, 5)


@ground
def the_confirmed_purchase_order_is_overdue() -> OrderLine:
    found = supplied()
    order = sent((found, 5))
    purchasing.confirm(order.pk, {line(order).pk: in_days(3)}, by=None, at=make.MONDAY)
    return make.line(found.product, 5)


@ground
def the_purchase_order_is_canceled() -> OrderLine:
    found = supplied()
    order = sent((found, 5))
    waiting = make.line(found.product, 5)
    purchasing.cancel(order.pk, reason="bankrupt", by=None, at=make.MONDAY)
    return waiting


@ground
def the_inbound_has_no_date_any_more() -> OrderLine:
    found = supplied()
    order = sent((found, 5))
    waiting = make.line(found.product, 5)
    purchasing.confirm(order.pk, {line(order).pk: in_days(9)}, by=None, at=make.MONDAY)
    purchasing.reschedule(line(order).pk, None, reason="the ship sank", by=None, at=make.MONDAY)
    return waiting


@ground
def the_transfer_has_no_date_any_more() -> OrderLine:
    lamp = make.product("LAMP")
    row = make.coming(lamp, 5, on=in_days(9))
    waiting = make.line(lamp, 5)
    make.moved(row, None)
    return waiting


@ground
def the_inbound_of_a_file_is_overdue() -> OrderLine:
    """A file that does not say when it was sent."""
    lamp = make.product("LAMP")
    wanted = inbound.Expectation(lamp.pk, make.warehouse().pk, 5, "D-1", "Nobody we know", expected_date=in_days(2))
    inbound.expect([wanted], by=None, at=make.MONDAY)
    return make.line(lamp, 5)


@ground
def the_transfer_is_overdue() -> OrderLine:
    lamp, hamburg = make.product("LAMP"), make.warehouse("HAM")
    make.on_hand(lamp, 5, place=hamburg)
    units = {lamp.pk: 5}
    draft = transfers.TransferDraft(hamburg.pk, make.warehouse().pk, units, in_days(2))
    transfers.send(draft, by=None, at=make.MONDAY)
    return make.line(lamp, 5)


@ground
def a_typed_date_has_passed() -> OrderLine:
    waiting = make.line(supplied().product, 5)
    by_hand.set_date([waiting.pk], in_days(1), reason="called", by=None, at=make.MONDAY)
    return waiting


@ground
def a_typed_date_of_a_line_that_is_here_has_passed() -> OrderLine:
    found = supplied()
    order = sent((found, 5))
    waiting = make.line(found.product, 5)
    by_hand.set_date([waiting.pk], in_days(1), reason="called", by=None, at=make.MONDAY)
    purchasing.receive(order.pk, {line(order).pk: (5, 0)}, by=None, at=make.MONDAY)
    return waiting


@ground
def it_is_here_and_nobody_ships_it() -> OrderLine:
    lamp = make.product("LAMP")
    make.on_hand(lamp, 5)
    return make.line(lamp, 5)


@ground
def it_is_here_in_part() -> OrderLine:
    lamp = supplied().product
    make.on_hand(lamp, 2)
    return make.line(lamp, 5)


@ground
def its_warehouse_is_closed() -> OrderLine:
    lamp = make.product("LAMP")
    make.on_hand(lamp, 5)
    waiting = make.line(lamp, 5)
    Warehouse.objects.filter(code="BER").update(is_open=False)
    return waiting


@ground
def the_warehouse_its_inbound_goes_to_is_closed() -> OrderLine:
    lamp = make.product("LAMP")
    make.coming(lamp, 5, on=in_days(20))
    waiting = make.line(lamp, 5)
    Warehouse.objects.filter(code="BER").update(is_open=False)
    return waiting


@ground
def it_ships_with_a_line_nobody_has_ordered() -> OrderLine:
    lamp, shade = supplied().product, make.product("SHADE")
    make.on_hand(shade, 1)
    return make.order((shade, 1), (lamp, 1), is_ship_complete=True).lines.get(product=shade)


@ground
def it_is_wanted_later_and_nobody_ships_it() -> OrderLine:
    lamp = make.product("LAMP")
    make.on_hand(lamp, 5)
    return make.line(lamp, 5, wanted_date=in_days(8))


@ground
def units_held_for_another_are_not_theirs_any_more() -> OrderLine:
    """The held units go to the line when the hold ends, and then nobody ships them."""
    lamp = supplied().product
    shelf = make.on_hand(lamp, 5)
    draft = holds.HoldDraft(lamp.pk, shelf.warehouse_id, make.customer().pk, 5, in_days(2), "asked")
    holds.hold(draft, by=buyer(), at=make.MONDAY)
    return make.line(lamp, 5)


def nights(count: int) -> Iterator[datetime]:
    """Ten past two, so many nights after Monday."""
    first = make.MONDAY.replace(hour=2, minute=10)
    return (first + timedelta(days=number) for number in range(1, count + 1))


def night_of(at: datetime) -> dict[str, Any]:
    """What a night and the minutes before it do about dates; ``test_the_night_does_it`` runs all of a night."""
    holds.expire(at=at)
    performance.learn(at=at)
    return nightly._date(at.date(), at, lambda share: None)


def past(at: datetime) -> int:
    return OrderLine.objects.open().filter(promised_date__lt=at.date()).count()


def facts(waiting: OrderLine) -> QuerySet[NoticeLine]:
    """What was queued about a line since it was placed, newest last."""
    return NoticeLine.objects.filter(line=waiting).exclude(event=f"order:{waiting.order_id}").order_by("pk")


def mails(waiting: OrderLine) -> int:
    return facts(waiting).filter(notice__state=NoticeState.SENT, is_superseded=False).count()
