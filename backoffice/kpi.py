"""
The figures of the shop. Each states its grain: units, lines, orders or SKUs. Reads only, a statement each.

A figure that nothing can be counted for is None, which the screen calls "no data": it is never zero.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.conf import settings
from django.core.cache import cache
from django.db.models import Case, Count, DecimalField, ExpressionWrapper, F, Max, Min, Q, Sum, Value, When
from django.db.models.functions import TruncDate
from django.utils import timezone

from backoffice.models import JobRun
from backoffice.watching import alerts
from inventory.formulas import risk
from inventory.ground.sql import paging
from inventory.models import Inbound, ReorderPolicy
from inventory.night import popular
from orders.models import EventKind, LineEvent, Notice, NoticeState, OrderLine, Refund, RestockRequest
from orders.models.payment import OWED_BACK
from orders.models.waiting import LIVE
from orders.queue import counting, questions
from suppliers import unsent
from suppliers.models import PurchaseOrder, PurchaseOrderLine, Slip

LIKELY = 0.5
"""About to run out: more likely than not, before the next order could arrive."""


@dataclass(frozen=True, slots=True)
class Day:
    """Units that began to wait on one day, and units that waiting lines were given; None: no record."""

    day: date
    new: int | None
    filled: int | None


CALLS = f"state__exact={NoticeState.CALL}"
"""The calls to make, as the list of notices is asked for them."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """The lines of one product that need a decision."""

    product_id: int
    sku: str
    name: str
    lines: int
    units: int
    soonest: date | None
    supplied: date | None
    is_popular: bool = False


def drafts() -> Q:
    """Name the purchase orders that wait for a buyer's approval."""
    return Q(approved_at=None, canceled_at=None)


def troubled() -> Q:
    """Name the notices that need a person: not delivered, or in doubt."""
    return Q(state__in=(NoticeState.DEAD, NoticeState.IN_DOUBT))


def attention(*, at: datetime) -> dict[str, int]:
    """Count what the navigation flags, up to ``paging.BOUND`` + 1; at most ``queue.FRESH_SECONDS`` old."""
    found: dict[str, int] | None = cache.get("kpi:attention")
    if found is None:
        found = paging.bounded_counts(
            {
                "out": ReorderPolicy.objects.filter(stockout_chance__gte=LIKELY),
                "gone": ReorderPolicy.objects.filter(stockout_chance__gte=risk.OUT),
                "drafts": PurchaseOrder.objects.filter(drafts()),
                "untouched": PurchaseOrder.objects.filter(unsent.untouched(at=at)),
                "unsent": PurchaseOrder.objects.filter(unsent.not_sent_in_time(at=at)),
                "notices": Notice.objects.filter(troubled()),
                "calls": Notice.objects.filter(state=NoticeState.CALL),
                "refunds": Refund.objects.filter(OWED_BACK),
                "asking": RestockRequest.objects.filter(state__in=LIVE),
                **alerts.open_by_kind(),
            }
        )
        cache.set("kpi:attention", found, counting.FRESH_SECONDS)
    return {**found, "decide": counting.to_decide(at=at)}


@dataclass(frozen=True, slots=True)
class ReadyTotals:
    """
    Units and orders that can leave today.

    :ivar due_units: promised for today or before, with the orders they are of; the promise is broken a day later
    :ivar value: of the units, in the shop's currency
    """

    units: int
    orders: int
    due_units: int
    due_orders: int
    broken_lines: int
    value: Decimal
    due_value: Decimal


def ready(*, at: datetime) -> ReadyTotals:
    """Count what stands ready, and what of it should have left by tonight, in one statement."""
    due, broken = questions.has_to_leave(at), questions.is_late(at)
    worth = F("allocated") * F("unit_price")
    row = OrderLine.objects.filter(questions.QUESTIONS["ship"].ask(at)).aggregate(
        units=Sum("allocated", default=0),
        orders=Count("order", distinct=True),
        due_units=Sum("allocated", filter=due, default=0),
        due_orders=Count("order", filter=due, distinct=True),
        broken_lines=Count("pk", filter=broken),
        value=Sum(worth, default=Decimal()),
        due_value=Sum(worth, filter=due, default=Decimal()),
    )
    return ReadyTotals(**row)


@dataclass(frozen=True, slots=True)
class AtStake:
    """
    What hangs on promises that are broken, or may well break, in the shop's currency.

    :ivar past_value: what has not left of lines past their promise
    :ivar risk_lines: lines whose promise is at risk, with the orders they are of, and the value of what waits of them
    """

    past_value: Decimal
    risk_lines: int
    risk_orders: int
    risk_value: Decimal


