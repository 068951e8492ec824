"""Refusals: what was asked for and could not be sold. Read-only."""

from django.contrib import admin
from django.db.models import Q
from django.utils.safestring import SafeString

from inventory.desk.base import Kept
from inventory.desk.tables import day, number
from inventory.ground import keys
from inventory.models import Product
from inventory.models.folded import meant
from orders.models import Customer, Refusal


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
