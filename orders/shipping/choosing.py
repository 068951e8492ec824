"""What can leave a warehouse now, and what of it may not, with the reason. Reads; ``batching`` makes parcels of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, Count, F, Max, Min, QuerySet, Sum, Value, When

from inventory.models import Warehouse
from orders.fulfillment import ready
from orders.fulfillment.changes.addressing import unanswered
from orders.fulfillment.ready import Ready
from orders.models import Allocation, Order

MOST_ORDERS = 500
"""Orders that one batch takes: what a floor picks in one go, and a page still shows."""
FROM_ITS_PAGE = f"{ready.ASKED_ELSEWHERE}: do so first, or ship it from its own page"
ELSEWHERE = "ships only complete, and lies in several warehouses: ship it from its own page"


@dataclass(frozen=True, slots=True)
class Wishes:
    """
    Which of the orders that lie in a warehouse are wanted in a batch; all, if nothing is said.

    :ivar product_ids: some of one of these products is here for it
    :ivar promised_by: a line of it that is here is promised by this day
    :ivar least_priority: a line of it that is here has at least this priority
    :ivar carrier: something has gone to its customer with this carrier
    """

    order_ids: Collection[int] | None = None
    product_ids: Collection[int] | None = None
    promised_by: date | None = None
    least_priority: int = 0
    carrier: str = ""


EVERYTHING = Wishes()


@dataclass(frozen=True, slots=True)
class Choice:
    """
    What a batch would take, and what would stay, with why.

    :ivar more: orders beyond the most that one batch takes
    """

    leaving: Sequence[Ready]
    staying: dict[Order, str]
    more: int = 0

    @property
    def units(self) -> int:
        return sum(each.units for each in self.leaving)


def look(warehouse_id: int, wishes: Wishes = EVERYTHING, *, at: datetime) -> Choice:
    """Sort out what lies in a warehouse: the highest priority first, then what was promised first, then by age."""
    claims = _wanted(wishes).filter(stock__warehouse=warehouse_id)
    found = claims.order_by().values_list("line__order").annotate(rank=-Max("line__priority"), day=Min(_DAY))
    wanted = [pk for pk, _, _ in found.order_by("rank", "day", "line__order")]
    some = wanted[:MOST_ORDERS]
    orders = Order.objects.filter(pk__in=some).select_related("customer", "ship_to").in_bulk()
    choice = sorted_out(warehouse_id, [orders[pk] for pk in some if pk in orders], at=at)
    return Choice(choice.leaving, choice.staying, len(wanted) - len(some))


def places(wishes: Wishes = EVERYTHING) -> list[tuple[Warehouse, int, int]]:
    """Give the warehouses in which something of this lies, each with how many orders and units, in their rank."""
    found = (
        _wanted(wishes)
        .order_by()
        .values_list("stock__warehouse")
        .annotate(orders=Count("line__order", distinct=True), units=Sum(F("quantity") - F("picked")))
    )
    sums = {place: (orders, units) for place, orders, units in found}
    rows = Warehouse.objects.filter(pk__in=sums).order_by("rank", "pk")
    return [(place, *sums[place.pk]) for place in rows]


def _wanted(wishes: Wishes) -> QuerySet[Allocation]:
    claims = Allocation.objects.filter(stock__isnull=False, quantity__gt=F("picked"))
    if wishes.order_ids is not None:
        claims = claims.filter(line__order__in=list(wishes.order_ids))
    if wishes.product_ids is not None:
        claims = claims.filter(line__product__in=list(wishes.product_ids))
    if wishes.promised_by:
        claims = claims.filter(line__promised_date__lte=wishes.promised_by)
    if wishes.least_priority:
        claims = claims.filter(line__priority__gte=wishes.least_priority)
    if wishes.carrier:
        customers = Order.objects.filter(shipments__carrier__istartswith=wishes.carrier).values("customer")
        claims = claims.filter(line__order__customer__in=customers)
    return claims


_DAY = Case(When(line__promised_date=None, then=Value(date.max)), default=F("line__promised_date"))


def sorted_out(warehouse_id: int, orders: Sequence[Order], *, at: datetime) -> Choice:
    """Say of each order what of it may leave this warehouse, or why it stays."""
    parcels, staying = ready.of_orders(orders)
    here: dict[int, list[Ready]] = {}
    for parcel in parcels:
        here.setdefault(parcel.order.pk, []).append(parcel)
    wishes = unanswered(here)
    leaving = []
    for order in orders:
        own = here.get(order.pk, [])
        if not own:
            continue
        if reason := FROM_ITS_PAGE if order.pk in wishes else why_not(order, own, at=at):
            staying[order] = reason
        else:
            leaving += [parcel for parcel in own if parcel.warehouse.pk == warehouse_id]
    return Choice(leaving, staying)


def why_not(order: Order, parcels: Sequence[Ready], *, at: datetime) -> str:
    """Say why an order, all of which is fit to leave, does not leave from the desk; nothing if it does."""
    if reason := ready.later(order, at=at):
        return reason
    return ELSEWHERE if order.is_ship_complete and len(parcels) > 1 else ""