def at_stake(*, at: datetime) -> AtStake:
    """
    Count promises at risk, and add up what hangs on them and on broken ones, in one statement besides the queue's sum.

    That sum is read off an index, which has no prices: those who wait are asked here, for Today alone.
    """
    past, risk = questions.PARTS["past_waiting"](at), questions.PARTS["risk"](at)
    # either by its own index: asked for at once, all who wait would be looked at
    broken, shaky = (OrderLine.objects.filter(each).values("pk") for each in (past, risk))
    row = OrderLine.objects.filter(pk__in=broken.union(shaky, all=True)).aggregate(
        past_value=Sum(F("open") * F("unit_price"), filter=past, default=Decimal()),
        risk_lines=Count("pk", filter=risk),
        risk_orders=Count("order", filter=risk, distinct=True),
        risk_value=Sum(F("backordered") * F("unit_price"), filter=risk, default=Decimal()),
    )
    row["past_value"] += counting.summary(at=at).past_here_value
    return AtStake(**row)


@dataclass(frozen=True, slots=True)
class RefundsDue:
    """
    Refunds, and what is still owed of them.

    :ivar overdue: of them, those whose day has passed, and how much that is
    """

    count: int
    amount: Decimal
    overdue: int
    overdue_amount: Decimal


def refunds(*, at: datetime) -> RefundsDue:
    """Add up what is still owed back, and what of it is overdue, in one statement."""
    late = Q(due_date__lt=timezone.localdate(at))
    row = Refund.objects.filter(OWED_BACK).aggregate(
        count=Count("pk"),
        amount=Sum("outstanding", default=Decimal()),
        overdue=Count("pk", filter=late),
        overdue_amount=Sum("outstanding", filter=late, default=Decimal()),
    )
    return RefundsDue(**row)


def coming(*, at: datetime) -> dict[str, int]:
    """Count what comes within a week and today, what is overdue, and what was moved since yesterday; one statement."""
    today = timezone.localdate(at)
    to_come = Inbound.objects.filter(outstanding__gt=0)
    return paging.bounded_counts(
        {
            "today": to_come.filter(likely_date=today),
            "week": to_come.filter(likely_date__range=(today, today + timedelta(days=6))),
            "overdue": to_come.filter(expected_date__lt=today),
            "slips": Slip.objects.filter(at__gte=yesterday(at)),
        }
    )


def yesterday(at: datetime) -> datetime:
    """Give the first moment of yesterday, where the reader lives."""
    return timezone.make_aware(datetime.combine(timezone.localdate(at) - timedelta(days=1), time.min))


def drafted() -> Decimal:
    """Add up the goods of all drafts, in the shop's currency at the rates of their suppliers."""
    ours = Q(purchase_order__supplier__currency__in=("", settings.SHOP_CURRENCY))
    rate = Case(When(ours, then=Value(Decimal(1))), default=F("purchase_order__supplier__rate"))
    lines = PurchaseOrderLine.objects.filter(purchase_order__in=PurchaseOrder.objects.filter(drafts()).values("pk"))
    worth = ExpressionWrapper(F("quantity") * F("unit_price") * rate, DecimalField(max_digits=24, decimal_places=4))
    found: Decimal = lines.aggregate(sum=Sum(worth, default=Decimal()))["sum"]
    return found


def flow(*, on: date, days: int = 14) -> list[Day]:
    """
    Count units that began to wait against units that waiting lines were given, day by day until ``on``.

    Units a line lost wait again, so they count as new. Days before the first record have no data.
    """
    start = on - timedelta(days=days - 1)
    rows = (
        LineEvent.objects.filter(at__gte=timezone.make_aware(datetime.combine(start, time.min)))
        .annotate(day=TruncDate("at"))
        .values("day")
        .annotate(
            placed=Sum("units", filter=Q(kind=EventKind.PLACED), default=0),
            lost=Sum("units", filter=Q(kind=EventKind.LOST), default=0),
            filled=Sum("units", filter=Q(kind=EventKind.ALLOCATED), default=0),
        )
    )
    found = {row["day"]: (row["placed"] - row["lost"], row["filled"]) for row in rows}
    first = LineEvent.objects.order_by("at").values_list("at", flat=True).first()
    began = timezone.localdate(first) if first else None
    unknown = (None, None)
    days_shown = (start + timedelta(days=index) for index in range(days))
    return [Day(day, *(found.get(day, (0, 0)) if began and day >= began else unknown)) for day in days_shown]


def undecided(*, at: datetime, limit: int = 8) -> list[Undecided]:
    """Give the products with the most units that need a decision, the popular ones marked, in two statements."""
    rows = (
        OrderLine.objects.filter(counting.asked("decide", at=at))
        .values("product_id", "product__sku", "product__name")
        .annotate(lines=Count("pk"), units=Sum("backordered"), soonest=Min("promised_date"), supplied=Max("safe_date"))
        .order_by("-units", "product__sku")
    )
    columns = ("product_id", "product__sku", "product__name", "lines", "units", "soonest", "supplied")
    found = list(rows.values_list(*columns)[:limit])
    stars = popular.of(row[0] for row in found)
    return [replace(Undecided(*row), is_popular=row[0] in stars) for row in found]


def last_run(job: str) -> JobRun | None:
    """Give the newest run of a job; None: it has not run yet."""
    return JobRun.objects.filter(job=job).order_by("-business_date", "-pk").first()
