"""
Everything that happened to orders, in one row of time: placed, promised, mailed, changed, shipped, noted.

Reads only, in one statement: of all that there is the newest ``MOST``, and how much there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    DateField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from inventory.ground.sql import bulk
from inventory.models import Note
from orders.models import (
    LEFT,
    Customer,
    EventKind,
    LineEvent,
    Notice,
    NoticeLine,
    Order,
    OrderEvent,
    OrderLine,
    Promise,
    Shipment,
    ShipmentLine,
)  # fmt: skip

MOST = 100
KINDS = {
    "placed": "Placed",
    "promised": "Promised",
    "mailed": "Mailed",
    "changed": "Changed",
    "shipped": "Shipped",
    "noted": "Noted",
}
TOLD_ELSEWHERE = (EventKind.PLACED, EventKind.SHIPPED)
"""Events of lines that the order, or its parcel, tells once for all of them."""


class Happening(NamedTuple):
    """
    One thing that happened. What its columns hold depends on its kind.

    :ivar pk: of the row that tells it
    :ivar word: the channel, how we knew, the kind of mail or event, the warehouse, what a note is on
    :ivar text: the reason, the subject, what changed, the carrier, the note
    :ivar line_id: 0 where it happened to the whole order
    :ivar about: the inbound, how a mail stands, the tracking number
    :ivar promised: of a parcel, the day by which it should be there
    :ivar exact: the exact words of a mail
    """

    kind: str
    pk: int
    at: datetime
    by: str
    order: str
    order_id: int
    line_id: int
    sku: str
    word: str
    text: str
    about: str
    about_id: int
    units: int
    likely: date | None
    promised: date | None
    exact: str


@dataclass(frozen=True, slots=True)
class Chronicle:
    """The newest entries, and how many there are in all."""

    entries: Sequence[Happening]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.entries)


COLUMNS = Happening._fields[:-1]
FOLLOWS = ("placed", "promised", "changed", "shipped", "mailed", "noted")
"""Of what happened at one moment, one follows from the other."""
_PLACES = " ".join(f"WHEN '{kind}' THEN {place}" for place, kind in enumerate(FOLLOWS))
NEWEST_FIRST = f"the_at DESC, CASE the_kind {_PLACES} END DESC, the_pk DESC"
TEXT, NUMBER = CharField(), BigIntegerField()
BLANK: dict[str, Any] = {
    **{name: Value("", TEXT) for name in ("by", "order", "sku", "word", "text", "about")},
    **{name: Value(0, NUMBER) for name in ("order_id", "line_id", "about_id", "units")},
    **{name: Cast(Value(None), DateField()) for name in ("likely", "promised")},
}


def of_order(order_id: int, *, kind: str = "") -> Chronicle:
    """Tell what happened to an order, newest first; of one kind only, if it is named."""
    told = NoticeLine.objects.filter(order=order_id).values("notice")
    return _read(Order.objects.filter(pk=order_id), Notice.objects.filter(pk__in=told), None, kind)


def of_customer(customer_id: int, orders: int, *, kind: str = "") -> Chronicle:
    """Tell what happened to the newest orders of a customer, and all that was written to them."""
    newest = Order.objects.filter(customer=customer_id).order_by("-pk").values("pk")[:orders]
    return _read(Order.objects.filter(pk__in=newest), Notice.objects.filter(customer=customer_id), customer_id, kind)


def _read(orders: QuerySet[Order], notices: QuerySet[Notice], customer_id: int | None, kind: str) -> Chronicle:
    ids = orders.values("pk")
    sources = [
        ("placed", _placed(orders)),
        ("promised", _promised(Promise.objects.filter(line__order__in=ids))),
        ("mailed", _mailed(notices)),
        ("changed", _changed(LineEvent.objects.filter(line__order__in=ids))),
        ("changed", _other_terms(OrderEvent.objects.filter(order__in=ids))),
        ("shipped", _shipped(Shipment.objects.filter(order__in=ids))),
        ("noted", _noted(ids, customer_id)),
    ]
    parts: list[str] = []
    params: list[Any] = []
    for name, rows_of in sources:
        if kind not in ("", name):
            continue
        sql, values = rows_of.query.sql_with_params()
        parts.append(sql)
        params += values
    rows = bulk.fetch(
        f"SELECT newest.*, mail.body_text FROM (SELECT story.*, COUNT(*) OVER () AS entries FROM "
        f"({' UNION ALL '.join(parts)}) AS story ORDER BY {NEWEST_FIRST} LIMIT {MOST}) AS newest "
        f"LEFT JOIN orders_notice AS mail ON the_kind = 'mailed' AND mail.id = the_pk ORDER BY {NEWEST_FIRST}",
        params,
    )
    return Chronicle([_entry(*row) for row in rows], rows[0][-2] if rows else 0)


def _entry(*row: Any) -> Happening:
    *columns, _, exact = row
    found = dict(zip(COLUMNS, columns, strict=True))
    found |= {"at": _moment(found["at"]), "likely": _date(found["likely"]), "promised": _date(found["promised"])}
    return Happening(**found, exact=exact or "")


def _moment(value: Any) -> datetime:
    """SQLite gives moments as text, in UTC."""
    moment = parse_datetime(value) if isinstance(value, str) else value
    assert moment is not None
    return moment if timezone.is_aware(moment) else moment.replace(tzinfo=UTC)


def _date(value: Any) -> date | None:
    return parse_date(value) if isinstance(value, str) else value


def _rows(rows: QuerySet[Any], kind: str, **columns: Any) -> QuerySet[Any]:
    given = BLANK | {"kind": Value(kind, TEXT), "pk": F("pk")} | columns
    told: QuerySet[Any] = rows.order_by().annotate(**{f"the_{name}": given[name] for name in COLUMNS})
    found: QuerySet[Any] = told.values_list(*(f"the_{name}" for name in COLUMNS))
    return found


def _by() -> Any:
    return Coalesce(F("by__username"), Value("", TEXT))


LINE = {"order": F("line__order__reference"), "order_id": F("line__order_id"), "line_id": F("line_id")}
LINE |= {"sku": F("line__product__sku")}


def _placed(orders: QuerySet[Order]) -> QuerySet[Any]:
    return _rows(orders, "placed", at=F("placed_at"), order=F("reference"), order_id=F("pk"), word=F("channel"))


def _promised(promises: QuerySet[Promise]) -> QuerySet[Any]:
    return _rows(
        promises, "promised", **LINE, at=F("at"), by=_by(), word=F("basis"), text=F("reason"),
        about=Coalesce(F("inbound__reference"), Value("", TEXT)), about_id=Coalesce(F("inbound_id"), Value(0)),
        likely=F("likely_date"), promised=F("promised_date"),
    )  # fmt: skip


def _mailed(notices: QuerySet[Notice]) -> QuerySet[Any]:
    return _rows(
        notices, "mailed", at=Coalesce(F("sent_at"), F("created_at")), word=F("kind"), text=F("subject"),
        about=F("state"), by=Coalesce(F("called_by__username"), Value("", TEXT)),
    )  # fmt: skip


def _changed(events: QuerySet[LineEvent]) -> QuerySet[Any]:
    """Events that no other row tells: a new date is told by its promise."""
    promise = Promise.objects.filter(line=OuterRef("line"), at=OuterRef("at"))
    events = events.exclude(kind__in=TOLD_ELSEWHERE).exclude(Q(kind=EventKind.DATE) & Q(Exists(promise)))
    return _rows(
        events, "changed", **LINE, at=F("at"), by=_by(), word=F("kind"), text=F("text"),
        units=Coalesce(F("units"), Value(0)),
    )  # fmt: skip


def _other_terms(events: QuerySet[OrderEvent]) -> QuerySet[Any]:
    """What changed of a whole order is of no line."""
    return _rows(
        events, "changed", at=F("at"), by=_by(), word=F("kind"), text=F("text"), order=F("order__reference"),
        order_id=F("order_id"),
    )  # fmt: skip


def _shipped(shipments: QuerySet[Shipment]) -> QuerySet[Any]:
    own = ShipmentLine.objects.filter(shipment=OuterRef("pk")).order_by().values("shipment")
    units = own.annotate(units_in=Sum(LEFT)).values("units_in")
    return _rows(
        shipments, "shipped", at=F("shipped_at"), by=_by(), order=F("order__reference"), order_id=F("order_id"),
        word=F("warehouse__code"), text=F("carrier"), about=F("tracking"), promised=F("arrives_by"),
        units=Cast(Coalesce(units, Value(0)), NUMBER),
    )  # fmt: skip


def _noted(order_ids: QuerySet[Order, Any], customer_id: int | None) -> QuerySet[Any]:
    """What was written on these orders, on their lines, and on their customer where the page is theirs."""
    on: dict[Any, ContentType] = ContentType.objects.get_for_models(Order, OrderLine, Customer)
    lines = OrderLine.objects.filter(order__in=order_ids)
    here = Q(content_type=on[Order], object_id__in=order_ids)
    here |= Q(content_type=on[OrderLine], object_id__in=lines.values("pk"))
    here |= Q(content_type=on[Customer], object_id=customer_id or 0)
    line = OrderLine.objects.filter(pk=OuterRef("object_id")).order_by()
    order = Order.objects.filter(pk=OuterRef("object_id")).order_by()

    def of(own: Any, of_line: Any, none: Any) -> Case:
        """Of a note on an order this, of one on a line that."""
        whens = (When(content_type=on[Order], then=own), When(content_type=on[OrderLine], then=of_line))
        return Case(*whens, default=Value(none), output_field=NUMBER if none == 0 else TEXT)

    return _rows(
        Note.objects.filter(here, removed_at=None), "noted", at=F("at"), by=F("author__username"), text=F("text"),
        order=of(order.values("reference"), line.values("order__reference"), ""),
        order_id=of(F("object_id"), line.values("order_id"), 0), line_id=of(Value(0), F("object_id"), 0),
        sku=of(Value("", TEXT), line.values("product__sku"), ""),
        word=of(Value("order", TEXT), Value("line", TEXT), "customer"),
    )  # fmt: skip
