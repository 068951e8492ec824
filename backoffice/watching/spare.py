"""
What another warehouse has free of what an alert's customers wait for: the transfer that helps them. Reads only.

One statement for each model that needs it and one for what is free, whatever there is of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db.models import Model, Sum
from django.utils.http import urlencode

from inventory.models import Inbound, Product, Stock, Warehouse
from orders.models import Order, OrderLine
from orders.promising import must_by
from suppliers.models import PurchaseOrder


class WantedUnits(NamedTuple):
    """Units that customers wait for in a warehouse."""

    product_id: int
    warehouse_id: int
    units: int


class SpareUnits(NamedTuple):
    """Units that are available in a warehouse."""

    warehouse_id: int
    sku: str
    units: int


def transfers(rows: Iterable[Model | None]) -> dict[Model, str]:
    """
    Give of each of these rows what the form of a transfer is asked with, to send what there is of what is missing.

    All from one warehouse: the one that has most of it, of two the one that is older. A row that no other warehouse
    has anything for, or for which nothing is missing, is left out.
    """
    missing = _missing([row for row in rows if row is not None])
    free = _free({each.product_id for wanted in missing.values() for each in wanted})
    found = {row: _query(wanted, free) for row, wanted in missing.items()}
    return {row: query for row, query in found.items() if query}


def _missing(rows: Sequence[Model]) -> dict[Model, list[WantedUnits]]:
    """
    What is claimed of an inbound or of a sent purchase order, of an order what may miss its day, and of a product what
    nothing covers, in the warehouse where most of it is missing.
    """
    found: dict[Model, list[WantedUnits]] = {
        row: [WantedUnits(row.product_id, row.warehouse_id, row.committed)]
        for row in rows
        if isinstance(row, Inbound) and row.committed
    }
    orders = {row.pk: row for row in rows if isinstance(row, Order)}
    if orders:
        lines = OrderLine.objects.filter(must_by.MAY_MISS, order__in=orders).values_list("order", "product")
        for pk, product_id, units in lines.annotate(Sum("backordered")).order_by("order", "product"):
            found.setdefault(orders[pk], []).append(WantedUnits(product_id, orders[pk].warehouse_id, units))
    sent = {row.pk: row for row in rows if isinstance(row, PurchaseOrder) and row.sent_at}
    if sent:
        order = "purchase_line__purchase_order"
        claimed = Inbound.objects.filter(committed__gt=0, **{f"{order}__in": sent}).values_list(order, "product")
        for pk, product_id, units in claimed.annotate(Sum("committed")).order_by(order, "product"):
            found.setdefault(sent[pk], []).append(WantedUnits(product_id, sent[pk].warehouse_id, units))
    products = {row.pk: row for row in rows if isinstance(row, Product)}
    if products:
        waiting = OrderLine.objects.filter(
            product__in=products, uncovered__gt=0, is_held_back=False, is_stopped=False
        ).values_list("product", "order__warehouse")
        for pk, warehouse_id, units in waiting.annotate(units=Sum("uncovered")).order_by("units", "-order__warehouse"):
            found[products[pk]] = [WantedUnits(pk, warehouse_id, units)]  # the last has most
    return found


def _free(product_ids: Iterable[int]) -> Mapping[int, list[SpareUnits]]:
    """What is available of these products, by product, warehouse by warehouse that is open."""
    found: dict[int, list[SpareUnits]] = defaultdict(list)
    if product_ids:
        places = Warehouse.objects.filter(is_open=True).values("pk")
        rows = Stock.objects.filter(product__in=product_ids, available__gt=0, warehouse__in=places)
        for product_id, *free in rows.values_list("product", "warehouse", "product__sku", "available"):
            found[product_id].append(SpareUnits(*free))
    return found


def _query(wanted: Sequence[WantedUnits], free: Mapping[int, Sequence[SpareUnits]]) -> str:
    """Ask for what one warehouse can send of what is missing; "" where none can send anything."""
    sent: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for each in wanted:
        for there in free.get(each.product_id, ()):
            if there.warehouse_id != each.warehouse_id:
                sent[there.warehouse_id].append((there.sku, min(each.units, there.units)))
    if not sent:
        return ""
    source = max(sent, key=lambda pk: (sum(units for _, units in sent[pk]), -pk))
    rows = [pair for sku, units in sent[source] for pair in (("sku", sku), ("units", units))]
    return urlencode([("source", source), ("destination", wanted[0].warehouse_id), *rows])
