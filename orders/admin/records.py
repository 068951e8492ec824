"""Shipments and refusals: what left, and what was asked for and could not be sold. Read-only."""

from typing import Any

from django.contrib import admin
from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.utils.safestring import SafeString

from inventory.desk.base import Kept
from inventory.desk.naming import to
from inventory.desk.tables import Table, day, item, link, number
from inventory.ground import keys
from inventory.models import Product
from inventory.models.folded import NOTHING, holding, meant
from orders.models import Customer, Order, Refusal, Shipment, ShipmentLine

NEWEST = 2_000
"""Parcels of one carrier that a search finds: carriers are few, and of each there are most of the parcels."""


@admin.register(Shipment)
class ShipmentAdmin(Kept):
    list_display = ("shipped", "order", "customer", "warehouse", "units", "carrier", "tracking", "by")
    list_filter = ("warehouse", "shipped_at")
    list_select_related = ("order__customer", "warehouse", "by")
    search_fields = ("tracking",)
    search_help_text = "Any part of a tracking or order number, a customer or a product; the beginning of a carrier."
    fields = (("order", "customer"), ("warehouse", "shipped_at"), ("carrier", "tracking"), "by")
    readonly_fields = ("customer",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Shipment]:
        own = ShipmentLine.objects.filter(shipment=OuterRef("pk")).order_by().values("shipment")
        units = own.annotate(units=Sum("quantity")).values("units")
        rows: QuerySet[Shipment] = (
            super().get_queryset(request).annotate(units_shipped=Subquery(units, output_field=IntegerField()))
        )
        return rows

    def recognize(self, term: str) -> Q:
        return (
            Shipment.found_by(term)
            | holding(ShipmentLine, term, to="shipment", line__product=Product)
            | meant(term, order=Order, order__customer=Customer)
        )

    def wider(self, term: str) -> Q:
        carried = Shipment.objects.filter(carrier__istartswith=term).order_by("-pk")
        return NOTHING if any(map(str.isdigit, term)) else Q(pk__in=carried.values("pk")[:NEWEST])

    @admin.display(description="shipped", ordering="shipped_at")
    def shipped(self, row: Shipment) -> str:
        return day(row.shipped_at)

    @admin.display(description="customer")
    def customer(self, row: Shipment) -> SafeString:
        return to(row.order.customer)

    @admin.display(description="units")
    def units(self, row: Any) -> SafeString:
        return number(row.units_shipped)

    def tables(self, request: HttpRequest, row: Shipment) -> list[Table]:
        return [
            Table(
                "What left",
                ("Product", "Name", "Units"),
                [
                    (item(each.line.product), each.line.product.name, each.quantity)
                    for each in row.lines.select_related("line__product").order_by("pk")
                ],
                numbers=("Units",),
            ),
            Table("Its order", ("Order",), [(link(row.order, "orders_order_change", row.order_id),)]),
        ]


@admin.register(Refusal)
class RefusalAdmin(Kept):
    list_display = ("refused", "item", "asked_for", "could_be_sold", "customer", "reference", "warehouse")
    list_filter = ("warehouse", "at")
    list_select_related = ("product", "customer", "warehouse")
    search_fields = ("reference",)
    search_help_text = "Any part of a product or a customer, or a whole reference."
    ordering = ("-at", "-pk")
    fields = (("at", "channel", "reference"), ("product", "units", "possible"), ("customer", "warehouse"))

    def recognize(self, term: str) -> Q:
        return Q(reference__iexact=keys.clean(term)) | meant(term, product=Product, customer=Customer)

    @admin.display(description="when", ordering="at")
    def refused(self, row: Refusal) -> str:
        return day(row.at)

    @admin.display(description="asked for", ordering="units")
    def asked_for(self, row: Refusal) -> SafeString:
        return number(row.units)

    @admin.display(description="could be sold", ordering="possible")
    def could_be_sold(self, row: Refusal) -> SafeString:
        return number(row.possible)
