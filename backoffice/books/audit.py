"""
Do the books balance? Each check counts what disagrees and shows the first few. It reports, it never repairs.

Every figure that is kept beside the rows it comes from is summed again: stock from movements, holds and claims, inbound
from receipts and claims, a line from claims, shipments, history, promises and mails, owed from lines. And a new plan of
any product would change nothing, and no promised day had passed at the last night. All of it is read as it stood at
one moment.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from backoffice.models import JobRun
from inventory.ground.sql import bulk
from inventory.models import Inbound, Movement, MovementKind, Product, Stock, TransferLine
from orders import allocation
from orders.allocation import reading, supply
from orders.allocation.writing import Change
from orders.models import (
    Allocation,
    EventKind,
    Hold,
    LineEvent,
    OrderLine,
    Promise,
    ShipmentLine,
    Unsettled,
)
from suppliers.models import PurchaseOrderLine

from . import audit_promises
from .findings import SHOWN, Finding, finding
from .snapshot import snapshot

BLOCK = 200
WAYS = ("stock", "inbound")
"""What a claim is on."""


def run(*, at: datetime, progress: Callable[[int, int], None] | None = None) -> list[Finding]:
    """
    Check every book, as all of them stood at one moment; an empty list of broken rules means that they balance.

    :param progress: called outside of that moment, where it may write
    """
    checks = [_on_hand, _on_a_shelf, _held, _allocated, _committed, _covered, _pegged, _of_its_product, _shipped]
    checks += [_canceled, _received, _sent, _bought, _owed, *audit_promises.CHECKS]
    checks.append(partial(_not_passed, _last_night()))  # runs are written while all else is read
    findings = []
    with snapshot() as aside:

        def report(done: int, total: int) -> None:
            if progress:
                aside(lambda: progress(done, total))

        for check in checks:
            findings.append(check())
            report(0, 1)
        findings.append(_plan(at, report))
    return findings


def balances(findings: list[Finding]) -> bool:
    return not any(finding.broken for finding in findings)


def _summed(queryset: QuerySet[Any], link: str, column: str) -> Coalesce:
    """The sum of a column over the rows that point here, 0 if there are none."""
    rows = queryset.filter(**{link: OuterRef("pk")}).order_by().values(link).annotate(total=Sum(column))
    return Coalesce(Subquery(rows.values("total")), 0)


def _on_hand() -> Finding:
    moved = (
        Movement.objects.filter(product=OuterRef("product"), warehouse=OuterRef("warehouse"))
        .order_by()
        .values("product")
        .annotate(total=Sum("quantity"))
    )
    rows = Stock.objects.annotate(book=Coalesce(Subquery(moved.values("total")), 0)).exclude(on_hand=F("book"))
    return finding("On hand is the sum of movements", rows, "product__sku", "on_hand", "book")


def _on_a_shelf() -> Finding:
    shelf = Stock.objects.filter(product=OuterRef("product"), warehouse=OuterRef("warehouse"))
    lost = Movement.objects.filter(~Exists(shelf)).order_by().values("product__sku", "warehouse__code")
    rows = lost.annotate(units=Sum("quantity")).exclude(units=0)
    return finding("What moved has a shelf", rows, "product__sku", "warehouse__code", "units")


def _held() -> Finding:
    book = _summed(Hold.objects.filter(units__gt=0), "stock", "units")
    rows = Stock.objects.annotate(book=book).exclude(held=F("book"))
    return finding("Held is the sum of holds", rows, "product__sku", "held", "book")


def _allocated() -> Finding:
    book = _summed(Allocation.objects.all(), "stock", "quantity")
    rows = Stock.objects.annotate(book=book).exclude(allocated=F("book"))
    return finding("Allocated is the sum of allocations", rows, "product__sku", "allocated", "book")


def _committed() -> Finding:
    book = _summed(Allocation.objects.all(), "inbound", "quantity")
    rows = Inbound.objects.annotate(book=book).exclude(committed=F("book"))
    return finding("Committed is the sum of claims", rows, "reference", "committed", "book")


def _covered() -> Finding:
    shelf = _summed(Allocation.objects.filter(stock__isnull=False), "line", "quantity")
    rows = OrderLine.objects.annotate(book=shelf).exclude(allocated=F("book"))
    return finding(
        "A line's allocated is the sum of its claims on stock", rows, "order__reference", "allocated", "book"
    )


def _pegged() -> Finding:
    road = _summed(Allocation.objects.filter(inbound__isnull=False), "line", "quantity")
    rows = OrderLine.objects.annotate(book=road).exclude(pegged=F("book"))
    return finding("A line's pegged is the sum of its claims on inbound", rows, "order__reference", "pegged", "book")


def _astray() -> QuerySet[Allocation]:
    """Claims on supply of another product than their line's; such a queue cannot even be planned."""
    other = [Q(**{f"{way}__isnull": False}) & ~Q(**{f"{way}__product": F("line__product")}) for way in WAYS]
    return Allocation.objects.filter(other[0] | other[1])


