"""How suppliers kept their word: dates that moved, and deliveries. Read-only."""

from django.contrib import admin
from django.db.models import Q
from django.utils.safestring import SafeString

from inventory.desk.base import Kept
from inventory.desk.naming import to
from inventory.desk.tables import day, item, link, number
from inventory.models import Product
from inventory.models.folded import meant
from suppliers.models import Delivery, PurchaseOrder, Slip, Supplier


def _recognize(term: str) -> Q:
    return meant(
        term, line__purchase_order=PurchaseOrder, line__product=Product, line__purchase_order__supplier=Supplier
    )


@admin.register(Slip)
class SlipAdmin(Kept):
    list_display = ("moment", "order", "supplier", "item", "was", "now", "days", "reason", "by")
    list_filter = ("at", "line__purchase_order__supplier")
    list_select_related = ("line__purchase_order__supplier", "line__product", "by")
    search_fields = ("line__purchase_order__reference",)
    search_help_text = "Any part of a reference such as PO-1042, a supplier or a product."
    fields = (("order", "supplier", "product"), ("was", "now"), "reason", ("by", "at"))
    readonly_fields = ("order", "supplier", "product")

    def recognize(self, term: str) -> Q:
        return _recognize(term)

    @admin.display(description="when", ordering="at")
    def moment(self, row: Slip) -> str:
        return day(row.at)

    @admin.display(description="order")
    def order(self, row: Slip) -> SafeString:
        return link(row.line.purchase_order, "suppliers_purchaseorder_change", row.line.purchase_order_id)

    @admin.display(description="supplier")
    def supplier(self, row: Slip) -> SafeString:
        return to(row.line.purchase_order.supplier)

    def product_of(self, row: Slip) -> Product:
        return row.line.product

    @admin.display(description="product", ordering="line__product__sku")
    def item(self, row: Slip) -> SafeString | str:
        return super().item(row)

    @admin.display(description="product")
    def product(self, row: Slip) -> SafeString:
        return item(row.line.product)

    @admin.display(description="days later")
    def days(self, row: Slip) -> SafeString:
        return number((row.now - row.was).days if row.now and row.was else None)


@admin.register(Delivery)
class DeliveryAdmin(Kept):
    list_display = ("moment", "order", "supplier", "item", "units", "broken", "took", "planned")
    list_filter = ("received_at", "line__purchase_order__supplier")
    list_select_related = ("line__purchase_order__supplier", "line__product")
    search_fields = ("line__purchase_order__reference",)
    search_help_text = "Any part of a reference such as PO-1042, a supplier or a product."
    fields = (("order", "supplier", "product"), ("quantity", "damaged"), ("days", "planned_days"), "received_at")
    readonly_fields = ("order", "supplier", "product")

    def recognize(self, term: str) -> Q:
        return _recognize(term)

    @admin.display(description="received", ordering="received_at")
    def moment(self, row: Delivery) -> str:
        return day(row.received_at)

    @admin.display(description="order")
    def order(self, row: Delivery) -> SafeString:
        return link(row.line.purchase_order, "suppliers_purchaseorder_change", row.line.purchase_order_id)

    @admin.display(description="supplier")
    def supplier(self, row: Delivery) -> SafeString:
        return to(row.line.purchase_order.supplier)

    def product_of(self, row: Delivery) -> Product:
        return row.line.product

    @admin.display(description="product", ordering="line__product__sku")
    def item(self, row: Delivery) -> SafeString | str:
        return super().item(row)

    @admin.display(description="product")
    def product(self, row: Delivery) -> SafeString:
        return item(row.line.product)

    @admin.display(description="units", ordering="quantity")
    def units(self, row: Delivery) -> SafeString:
        return number(row.quantity)

    @admin.display(description="damaged", ordering="damaged")
    def broken(self, row: Delivery) -> SafeString:
        return number(row.damaged)

    @admin.display(description="days", ordering="days")
    def took(self, row: Delivery) -> SafeString:
        return number(row.days)

    @admin.display(description="planned days", ordering="planned_days")
    def planned(self, row: Delivery) -> SafeString:
        return number(row.planned_days)
