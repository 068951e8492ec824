"""
What was ordered since the last time, and what was refused, into inventory's record of demand.

Demand is the quantity *ordered*, whatever became of it: units that a customer took back within 24 hours were a mistake
or a change of mind and are taken out, and so is what was never paid; units canceled later, or by us, were demand that
we failed. A substitute counts for the product that was asked for. Refused units count too, less what the customer then
ordered under the same reference; so does what somebody on a restock list asked for, less what they ordered while they
were on it. Writes through ``inventory.demand.entries`` and moves the watermarks.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from django.db.models import Case, Exists, F, Min, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Upper
from django.utils import timezone

from inventory.demand import entries, numbering
from inventory.demand.entries import Entry
from inventory.models import DemandWatermark, Warehouse

from .fulfillment.cancellation import BY_US
from .models import AddedLine, EventKind, LineEvent, Order, OrderLine, Refusal, RestockRequest
from .models.waiting import LIVE

ORDERS, REFUSED, ASKED = numbering.ORDERS, "refused", "restock"
BLOCK = 5_000
"""Orders read at once."""
OVERLAP = timedelta(hours=1)
"""A transaction that began before the last feed may have committed after it."""
REGRET = timedelta(hours=24)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def feed(*, at: datetime, block_done: Callable[[], None] | None = None) -> dict[str, int]:
    """
    Record the demand of every order and refusal that changed since the last feed, and return counts.

    Feeding again changes nothing. Commits by block of 5,000 orders; the watermarks move last.

    :param block_done: called after each block
    """
    since = _fed_until(ORDERS)
    counts: Counter[str] = Counter(orders=0, refusals=0, changed=0)
    for order_ids in _changed_orders(since):
        counts["orders"] += len(order_ids)
        counts["changed"] += entries.record([*_ordered(order_ids), *_counted_before(order_ids)])
        if block_done:
            block_done()
    for refusals in _refusals(since, _fed_until(REFUSED)):
        counts["refusals"] += len(refusals)
        counts["changed"] += entries.record(refusals)
        if block_done:
            block_done()
    for asked in _asked_for(since, _fed_until(ASKED)):
        counts["asked"] += len(asked)
        counts["changed"] += entries.record(asked)
        if block_done:
            block_done()
    for source in (ORDERS, REFUSED, ASKED):
        _move(source, at)
    return dict(counts)


def _fed_until(source: str) -> datetime | None:
    mark = DemandWatermark.objects.filter(source=source).first()
    return mark.fed_until - OVERLAP if mark else None


def _move(source: str, at: datetime) -> None:
    """Move a watermark forwards, never back."""
    DemandWatermark.objects.get_or_create(source=source, defaults={"fed_until": at})
    DemandWatermark.objects.filter(source=source, fed_until__lt=at).update(fed_until=at)


def _changed_orders(since: datetime | None) -> Iterator[list[int]]:
    """Give the orders with a line changed since then, all of them if nothing was ever fed, block by block."""
    lines = OrderLine.objects.filter(changed_at__gte=since) if since else OrderLine.objects.all()
    last = 0
    while block := list(
        lines.filter(order_id__gt=last).order_by("order_id").values_list("order_id", flat=True).distinct()[:BLOCK]
    ):
        yield block
        last = block[-1]


def _ordered(order_ids: Sequence[int]) -> list[Entry]:
    """
    Give what these orders asked for: all their lines, since two of one product add up.

    Units added later are demand of their own day; substitutes are none.
    """
    regretted = _regretted(order_ids)
    lines = OrderLine.objects.filter(order_id__in=order_ids).annotate(is_stand_in=F("addition__is_substitute"))
    rows = lines.values_list(
        "pk",
        "order__channel",
        "order__reference",
        "product_id",
        "order__warehouse_id",
        "placed_at",
        "quantity",
        "position",
        "is_stand_in",
    )
    return [
        Entry(
            ORDERS,
            numbering.of_order(channel, reference) + (f"+{position}" if is_stand_in is False else ""),
            product_id,
            warehouse_id,
            _day(placed_at),
            max(0, quantity - regretted[line_id]),
        )
        for line_id, channel, reference, product_id, warehouse_id, placed_at, quantity, position, is_stand_in in rows
        if not is_stand_in
    ]


def _counted_before(order_ids: Sequence[int]) -> list[Entry]:
    """Take back what history files brought of these orders: the same channel and number, at most a day apart."""
    placed: dict[str, date] = {}
    for channel, reference, placed_at in (
        OrderLine.objects.filter(order_id__in=order_ids)
        .values_list("order__channel", "order__reference")
        .annotate(first=Min("placed_at"))
        .order_by("order_id")
    ):
        day = _day(placed_at)
        for spelling in numbering.spellings(numbering.in_history(channel, reference)):
            placed |= dict.fromkeys([spelling, *numbering.dated_names(spelling, day)], day)
    return [
        Entry(numbering.HISTORY, name, product_id, warehouse_id, day, 0)
        for name, product_id, warehouse_id, day, *_ in entries.recorded(numbering.HISTORY, placed)
        if abs(day - placed[name]) <= numbering.DAY
    ]


def _stand_ins(order_ids: Sequence[int]) -> dict[int, int]:
    """Give each substitute, and the line that was asked for, however often another took its place since."""
    rows = AddedLine.objects.filter(line__order_id__in=order_ids, is_substitute=True).order_by("line")
    asked: dict[int, int] = {}
    for line_id, beside_id in rows.values_list("line_id", "beside_id"):
        asked[line_id] = asked.get(beside_id, beside_id)
    return asked


def _regretted(order_ids: Sequence[int]) -> Counter[int]:
    """
    Count, per line, the units its customer took back within 24 hours, or never paid; those of a substitute at what it
    is for.
    """
    stand_ins = _stand_ins(order_ids)
    taken_back = Q(kind=EventKind.CANCELED) | Q(kind=EventKind.QUANTITY, units__lt=0)
    theirs = LineEvent.objects.filter(taken_back, line__order_id__in=order_ids).exclude(cause__startswith=BY_US)
    rows = theirs.values_list("line_id", "units", "at", "line__placed_at", "line__order__is_unpaid")
    regretted: Counter[int] = Counter()
    for line_id, units, canceled_at, placed_at, is_unpaid in rows:
        if is_unpaid or canceled_at - placed_at <= REGRET:
            regretted[stand_ins.get(line_id, line_id)] += abs(units or 0)
    return regretted


def _refusals(orders_since: datetime | None, since: datetime | None) -> Iterator[list[Entry]]:
    """Give the refusals since then, and those whose order has changed since, block by block."""
    asked, key = OuterRef("reference"), Upper(OuterRef("reference"))
    same = Order.objects.filter(Q(key=key) | Q(reference=asked), channel=OuterRef("channel"))
    ordered = (
        OrderLine.objects.filter(
            Q(order__key=key) | Q(order__reference=asked),
            order__channel=OuterRef("channel"),
            product=OuterRef("product"),
        )
        .values("product")
        .annotate(total=Sum("quantity"))
        .values("total")
    )
    rows = Refusal.objects.annotate(ordered=Subquery(ordered)).order_by("pk")
    if since and orders_since:
        rows = rows.filter(Q(at__gte=since) | Exists(same.filter(lines__changed_at__gte=orders_since)))
    last = 0
    while block := list(rows.filter(pk__gt=last)[:BLOCK]):
        yield [
            Entry(
                REFUSED,
                numbering.of_order(row.channel, row.reference),
                row.product_id,
                row.warehouse_id,
                _day(row.at),
                max(0, row.units - (row.ordered or 0)),
            )
            for row in block
        ]
        last = block[-1].pk


def _asked_for(orders_since: datetime | None, since: datetime | None) -> Iterator[list[Entry]]:
    """
    Give what was asked for on restock lists and confirmed, block by block: as demand of the warehouse asked first, less
    what that address ordered of the product while it was on the list, from its offer or past it: that is demand of its
    own. An erased address keeps what was recorded.
    """
    place = Warehouse.objects.filter(is_open=True).order_by("rank", "pk").values("pk")[:1]
    until = Case(When(state__in=LIVE, then=Value(NEVER)), default=F("changed_at"))
    lines = OrderLine.objects.filter(
        product=OuterRef("product"),
        order__customer__key=OuterRef("key"),
        placed_at__gte=OuterRef("asked_at"),
        placed_at__lte=OuterRef("until"),
    ).exclude(addition__is_substitute=True)
    total = lines.order_by().values("product").annotate(total=Sum("quantity")).values("total")
    rows = RestockRequest.objects.filter(confirmed_at__isnull=False).exclude(key="").order_by("pk")
    rows = rows.annotate(until=until, place=Subquery(place)).annotate(ordered=Subquery(total)).exclude(place=None)
    if since and orders_since:
        rows = rows.filter(Q(changed_at__gte=since) | Exists(lines.filter(changed_at__gte=orders_since)))
    last = 0
    while block := list(rows.filter(pk__gt=last)[:BLOCK]):
        yield [
            Entry(
                ASKED,
                f"request {row.pk}",
                row.product_id,
                row.place,
                _day(row.confirmed_at or row.asked_at),
                max(0, row.quantity - (row.ordered or 0)),
            )
            for row in block
        ]
        last = block[-1].pk


def _day(moment: datetime) -> date:
    """Give the day on the shop's own calendar."""
    return moment.astimezone(timezone.get_default_timezone()).date()
