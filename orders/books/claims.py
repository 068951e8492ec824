"""
Do lines, their claims and what is owed agree, and would a new plan change nothing? Reads; writes nothing.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from inventory.ground.sql import bulk
from inventory.models import Inbound, Product, Stock
from orders import allocation
from orders.allocation import reading, supply
from orders.allocation.writing import Change
from orders.models import (
    COUNTS_AS_SHIPPED,
    Allocation,
    EventKind,
    LineEvent,
    Order,
    OrderLine,
    OrderPayment,
    OrderStop,
    Return,
    ReturnWish,
    ShipmentLine,
    Unsettled,
)
from orders.models.payment import OUT

from .findings import SHOWN, Finding, finding, summed

BLOCK = 200
WAYS = ("stock", "inbound")
"""What a claim is on."""


def _allocated() -> Finding:
    book = summed(Allocation.objects.all(), "stock", "quantity")
    rows = Stock.objects.annotate(book=book).exclude(allocated=F("book"))
    return finding("Allocated is the sum of allocations", rows, "product__sku", "allocated", "book")


def _committed() -> Finding:
    book = summed(Allocation.objects.all(), "inbound", "quantity")
    rows = Inbound.objects.annotate(book=book).exclude(committed=F("book"))
    return finding("Committed is the sum of claims", rows, "reference", "committed", "book")


def _covered() -> Finding:
    shelf = summed(Allocation.objects.filter(stock__isnull=False), "line", "quantity")
    rows = OrderLine.objects.annotate(book=shelf).exclude(allocated=F("book"))
    return finding(
        "A line's allocated is the sum of its claims on stock", rows, "order__reference", "allocated", "book"
    )


def _pegged() -> Finding:
    road = summed(Allocation.objects.filter(inbound__isnull=False), "line", "quantity")
    rows = OrderLine.objects.annotate(book=road).exclude(pegged=F("book"))
    return finding("A line's pegged is the sum of its claims on inbound", rows, "order__reference", "pegged", "book")


def _astray() -> QuerySet[Allocation]:
    """Claims on supply of another product than their line's; such a queue cannot even be planned."""
    other = [Q(**{f"{way}__isnull": False}) & ~Q(**{f"{way}__product": F("line__product")}) for way in WAYS]
    return Allocation.objects.filter(other[0] | other[1])


def _of_its_product() -> Finding:
    rows = _astray().order_by("pk")
    return finding("A claim is on units of its line's product", rows, "line__order__reference", "quantity")


def shipped() -> Finding:
    """What never left, was lost or exchanged is none of them: it ships again."""
    own = ShipmentLine.objects.alias(counts=COUNTS_AS_SHIPPED)
    rows = OrderLine.objects.annotate(book=summed(own, "line", "counts")).exclude(shipped=F("book"))
    return finding("A line's shipped is the sum of its shipments", rows, "order__reference", "shipped", "book")


def _came_back() -> Finding:
    """Whatever came back of a parcel is written down as a return, and nothing else is."""
    units = summed(Return.objects.all(), "shipment_line", "units")
    again = summed(Return.objects.filter(wish=ReturnWish.EXCHANGE), "shipment_line", "units")
    rows = ShipmentLine.objects.alias(came=F("returned") + F("found")).annotate(book=units, again=again)
    rows = rows.exclude(came=F("book"), exchanged=F("again"))
    return finding(
        "What came back of a parcel is what its returns say", rows, "line__order__reference", "returned", "book"
    )


def _canceled() -> Finding:
    canceled = summed(LineEvent.objects.filter(kind=EventKind.CANCELED), "line", "units")
    shrunk = LineEvent.objects.filter(kind__in=(EventKind.QUANTITY, EventKind.SUBSTITUTED), units__lt=0)
    rows = OrderLine.objects.annotate(book=canceled - summed(shrunk, "line", "units")).exclude(canceled=F("book"))
    return finding("A line's canceled is what its history took off", rows, "order__reference", "canceled", "book")


def _stopped() -> Finding:
    own = Allocation.objects.filter(stock__isnull=False, line__is_stopped=True)
    rows = Stock.objects.annotate(book=summed(own, "stock", "quantity")).exclude(stopped=F("book"))
    return finding("Stopped is what is set aside for stopped orders", rows, "product__sku", "stopped", "book")


def _lines_stopped() -> Finding:
    """
    A stop that stands is one of all open lines of its order, and so is a payment that did not come in time; and they
    have let go of what is on its way.
    """
    stands = Exists(OrderStop.objects.filter(order=OuterRef("order"), ended_at=None)) | _is_out()
    rows = OrderLine.objects.open().filter(
        (Q(is_stopped=True) & ~stands) | (Q(is_stopped=False) & stands) | Q(is_stopped=True, pegged__gt=0)
    )
    rule = "The lines of a stopped order are stopped, and claim nothing on its way"
    return finding(rule, rows.order_by("pk"), "order__reference", "is_stopped", "pegged")


