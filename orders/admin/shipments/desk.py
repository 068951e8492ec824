"""Parcels that left, and what came back of them: looked at here, changed by operations alone."""

from typing import Any

from django.contrib import admin
from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.utils.safestring import SafeString

from inventory.desk.base import Kept
from inventory.desk.naming import to
from inventory.desk.operations import person
from inventory.desk.tables import Table, chip, day, item, link, number
from inventory.models import Product
from inventory.models.folded import NOTHING, holding, meant
from orders.models import LEFT, WITH_CUSTOMER, Customer, Order, Return, Shipment, ShipmentLine

from .correcting import CorrectNumber
from .operations import Decide, FoundAgain, LoseParcel, ReverseShipment, TakeInReturn

NEWEST = 2_000
"""Parcels of one carrier that a search finds: carriers are few, and of each there are most of the parcels."""


@admin.register(Shipment)
class ShipmentAdmin(Kept):
    list_display = ("shipped", "order", "customer", "warehouse", "units", "carrier", "tracking", "by")
    list_filter = ("warehouse", "shipped_at")
    list_select_related = ("order__customer", "warehouse", "by")
    search_fields = ("tracking",)
    search_help_text = "Any part of a tracking or order number, a customer or a product; the beginning of a carrier."
    fields = (("order", "customer"), ("warehouse", "shipped_at"), ("carrier", "tracking", "arrives_by"), "by")
    readonly_fields = ("customer",)
    operations = (CorrectNumber(), TakeInReturn(), LoseParcel(), FoundAgain(), ReverseShipment())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Shipment]:
        own = ShipmentLine.objects.filter(shipment=OuterRef("pk")).order_by().values("shipment")
        sums = {"units_shipped": LEFT, "units_with_customer": WITH_CUSTOMER, "units_lost": F("lost") - F("found")}
        found = {
            name: Subquery(own.annotate(units=Sum(units)).values("units"), output_field=IntegerField())
            for name, units in sums.items()
        }
        rows: QuerySet[Shipment] = super().get_queryset(request).annotate(**found)
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
        held = Table(
            "What left",
            ("Product", "Name", "Units", "What became of them"),
            [
                (item(each.line.product), each.line.product.name, each.quantity, each.fate)
                for each in row.lines.select_related("line__product").order_by("pk")
            ],
            numbers=("Units",),
        )
        order = Table("Its order", ("Order",), [(link(row.order, "orders_order_change", row.order_id),)])
        if not person(request).has_perm("orders.view_return"):
            return [held, order]
        back = Return.objects.filter(shipment_line__shipment=row).select_related("shipment_line__line__product")
        came = [
            (
                link(day(each.at), "orders_return_change", each.pk),
                item(each.shipment_line.line.product),
                each.units,
                each.get_condition_display(),
                "" if each.is_found else each.get_wish_display(),
                stands(each),
            )
            for each in back
        ]
        heads = ("When", "Product", "Units", "Condition", "Wanted", "Stands")
        return [held, *([Table("What came back", heads, came, numbers=("Units",))] if came else []), order]


def stands(row: Return) -> SafeString:
    """What became of it, as a chip."""
    if row.inspecting:
        return chip(f"{row.inspecting:,} to decide", "amber")
    if row.restocked:
        return chip("on the shelf" if not row.discarded else "partly on the shelf", "green")
    return chip("thrown away", "gray")


class ToDecide(admin.SimpleListFilter):
    title = "decision"
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "To decide"), ("done", "Decided")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Return]) -> QuerySet[Return]:
        match self.value():
            case "waiting":
                return queryset.filter(inspecting__gt=0)
            case "done":
                return queryset.filter(inspecting=0)
        return queryset


@admin.register(Return)
class ReturnAdmin(Kept):
    list_display = ("moment", "item", "parcel", "customer", "units", "condition", "wish", "stands", "by")
    list_filter = (ToDecide, "wish", "condition", "is_found", "at")
    list_select_related = (
        "shipment_line__line__product",
        "shipment_line__shipment__order__customer",
        "shipment_line__shipment__warehouse",
        "by",
    )
    search_fields = ("note",)
    search_help_text = "Any part of a product, an order or a customer."
    fields = (
        ("units", "restocked", "discarded", "inspecting"),
        ("condition", "wish", "is_found"),
        "note",
        ("by", "at"),
    )
    operations = (Decide(),)

    def recognize(self, term: str) -> Q:
        return meant(
            term,
            shipment_line__line__product=Product,
            shipment_line__shipment__order=Order,
            shipment_line__shipment__order__customer=Customer,
        )

    @admin.display(description="when", ordering="at")
    def moment(self, row: Return) -> str:
        return day(row.at)

    def product_of(self, row: Return) -> Product | None:
        return row.shipment_line.line.product

    @admin.display(description="product", ordering="shipment_line__line__product__sku")
    def item(self, row: Return) -> SafeString | str:
        return super().item(row)

    @admin.display(description="parcel")
    def parcel(self, row: Return) -> SafeString | str:
        return link(row.shipment_line.shipment, "orders_shipment_change", row.shipment_line.shipment_id)

    @admin.display(description="customer")
    def customer(self, row: Return) -> SafeString:
        return to(row.shipment_line.shipment.order.customer)

    @admin.display(description="stands")
    def stands(self, row: Return) -> SafeString:
        return stands(row)

    def tables(self, request: HttpRequest, row: Return) -> list[Table]:
        parcel = row.shipment_line.shipment
        return [
            Table(
                "What it came back from",
                ("Parcel", "Product", "Order", "Customer"),
                [
                    (
                        link(parcel, "orders_shipment_change", parcel.pk),
                        item(row.shipment_line.line.product),
                        link(parcel.order, "orders_order_change", parcel.order_id),
                        to(parcel.order.customer),
                    )
                ],
            )
        ]
