"""Products from a file, by SKU."""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.models import User

from inventory import known
from inventory.ground.tabular import Column, Sheet, ShopCurrency, amount, boolean, choice, named, product_code, whole
from inventory.models import BackorderPolicy, Product

from .plan import Plan, Resource, compare, unique, upsert

COLUMNS = (
    Column("sku", product_code(64), "the product's code, kept in capitals", is_required=True, is_key=True),
    Column("name", named(200), "what people call it"),
    Column("group", named(80), "a product group, for promotions and launch profiles"),
    Column("price", amount(), "what a customer pays for one unit"),
    Column("cost", amount(), "what one unit costs us"),
    Column("currency", ShopCurrency(), "what price and cost are in; another than the shop's is refused"),
    Column(
        "backorder_policy", choice(BackorderPolicy.values), f"one of {', '.join(BackorderPolicy.values)}; always if new"
    ),
    Column("backorder_limit", whole(), "for the policy limit: the most units that may wait at once"),
    Column("covered_days", whole(1, 3650), "for the policy covered: inbound due within so many days counts"),
    Column("is_discontinued", boolean, "yes or no: sells what is left and is not bought again"),
)


def check(sheet: Sheet) -> Plan:
    """Set each row beside the product of its SKU."""
    plan = Plan(sheet)
    records = list(unique(plan, "sku"))
    for record in records:
        record.values.pop("currency", None)  # it was asked for, and is no column of a product
    compare(plan, records, known.products(record.values["sku"] for record in records), Product, "sku")
    plan.notes += known.but_for_zeros(product.sku for product in plan.new)
    return plan


def apply(plan: Plan, *, by: User | None, at: datetime, progress: Callable[[int, int], object] | None = None) -> None:
    """Create and change the products."""
    fields = [column.name for column in COLUMNS if not column.is_key and column.name != "currency"]
    upsert(Product, [*plan.new, *plan.changed], key="sku", fields=fields)


RESOURCE = Resource(
    kind="products",
    about="Products, by SKU. An empty cell, or a column left out, leaves a known product as it is.",
    columns=COLUMNS,
    check=check,
    apply=apply,
)
