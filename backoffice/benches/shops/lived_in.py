"""A made-up shop whose lists are all long: what a few years leave behind. For benches alone: no use case ran."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection
from django.db.models import (
    BinaryField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    ForeignKey,
    Model,
    TextField,
)

from backoffice.models import JobRun, Upload
from inventory.models import (
    Alert,
    Assignment,
    DemandEntry,
    DemandEvent,
    Inbound,
    Movement,
    Note,
    PolicyChange,
    ReorderPolicy,
    Transfer,
    Warehouse,
)
from orders.models import Hold, Notice, NoticeLine, Order, OrderLine, Refusal, Shipment, ShipmentLine
from suppliers.models import (
    Delivery,
    Offer,
    OrderLetter,
    PriceBreak,
    PurchaseOrder,
    PurchaseOrderLine,
    Slip,
    Supplier,
)

from . import filling

SUPPLIERS = 50
LINES_A_PURCHASE = 10
FEW = 100
"""Of what is never much: events, transfers, files."""
MOST_DAYS = filling.DAYS


def fill(lines: int, *, at: datetime) -> None:
    """Write so many order lines, and beside them as many of whatever a shop has one of for each."""
    filling.fill(lines, at=at)
    products, purchases = max(10, lines // filling.LINES_A_PRODUCT), max(1, lines // LINES_A_PURCHASE)
    orders = -(-lines // filling.LINES_AN_ORDER)
    customers = max(1, lines // filling.LINES_A_CUSTOMER)
    Warehouse.objects.create(pk=2, code="NYC", name="New York", rank=2)
    place = {"product_id": f"1 + line.i % {products}", "warehouse_id": "1"}
    with filling.unchecked():
        _left(place, lines, orders, at)
        _told(lines, orders, customers, at)
        _planned(place, lines, products, at)
        _bought(place, lines, products, purchases, at)
        _kept(lines, orders, products, customers, at)
    made = (Notice, PurchaseOrder, PurchaseOrderLine, Inbound, Shipment, Offer, Supplier, ReorderPolicy)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [*made, Order, OrderLine]):
            cursor.execute(statement)
    filling.measured()


def _left(place: dict[str, str], lines: int, orders: int, at: datetime) -> None:
    row(Movement, lines, at, **place, quantity="-1", kind="'shipment'")
    row(Shipment, lines, at, id="line.i", order_id=f"1 + line.i % {orders}", warehouse_id="1", tracking="'T' || line.i")
    row(ShipmentLine, lines, at, shipment_id="line.i", line_id="line.i", quantity="1")
    row(Refusal, lines, at, **place, channel="'shop'", reference="'R-' || line.i", units="2", possible="1")


def _told(lines: int, orders: int, customers: int, at: datetime) -> None:
    letter = {"id": "line.i", "kind": "'new_date'", "cause": "'bench:' || line.i", "state": "'sent'"}
    row(Notice, lines, at, **letter, customer_id=f"1 + line.i % {customers}", sent_at="moment.at")
    fact = {"notice_id": "line.i", "line_id": "line.i", "order_id": f"1 + line.i % {orders}"}
    row(NoticeLine, lines, at, **fact, kind="'new_date'", event="'bench:' || line.i", units="1")


def _planned(place: dict[str, str], lines: int, products: int, at: datetime) -> None:
    row(ReorderPolicy, products, at, id="line.i", **place | {"product_id": "line.i"})
    changed = {"policy_id": f"1 + line.i / {MOST_DAYS}", "on": "date(moment.at)", "was": "1", "now": "2 + line.i % 50"}
    row(PolicyChange, lines, at, **changed)
    row(DemandEntry, lines, at, **place, source="'order'", reference="'D-' || line.i", units="1", day="date(moment.at)")
    row(DemandEvent, FEW, at, name="'Event ' || line.i", starts_on="'2026-01-01'", ends_on="'2026-01-09'")


def _bought(place: dict[str, str], lines: int, products: int, purchases: int, at: datetime) -> None:
    row(Supplier, SUPPLIERS, at, id="line.i", code="'S' || line.i", name="'Supplier ' || line.i")
    supplier = f"1 + line.i % {SUPPLIERS}"
    offers = {"id": "line.i", "supplier_id": supplier, "product_id": f"1 + line.i / {SUPPLIERS} % {products}"}
    row(Offer, lines // 5, at, **offers, quoted_days="9")
    row(PriceBreak, lines // 5, at, offer_id="line.i", minimum="1", unit_price="7")
    sent = {"approved_at": "moment.at", "sent_at": "moment.at"}
    row(
        PurchaseOrder,
        purchases,
        at,
        id="line.i",
        reference="'PO-' || line.i",
        supplier_id=supplier,
        warehouse_id="1",
        **sent,
    )
    coming = {"id": f"{products} + line.i", "reference": f"'PO-' || (1 + line.i / {LINES_A_PURCHASE})"}
    units = {"quantity": "10", "received": "CASE WHEN line.i % 20 = 0 THEN 0 ELSE 10 END"}
    row(
        Inbound,
        lines,
        at,
        **place,
        **coming,
        **units,
        sender="'Supplier'",
        likely_date="moment.day",
        sent_at="moment.at",
    )
    ordered = {"id": "line.i", "purchase_order_id": f"1 + line.i / {LINES_A_PURCHASE} % {purchases}"}
    row(
        PurchaseOrderLine, lines, at, **ordered, product_id=place["product_id"], inbound_id=f"{products} + line.i",
        quantity="10", unit_price="7", is_touched="true",
    )  # fmt: skip
    row(Delivery, lines, at, line_id="line.i", quantity="10", days="5")
    row(Slip, lines, at, line_id="line.i", reason="'weather'")
    letter = {"purchase_order_id": "line.i", "number": "1", "kind": "'order'", "state": "'sent'", "facts": "'{}'"}
    row(OrderLetter, purchases, at, **letter, sent_at="moment.at")


def _kept(lines: int, orders: int, products: int, customers: int, at: datetime) -> None:
    author = User.objects.create(username="bench-author", is_staff=True)
    role, _ = Group.objects.get_or_create(name="Operations")
    kind = {model: str(ContentType.objects.get_for_model(model).pk) for model in (Order, OrderLine)}
    by, whose = {"by_id": str(author.pk)}, {"role_id": str(role.pk)}
    some = max(1, lines // 10)
    about = {"content_type_id": kind[OrderLine], "object_id": "line.i"}
    row(Hold, some, at, stock_id=f"1 + line.i % {products}", customer_id=f"1 + line.i % {customers}", quantity="1",
        released="1", until_date="moment.day", **by)  # fmt: skip
    row(Note, some, at, **about, author_id=str(author.pk), text="'Called twice, no answer.'")
    row(Assignment, some, at, **about, **whose)
    row(
        Alert,
        lines,
        at,
        **about,
        **whose,
        kind="'typed_passed'",
        words="'Stands still'",
        solved_at="CASE WHEN line.i % 5 = 0 THEN NULL ELSE moment.at END",
    )
    row(Transfer, FEW, at, reference="'TR-' || line.i", source_id="1", destination_id="2")
    row(Upload, FEW, at, name="'file.csv'", kind="'products'")
    row(JobRun, FEW, at, job="'nightly' || line.i")


def row(model: type[Model], rows: int, at: datetime, **given: str) -> None:
    """Write rows of a table: what is not given is what a new row has, or nothing."""
    values = {field.column: _plain(field) for field in model._meta.concrete_fields if _is_needed(field)}
    quoted = {connection.ops.quote_name(str(name)): value for name, value in (values | given).items()}
    filling.insert(model, quoted, rows, at)


def _is_needed(field: Any) -> bool:
    return not (field.generated or field.null or field.primary_key)


def _plain(field: Any) -> str:
    if isinstance(field, DateTimeField):
        return "moment.at"
    if isinstance(field, DateField):
        return "moment.day"
    default = field.get_default() if field.has_default() else None
    if isinstance(field, BooleanField):
        return "true" if default else "false"
    if isinstance(field, ForeignKey):
        return "1"
    if isinstance(default, dict | list):
        return "'{}'" if isinstance(default, dict) else "'[]'"
    if isinstance(field, BinaryField | CharField | TextField):
        return f"'{default or ''}'"
    return str(default or 0)
