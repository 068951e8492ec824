"""What to order today so that no promise breaks: one row a product, with the draft that may hold it already."""

from collections import defaultdict
from collections.abc import Collection

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from inventory.desk.operations import allowed
from inventory.desk.tables import Table, lines, link, named
from inventory.night import popular
from orders.promising import order_by
from suppliers.models import PurchaseOrderLine

PERMISSION = "suppliers.view_purchaseorder"
SHOWN = 200
COLUMNS = (
    "Product", "Name", "Order by", "Units", "Promises that break", "The first is for", "Lines without a date",
    "From", "In an order that is not sent",
)  # fmt: skip


def order_today(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Show what hangs on an order of today."""
    allowed(request, PERMISSION)
    due = order_by.due(timezone.localdate())
    shown = {"title": "Order today", "table": _table(due[:SHOWN], len(due))}
    return TemplateResponse(request, "admin/order_today.html", {**site.each_context(request), **shown})


def _table(due: list[order_by.DueOrder], count: int) -> Table:
    popular.mark(row.product for row in due)
    unsent = _unsent([row.product.pk for row in due])
    return Table(
        "",
        COLUMNS,
        [
            (
                named(link(row.product, "inventory_product_change", row.product.pk), is_popular=row.product.is_popular),
                row.product.name,
                row.day,
                row.units,
                row.promises,
                row.promised,
                row.undated,
                row.sender,
                unsent.get(row.product.pk),
            )
            for row in due
        ],
        empty="Every promise that hangs on an order still to be written can wait until tomorrow.",
        note=f"The first {SHOWN} of {count:,} products, those with most promises first." if count > SHOWN else "",
        numbers=("Units", "Promises that break", "Lines without a date"),
    )


def _unsent(product_ids: Collection[int]) -> dict[int, SafeString]:
    """Name the drafts and approved orders that hold these products, with their units."""
    wanted = PurchaseOrderLine.objects.filter(
        product__in=product_ids, purchase_order__sent_at=None, purchase_order__canceled_at=None
    )
    found: dict[int, list[SafeString | str]] = defaultdict(list)
    for each in wanted.select_related("purchase_order").order_by("pk"):
        order = each.purchase_order
        word = "approved" if order.approved_at else "draft"
        text = f"{order.reference}: {each.quantity:,}, {word}"
        found[each.product_id].append(link(text, "suppliers_purchaseorder_change", order.pk))
    return {product_id: lines(parts) for product_id, parts in found.items()}
