"""Suppliers from a file, by code."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import User

from inventory.ground import keys
from inventory.ground.tabular import (
    Column,
    Record,
    Sheet,
    amount,
    boolean,
    currency_code,
    email,
    named,
    plain_code,
    text,
    whole,
)
from inventory.resources.plan import Plan, Resource, compare, unique, upsert
from suppliers.models import Supplier

from . import currency

COLUMNS = (
    Column("code", plain_code(40), "our short code for the supplier, in any case", is_required=True, is_key=True),
    Column("name", named(120, is_known_by=True), "the supplier's name", is_required=True),
    Column("email", email, "where purchase orders go"),
    Column("is_on_hold", boolean, "yes or no: not asked while on hold"),
    Column("hold_reason", text(200), "why"),
    Column("approval_days", whole(0, 365), "days from a proposal to its sending"),
    Column("review_days", whole(1, 365), "days between two orders, until learned"),
    Column("order_cost", amount(digits=10, is_own=True), "cost of one purchase order, in the supplier's currency"),
    Column("freight", amount(digits=10, is_own=True), "freight of one purchase order, in the supplier's currency"),
    Column("currency", currency_code, "what its prices and orders are in, such as EUR; empty: the shop's own"),
    Column("rate", amount(6, digits=14, least=Decimal("0.000001")), "what one of it is worth in the shop's currency"),
)


def found(codes: list[str]) -> dict[str, Supplier]:
    """Find suppliers by the key of their code; there are few, and all are looked at. Of two of one key the older."""
    wanted = {keys.key(code) for code in codes}
    rows = Supplier.objects.order_by("-pk") if wanted else ()
    return {key: supplier for supplier in rows if (key := keys.key(supplier.code)) in wanted}


def check(sheet: Sheet) -> Plan:
    """Set each row beside the supplier of its code."""
    plan = Plan(sheet)
    records = list(unique(plan, "code"))
    there = found([record.values["code"] for record in records])
    priced = []
    for record in records:
        supplier = there.get(keys.key(record.values["code"])) or Supplier()
        if not _is_paid_otherwise(plan, record, supplier):
            money = record.values.get("currency", supplier.currency) or settings.SHOP_CURRENCY
            amounts = [name for name in ("order_cost", "freight") if name in record.values]
            priced += [currency.Priced(record, name, record.values[name], money) for name in amounts]
    currency.refuse_foreign(plan, priced)
    wrong = set(plan.problems.rows)
    compare(plan, [record for record in records if record.row not in wrong], there, Supplier, "code")
    return plan


def _is_paid_otherwise(plan: Plan, record: Record, supplier: Supplier) -> bool:
    """Refuse a currency that is not that of the orders sent so far, and a rate of the shop's own."""
    money = record.values.get("currency", supplier.currency)
    if supplier.currency and money != supplier.currency and supplier.purchase_orders.exclude(sent_at=None).exists():
        plan.refuse(record, "currency", f"{supplier.currency}, in which orders were sent to this supplier")
        return True
    if money in {"", settings.SHOP_CURRENCY} and record.values.get("rate", supplier.rate) != 1:
        plan.refuse(record, "rate", "1, as this supplier is paid in the shop's own currency")
        return True
    return False


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
