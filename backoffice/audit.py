"""
Do the books balance? Each check counts what disagrees and shows the first few. It reports, it never repairs.

On hand is the sum of movements, held the sum of holds, allocated and committed are the sums of claims, a line's
quantities are the sums of its claims, owed is what lines still wait for, no promised day had passed at the last night,
and a new plan of any product would change nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from backoffice.models import JobRun
from inventory.models import Inbound, Movement, Owed, Product, Stock
from orders import allocation, reading, supply
from orders.models import Allocation, Hold, OrderLine, Unsettled
from orders.writing import Change

SHOWN = 5
BLOCK = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its rule in words, how many rows break it, and the first few."""

    rule: str
    broken: int
    examples: tuple[str, ...]


def run(*, at: datetime, progress: Callable[[int, int], None] | None = None) -> list[Finding]:
    """Check every book; an empty list of broken rules means that they balance."""
    checks = [_on_hand, _held, _allocated, _committed, _lines, _owed]
    findings = [check() for check in checks]
    findings += [_promised(), _plan(at, progress)]
    return findings


def balances(findings: list[Finding]) -> bool:
    return not any(finding.broken for finding in findings)


def _summed(queryset: QuerySet[Any], link: str, column: str) -> Coalesce:
    """The sum of a column over the rows that point here, 0 if there are none."""
    rows = queryset.filter(**{link: OuterRef("pk")}).order_by().values(link).annotate(total=Sum(column))
    return Coalesce(Subquery(rows.values("total")), 0)


def _finding(rule: str, rows: QuerySet[Any], *parts: str) -> Finding:
    broken = rows.count()
    examples = tuple(
        ": ".join((str(row[0]), " against ".join(str(value) for value in row[1:])))
        for row in (rows.values_list(*parts)[:SHOWN] if broken else ())
    )
    return Finding(rule, broken, examples)


def _on_hand() -> Finding:
    moved = (
        Movement.objects.filter(product=OuterRef("product"), warehouse=OuterRef("warehouse"))
        .order_by()
        .values("product")
        .annotate(total=Sum("quantity"))
    )
    rows = Stock.objects.annotate(book=Coalesce(Subquery(moved.values("total")), 0)).exclude(on_hand=F("book"))
    return _finding("On hand is the sum of movements", rows, "product__sku", "on_hand", "book")


def _held() -> Finding:
    book = _summed(Hold.objects.filter(units__gt=0), "stock", "units")
    rows = Stock.objects.annotate(book=book).exclude(held=F("book"))
    return _finding("Held is the sum of holds", rows, "product__sku", "held", "book")


def _allocated() -> Finding:
    book = _summed(Allocation.objects.all(), "stock", "quantity")
    rows = Stock.objects.annotate(book=book).exclude(allocated=F("book"))
    return _finding("Allocated is the sum of allocations", rows, "product__sku", "allocated", "book")


def _committed() -> Finding:
    book = _summed(Allocation.objects.all(), "inbound", "quantity")
    rows = Inbound.objects.annotate(book=book).exclude(committed=F("book"))
    return _finding("Committed is the sum of claims", rows, "reference", "committed", "book")


def _lines() -> Finding:
    shelf = _summed(Allocation.objects.filter(stock__isnull=False), "line", "quantity")
    road = _summed(Allocation.objects.filter(inbound__isnull=False), "line", "quantity")
    rows = OrderLine.objects.annotate(shelf=shelf, road=road).exclude(allocated=F("shelf"), pegged=F("road"))
    return _finding("A line's quantities are the sums of its claims", rows, "order__reference", "allocated", "shelf")


def _owed() -> Finding:
    owed = dict(Owed.objects.order_by().values_list("product").annotate(total=Sum("units")))
    waiting = dict(OrderLine.objects.open().order_by().values_list("product").annotate(total=Sum("open")))
    differ = sorted(pk for pk in owed.keys() | waiting.keys() if owed.get(pk, 0) != waiting.get(pk, 0))
    skus = Product.objects.in_bulk(differ[:SHOWN])
    examples = tuple(f"{skus[pk]}: {owed.get(pk, 0)} against {waiting.get(pk, 0)}" for pk in differ[:SHOWN])
    return Finding("Owed is what lines still wait for", len(differ), examples)


def _promised() -> Finding:
    """After a night that went well, no open line is promised a day that had passed when it ran."""
    ran = JobRun.objects.filter(job="nightly", finished_at__isnull=False, error="").order_by("-business_date")
    nights = ran.values_list("business_date", flat=True)[:1]
    rows = OrderLine.objects.open().filter(promised_date__lt=nights[0]) if nights else OrderLine.objects.none()
    return _finding("No promised day has passed", rows.order_by("pk"), "order__reference", "promised_date")


def _plan(at: datetime, progress: Callable[[int, int], None] | None) -> Finding:
    """Plan every queue again, without writing: nothing may change, and no unit be free while somebody waits."""
    broken: list[int] = []
    product_ids = list(
        Product.objects.filter(Exists(OrderLine.objects.backordered().filter(product=OuterRef("pk"), open__gt=0)))
        .exclude(Exists(Unsettled.objects.filter(product=OuterRef("pk"))))
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
