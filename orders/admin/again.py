"""Products that go on backorder again and again, as the last night counted them, with what it was about."""

from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString

from inventory.desk.base import Kept
from inventory.desk.naming import to
from inventory.desk.tables import Table, day, link, money, number
from orders.admin.rows import cause
from orders.models import BackorderCause, RepeatedBackorder
from orders.models.stops import CAUSES

SHOWN = 50
"""Lines that the page of a product names, the newest."""


@admin.register(RepeatedBackorder)
class RepeatedBackorderAdmin(Kept):
    list_display = ("item", "often", "long", "last", "waited", "wanted", "worth", "about")
    list_filter = ("main_cause",)
    list_select_related = ("product",)
    search_fields = ("product__sku",)
    search_help_text = "Any part of a product."
    fields = (("product", "about"), ("spells", "days", "last_on"), ("lines", "units", "value"))
    readonly_fields = ("about",)

    @admin.display(description="times", ordering="spells")
    def often(self, row: RepeatedBackorder) -> SafeString:
        return number(row.spells)

    @admin.display(description="days on backorder", ordering="days")
    def long(self, row: RepeatedBackorder) -> SafeString:
        return number(row.days)

    @admin.display(description="last began", ordering="last_on")
    def last(self, row: RepeatedBackorder) -> str:
        return day(row.last_on)

    @admin.display(description="lines", ordering="lines")
    def waited(self, row: RepeatedBackorder) -> SafeString:
        return number(row.lines)

    @admin.display(description="units", ordering="units")
    def wanted(self, row: RepeatedBackorder) -> SafeString:
        return number(row.units)

    @admin.display(description="worth", ordering="value")
    def worth(self, row: RepeatedBackorder) -> SafeString:
        return number(money(row.value))

    @admin.display(description="causes", ordering="main_cause")
    def about(self, row: RepeatedBackorder) -> str:
        """Name the causes and their lines, the one of most first; lines of which nobody knows are none of them."""
        found = sorted(row.causes.items(), key=lambda each: (-each[1], each[0]))
        labels = dict(CAUSES)
        return " · ".join(f"{labels.get(name, name)} {lines:,}" for name, lines in found)

    def tables(self, request: Any, row: RepeatedBackorder) -> list[Table]:
        rows = BackorderCause.objects.filter(line__product=row.pk).select_related("line__order__customer", "by")
        shown = [
            (
                link(each.line.order, "orders_backorder_change", each.line_id)
                if each.line.open > 0
                else to(each.line.order),
                to(each.line.order.customer),
                each.began_on,
                each.ended_on,
                each.units,
                said.shown if (said := cause(each)) else "",
            )
            for each in rows.order_by("-began_on", "-pk")[:SHOWN]
        ]
        columns = ("Order", "Customer", "Since", "Until", "Units", "Cause")
        return [Table("Who waited", columns, shown, empty="Nobody waited.", numbers=("Units",))]