def _out() -> Finding:
    rows = OrderLine.objects.filter(_is_out(), allocated__gt=0).order_by("pk")
    return finding("Nothing is set aside for what was not paid in time", rows, "order__reference", "allocated")


def _is_out() -> Exists:
    """Say of a line whether its order is out of the queue, since it was not paid in time."""
    return Exists(OrderPayment.objects.filter(OUT, order=OuterRef("order")))


def _unpaid() -> Finding:
    """An order is unpaid as long as its payment is waited for."""
    waits = Exists(OrderPayment.objects.filter(order=OuterRef("pk"), paid_at=None))
    rows = Order.objects.filter((Q(is_unpaid=True) & ~waits) | (Q(is_unpaid=False) & waits)).order_by("pk")
    return finding("An order is unpaid while its payment is waited for", rows, "reference", "is_unpaid")


def _owed() -> Finding:
    """Compare by product, warehouse and date: covered units are owed where their supply is, others where wanted."""
    differ = bulk.fetch(OWED, [])
    skus = Product.objects.in_bulk({row[0] for row in differ[:SHOWN]})
    examples = tuple(
        f"{skus[product]} by {promised or 'no date'}: {units} against {book}"
        for product, promised, units, book in differ[:SHOWN]
    )
    return Finding("Owed is what lines still wait for", len(differ), examples)


OWED = """
SELECT product_id, promised_date, SUM(units), SUM(book)
FROM (
    SELECT product_id, warehouse_id, promised_date, units, lines, 0 AS book, 0 AS book_lines FROM inventory_owed
    UNION ALL
    SELECT product_id, warehouse_id, promised_date, 0, 0, SUM(units), 1
    FROM (
        SELECT line.id, line.product_id, line.promised_date, claim.quantity AS units,
            COALESCE(stock.warehouse_id, inbound.warehouse_id) AS warehouse_id
        FROM orders_orderline AS line
        JOIN orders_allocation AS claim ON claim.line_id = line.id
        LEFT JOIN inventory_stock AS stock ON stock.id = claim.stock_id
        LEFT JOIN inventory_inbound AS inbound ON inbound.id = claim.inbound_id
        WHERE NOT line.is_stopped
        UNION ALL
        SELECT line.id, line.product_id, line.promised_date, line.uncovered, placed.warehouse_id
        FROM orders_orderline AS line JOIN orders_order AS placed ON placed.id = line.order_id
        WHERE line.uncovered > 0 AND NOT line.is_stopped
    ) AS share
    GROUP BY id, product_id, warehouse_id, promised_date
) AS both_sides
GROUP BY product_id, warehouse_id, promised_date
HAVING SUM(units) <> SUM(book) OR SUM(lines) <> SUM(book_lines)
ORDER BY product_id
"""


def plan(at: datetime, progress: Callable[[int, int], None] | None) -> Finding:
    """Plan every queue again, without writing: nothing may change, and no unit be free while somebody waits."""
    broken: list[int] = []
    product_ids = list(
        Product.objects.filter(Exists(OrderLine.objects.backordered().filter(product=OuterRef("pk"), open__gt=0)))
        .exclude(Exists(Unsettled.objects.filter(product=OuterRef("pk"))))
        .exclude(pk__in=_astray().values("line__product"))
        .values_list("pk", flat=True)
    )
    for done, some in _blocks(product_ids):
        queue = reading.queue(some, short=())
        supplies = supply.read(some, claimed=reading.claimed(queue))
        changes = allocation.planned(queue, supplies, excess={}, at=at)
        differ = {
            change.after.product_id
            for change in changes
            if change.before and change.before.claims != change.after.claims
        }
        broken += differ - {change.after.product_id for change in changes if _has_come(change)}
        if progress:
            progress(done, len(product_ids))
    skus = Product.objects.filter(pk__in=broken[:SHOWN]).values_list("sku", flat=True)
    return Finding("A new plan changes nothing", len(broken), tuple(skus))


def _has_come(change: Change) -> bool:
    """A line may take by now what it left to others: the night, not the audit, gives it to it."""
    before, after = change.before, change.after
    return bool(before and before.together and before.together.is_held_back and before.together != after.together)


def _blocks(product_ids: list[int]) -> Iterator[tuple[int, list[int]]]:
    for first in range(0, len(product_ids), BLOCK):
        some = product_ids[first : first + BLOCK]
        yield first + len(some), some


CHECKS = (
    _allocated, _committed, _covered, _pegged, _of_its_product, shipped, _came_back, _canceled, _stopped,
    _lines_stopped, _out, _unpaid, _owed,
)  # fmt: skip