def _of_its_product() -> Finding:
    rows = _astray().order_by("pk")
    return finding("A claim is on units of its line's product", rows, "line__order__reference", "quantity")


def _shipped() -> Finding:
    rows = OrderLine.objects.annotate(book=_summed(ShipmentLine.objects.all(), "line", "quantity"))
    rows = rows.exclude(shipped=F("book"))
    return finding("A line's shipped is the sum of its shipments", rows, "order__reference", "shipped", "book")


def _canceled() -> Finding:
    canceled = _summed(LineEvent.objects.filter(kind=EventKind.CANCELED), "line", "units")
    shrunk = LineEvent.objects.filter(kind__in=(EventKind.QUANTITY, EventKind.SUBSTITUTED), units__lt=0)
    rows = OrderLine.objects.annotate(book=canceled - _summed(shrunk, "line", "units")).exclude(canceled=F("book"))
    return finding("A line's canceled is what its history took off", rows, "order__reference", "canceled", "book")


def _received() -> Finding:
    book = _summed(Movement.objects.filter(kind=MovementKind.RECEIPT), "inbound", "quantity")
    rows = Inbound.objects.annotate(book=book, came=F("received") + F("surplus")).exclude(came=F("book"))
    return finding("Received, with what came beyond it, is the sum of receipts", rows, "reference", "came", "book")


def _sent() -> Finding:
    """A transfer takes off one shelf what it sets on the road: its line, its inbound and its movements agree."""
    left = (
        Movement.objects.filter(
            kind=MovementKind.TRANSFER,
            product=OuterRef("product"),
            warehouse=OuterRef("transfer__source"),
            reference=OuterRef("transfer__reference"),
        )
        .order_by()
        .values("product")
        .annotate(total=-Sum("quantity"))
    )
    rows = TransferLine.objects.annotate(book=Coalesce(Subquery(left.values("total")), 0))
    rows = rows.exclude(quantity=F("book"), inbound__quantity=F("book"))
    rule = "A transfer is on its way with what left"
    return finding(rule, rows, "transfer__reference", "quantity", "inbound__quantity", "book")


def _bought() -> Finding:
    """What was asked of a supplier is what is expected of them: neither changes once it was sent."""
    rows = PurchaseOrderLine.objects.filter(inbound__isnull=False).exclude(quantity=F("inbound__quantity"))
    rule = "A purchase order expects what it asks for"
    return finding(rule, rows.order_by("pk"), "purchase_order__reference", "quantity", "inbound__quantity")


def _owed() -> Finding:
    """Compare by product, warehouse and date: covered units are owed where their supply is, others where wanted."""
    differ = bulk.fetch(OWED, [])
    skus = Product.objects.in_bulk({row[0] for row in differ[:SHOWN]})
    examples = tuple(
        f"{skus[product]} by {promised or 'no date'}: {units} against {book}"
        for product, promised, units, book in differ[:SHOWN]
    )
    return Finding("Owed is what lines still wait for", len(differ), examples)


def _last_night() -> JobRun | None:
    """The last night that went well; not one of a release in which time moved no promises."""
    ran = JobRun.objects.filter(job="nightly", finished_at__isnull=False, error="", claimed_until__isnull=False)
    return ran.order_by("-business_date").first()


def _not_passed(night: JobRun | None) -> Finding:
    """After a night that went well, no open line is promised a day that had passed when it ran."""
    rows = OrderLine.objects.none()
    if night:
        # what came here since with a day that had passed is for the next night
        since = Promise.objects.filter(line=OuterRef("pk"), at__gte=night.started_at)
        rows = OrderLine.objects.open().filter(~Exists(since), promised_date__lt=night.business_date)
    return finding("No promised day has passed", rows.order_by("pk"), "order__reference", "promised_date")


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
        UNION ALL
        SELECT line.id, line.product_id, line.promised_date, line.uncovered, placed.warehouse_id
        FROM orders_orderline AS line JOIN orders_order AS placed ON placed.id = line.order_id
        WHERE line.uncovered > 0
    ) AS share
    GROUP BY id, product_id, warehouse_id, promised_date
) AS both_sides
GROUP BY product_id, warehouse_id, promised_date
HAVING SUM(units) <> SUM(book) OR SUM(lines) <> SUM(book_lines)
ORDER BY product_id
"""


def _plan(at: datetime, progress: Callable[[int, int], None] | None) -> Finding:
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
