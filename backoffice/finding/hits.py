"""
What the palette finds: of each kind, what its rows are called, and what one needs to choose among them.

Reads only. The words are made here, of numbers that ``jump`` has read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    DateField,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from inventory.ground import keys
from inventory.models import Inbound, Owed, Product, Stock
from inventory.models.folded import Folded
from orders.answering import finding
from orders.models import Customer, Order, OrderLine, OrderStop, Shipment, ShipmentLine
from orders.models.records import Plain, plain
from suppliers.models import PurchaseOrder, PurchaseOrderLine, Supplier

Numbers = tuple[int, int, int]
Words = Callable[[bool, Numbers, str, str], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """
    One kind of hit.

    :ivar many: what its rows are called together
    :ivar called: gives a text in the form in which its rows are called
    :ivar exact: asks for the rows that are called just so, by an index of its own
    :ivar columns: ``COLUMNS`` as expressions; of those that are missing ``BLANK``
    :ivar only: leaves out the rows that another kind shows
    :ivar beside: gives rows that hold all pieces together with what belongs to them, of so many of the newest
    :ivar words: says of a hit what one needs to choose: open or not, the numbers, day and moment in words
    """

    name: str
    many: str
    model: type[Folded]
    called: Callable[[str], str]
    exact: Callable[[str], Q]
    columns: dict[str, Any]
    words: Words
    only: Q = field(default_factory=Q)
    beside: Callable[..., QuerySet[Any]] | None = None


def _of(rows: QuerySet[Any], per: str, figure: Any) -> Any:
    """Compute a figure of the rows that belong to the one at hand."""
    own = rows.filter(**{per: OuterRef("pk")}).order_by().values(per)
    return Subquery(own.annotate(figure_of=figure).values("figure_of"))


def _units(rows: QuerySet[Any], per: str, column: str) -> Any:
    return Coalesce(Cast(_of(rows, per, Sum(column)), BigIntegerField()), 0)


def _any_of(rows: QuerySet[Any]) -> Exists:
    """Ask whether one of these belongs to the order at hand."""
    return Exists(rows.filter(order=OuterRef("pk")))


def as_flag(condition: Any) -> Any:
    """1 or 0, which both databases sort and join alike."""
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())


LINES = OrderLine.objects.all()
WAITING = OrderLine.objects.filter(is_stopped=False)
STOPPED = OrderLine.objects.filter(open__gt=0, is_stopped=True)
EXPECTED = Inbound.objects.open()


OUT = ("", "stopped", "not paid in time", "unpaid", "paid late")
"""Why an open order is not in the queue, or may not leave, in the words of its list; by the number that tells it."""


def _order(is_open: bool, numbers: Numbers, day: str, moment: str) -> str:
    units, undated, out = numbers
    if not is_open:
        return f"{'shipped' if units else 'canceled'}, placed {moment}"
    return ", ".join(filter(None, (OUT[out], _waiting(units, undated, day)))) or "here, not shipped"


def _waiting(units: int, undated: int, day: str) -> str:
    """Say by when all that waits is promised; of what waits in part without a day, both parts."""
    if not units:
        return ""
    if not undated or not day:
        return f"{units:,} waiting, " + (f"promised by {day}" if day else "no date")
    return f"{units:,} waiting, {units - undated:,} promised by {day}, {undated:,} without a date"


def _product(is_open: bool, numbers: Numbers, day: str, moment: str) -> str:
    owed, available, _ = numbers
    return f"{available:,} available · {owed:,} owed" + ("" if is_open else " · discontinued")


def _purchase(is_open: bool, numbers: Numbers, day: str, moment: str) -> str:
    outstanding, step, _ = numbers
    word = ("draft", "approved", "sent", "confirmed", "canceled")[step]
    if outstanding:
        return f"{word} · {outstanding:,} to come" + (f", from {day}" if day else "")
    return word if is_open or word == "canceled" else "received"


def _customer(is_open: bool, numbers: Numbers, day: str, moment: str) -> str:
    if not is_open:
        return f"nothing open, last order {moment}" if moment else "no order yet"
    waiting, here, _ = numbers
    return f"{waiting:,} waiting" if waiting else "here, not shipped" if here else "stopped"


def _parcel(is_open: bool, numbers: Numbers, day: str, moment: str) -> str:
    return f"left on {moment}" if numbers[2] else "never left"


def _inbound(is_open: bool, numbers: Numbers, day: str, moment: str) -> str:
    to_come, arrived, _ = numbers
    if not is_open:
        return "arrived" if arrived else "canceled"
    return f"{to_come:,} to come" + (f", {day}" if day else ", no date")


def _supplier(is_open: bool, numbers: Numbers, day: str, moment: str) -> str:
    return ("" if is_open else "on hold · ") + (f"{numbers[0]:,} to come" if numbers[0] else "nothing to come")


KINDS: Sequence[Kind] = (
    Kind(
        "Order",
        "orders",
        Order,
        keys.key,
        lambda called: Q(key=called),
        {
            "label": F("reference"),
            "who": F("customer__name"),
            "is_open": as_flag(_any_of(LINES.filter(open__gt=0))),
            "one": Case(
                When(_any_of(LINES.filter(open__gt=0)), then=_units(WAITING, "order", "backordered")),
                default=_units(LINES, "order", "shipped"),
            ),
            "two": _units(WAITING.filter(promised_date=None), "order", "backordered"),
            "three": Case(
                When(_any_of(OrderStop.objects.filter(ended_at=None)), then=Value(1)),
                When(Q(is_unpaid=True) & _any_of(STOPPED), then=Value(2)),
                When(is_unpaid=True, then=Value(3)),
                When(_any_of(STOPPED), then=Value(4)),
                default=Value(0),
                output_field=IntegerField(),
            ),
            "day": _of(WAITING.filter(backordered__gt=0), "order", Max("promised_date")),
            "moment": F("placed_at"),
        },
        _order,
        beside=finding.together,
    ),
    Kind(
        "Product",
        "products",
        Product,
        keys.key,
        lambda called: Q(key=called),
        {
            "label": F("sku"),
            "who": F("name"),
            "is_open": as_flag(Q(is_discontinued=False)),
            "one": _units(Owed.objects.all(), "product", "units"),
            "two": _units(Stock.objects.all(), "product", "available"),
        },
        _product,
    ),
    Kind(
        "Purchase order",
        "purchase orders",
        PurchaseOrder,
        keys.key,
        lambda called: Q(reference=called),
        {
            "label": F("reference"),
            "who": F("supplier__name"),
            "is_open": as_flag(
                Q(sent_at=None, canceled_at=None)
                | Exists(PurchaseOrderLine.objects.filter(purchase_order=OuterRef("pk"), inbound__outstanding__gt=0)),
            ),
            "one": _units(EXPECTED, "purchase_line__purchase_order", "outstanding"),
            "two": Case(
                When(canceled_at__isnull=False, then=Value(4)),
                When(confirmed_at__isnull=False, then=Value(3)),
                When(sent_at__isnull=False, then=Value(2)),
                When(approved_at__isnull=False, then=Value(1)),
                default=Value(0),
                output_field=IntegerField(),
            ),
            "day": _of(EXPECTED, "purchase_line__purchase_order", Min("likely_date")),
        },
        _purchase,
    ),
    Kind(
        "Customer",
        "customers",
        Customer,
        keys.key,
        lambda called: Q(key=called),
        {
            "label": F("name"),
            "who": Case(When(email="", then=F("phone")), default=F("email"), output_field=CharField()),
            "is_open": as_flag(Exists(LINES.filter(order__customer=OuterRef("pk"), open__gt=0))),
            "one": _units(WAITING, "order__customer", "backordered"),
            "two": _units(WAITING, "order__customer", "allocated"),
            "moment": _of(Order.objects.all(), "customer", Max("placed_at")),
        },
        _customer,
    ),
    Kind(
        "Parcel",
        "parcels",
        Shipment,
        plain,
        lambda called: Q(pk__in=Shipment.objects.alias(it=Plain("tracking")).filter(it=called).values("pk")),
        {
            "label": F("tracking"),
            "who": F("order__reference"),
            "two": F("order_id"),
            "three": as_flag(Exists(ShipmentLine.objects.filter(shipment=OuterRef("pk"), quantity__gt=F("reversed")))),
            "moment": F("shipped_at"),
        },
        _parcel,
    ),
    Kind(
        "Inbound",
        "inbound",
        Inbound,
        keys.clean,
        lambda called: Q(reference=called),
        {
            "label": F("reference"),
            "who": F("product__sku"),
            "is_open": as_flag(Q(outstanding__gt=0)),
            "one": F("outstanding"),
            "two": F("received") + F("surplus"),
            "day": F("likely_date"),
        },
        _inbound,
        only=Q(purchase_line=None),
    ),
    Kind(
        "Supplier",
        "suppliers",
        Supplier,
        keys.key,
        lambda called: Q(code=called),
        {
            "label": F("name"),
            "who": F("code"),
            "is_open": as_flag(Q(is_on_hold=False)),
            "one": _units(EXPECTED, "purchase_line__purchase_order__supplier", "outstanding"),
        },
        _supplier,
    ),
)
BLANK: dict[str, Any] = {
    "is_open": Value(0, IntegerField()),
    "one": Value(0, IntegerField()),
    "two": Value(0, IntegerField()),
    "three": Value(0, IntegerField()),
    "day": Cast(Value(None), DateField()),
    "moment": Cast(Value(None), DateTimeField()),
}
COLUMNS = ("label", "who", "is_open", "one", "two", "three", "day", "moment")
