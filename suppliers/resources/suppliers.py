"""Suppliers from a file, by code."""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models.functions import Upper

from inventory import keys
from inventory.resources.known import blocks
from inventory.resources.plan import Plan, Resource, compare, unique, upsert
from inventory.tabular import Column, Sheet, amount, boolean, email, plain_code, text, whole
from suppliers.models import Supplier

COLUMNS = (
    Column("code", plain_code(40), "our short code for the supplier, in any case", is_required=True, is_key=True),
    Column("name", text(120), "the supplier's name", is_required=True),
    Column("email", email, "where purchase orders go"),
    Column("is_on_hold", boolean, "yes or no: not asked while on hold"),
    Column("hold_reason", text(200), "why"),
    Column("approval_days", whole(0, 365), "days from a proposal to its sending"),
    Column("review_days", whole(1, 365), "days between two orders, until learned"),
    Column("order_cost", amount(digits=10), "cost of one purchase order"),
    Column("freight", amount(digits=10), "freight of one purchase order"),
)


def found(codes: list[str]) -> dict[str, Supplier]:
    """Find suppliers by code in any case; the keys are in capitals."""
    return {
        keys.key(supplier.code): supplier
        for block in blocks(sorted({keys.key(code) for code in codes}))
        for supplier in Supplier.objects.annotate(key=Upper("code")).filter(key__in=block)
    }


def check(sheet: Sheet) -> Plan:
    """Set each row beside the supplier of its code."""
    plan = Plan(sheet)
    records = list(unique(plan, "code"))
    compare(plan, records, found([record.values["code"] for record in records]), Supplier, "code")
    return plan


def apply(plan: Plan, *, by: User | None, at: datetime, progress: Callable[[int, int], object] | None = None) -> None:
    """Create and change the suppliers."""
    fields = [column.name for column in COLUMNS if not column.is_key]
    upsert(Supplier, [*plan.new, *plan.changed], key="code", fields=fields)


RESOURCE = Resource(
    kind="suppliers",
    about="Suppliers, by code. An empty cell, or a column left out, leaves a known supplier as it is.",
    columns=COLUMNS,
    check=check,
    apply=apply,
)
