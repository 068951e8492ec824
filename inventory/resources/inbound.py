"""What is on its way, from a file: by reference, SKU and warehouse. A later file moves the dates."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from inventory import inbound
from inventory.models import Inbound, Product, Warehouse
from inventory.tabular import Column, Dates, Record, Sheet, boolean, plain_code, product_code, text, whole

from .known import Places, blocks
from .plan import Plan, Resource

COLUMNS = (
    Column("reference", plain_code(80), "the purchase order's or delivery's number", is_required=True, is_key=True),
    Column("sku", product_code(64), "a product that is known", is_required=True, is_key=True),
    Column("quantity", whole(1, 100_000_000), "units on their way, 1 or more", is_required=True),
    Column("sender", text(120), "who sends it: the supplier's name", is_required=True),
    Column("warehouse", text(120), "where it goes, its code or name; left out: the warehouse asked first", is_key=True),
    Column("expected_date", Dates(), "the day the sender says; empty: nobody said"),
    Column("is_confirmed", boolean, "yes or no: the sender confirmed that day"),
    Column("sent_at", Dates(has_time=True, is_past=True), "when it was ordered; teaches the lead time"),
)
_Key = tuple[str, int, int]


def check(sheet: Sheet) -> Plan:
    """Set each row beside the inbound of its reference, product and warehouse."""
    plan = Plan(sheet)
    records = list(sheet.records(plan.problems))
    found = _found(record.values["reference"] for record in records)
    for record, product, warehouse in Places(plan, records).once("reference"):
        known = found.get((record.values["reference"], product.pk, warehouse.pk), [])
        if not known:
            plan.add("new", record, _expectation(record, product, warehouse))
        elif len(known) > 1 or known[0].quantity != record.values["quantity"]:
            units = " and ".join(f"{row.quantity:,}" for row in known)
            plan.refuse(
                record,
                "quantity",
                f"{units}, as {record.values['reference']} has it already: a file moves its dates, not its units",
            )
        else:
            _compare(plan, record, known[0])
    return plan


def _found(references: Iterable[str]) -> dict[_Key, list[Inbound]]:
    found: dict[_Key, list[Inbound]] = {}
    for block in blocks(sorted(set(references))):
        for row in Inbound.objects.filter(reference__in=block).order_by("pk"):
            found.setdefault((row.reference, row.product_id, row.warehouse_id), []).append(row)
    return found


def _expectation(record: Record, product: Product, warehouse: Warehouse) -> inbound.Expectation:
    values = record.values
    return inbound.Expectation(
        product_id=product.pk,
        warehouse_id=warehouse.pk,
        quantity=values["quantity"],
        reference=values["reference"],
        sender=values["sender"],
        sent_at=values.get("sent_at"),
        expected_date=values.get("expected_date"),
        is_confirmed=values.get("is_confirmed", False) and "expected_date" in values,
    )


def _compare(plan: Plan, record: Record, known: Inbound) -> None:
    """Move the dates only if the sender's own date moved: what its record made of it stays otherwise."""
    expected = record.values.get("expected_date", known.expected_date)
    is_confirmed = record.values.get("is_confirmed", known.is_confirmed) and expected is not None
    if known.outstanding and (expected, is_confirmed) != (known.expected_date, known.is_confirmed):
        likely, safe = (known.likely_date, known.safe_date) if expected == known.expected_date else (expected, expected)
        plan.add("changed", record, inbound.DateChange(known.pk, expected, likely, safe, is_confirmed))
    else:
        plan.add("unchanged", record, None)


def apply(plan: Plan, *, by: User | None, at: datetime, progress: Callable[[int, int], object] | None = None) -> None:
    """Write down what is new on its way, and move the dates that moved; note the products of what is overdue."""
    today = timezone.localtime(at).date()
    moved = Inbound.objects.filter(pk__in=[change.inbound_id for change in plan.changed], expected_date__lt=today)
    inbound.update(plan.new, plan.changed, by=by, at=at)
    plan.context = {row.product_id for row in plan.new if row.expected_date and row.expected_date < today}
    plan.context |= set(moved.values_list("product_id", flat=True))


RESOURCE = Resource(
    kind="inbound",
    about="Units on their way, by reference, SKU and warehouse. Loading a reference again moves its dates.",
    columns=COLUMNS,
    check=check,
    apply=apply,
)
