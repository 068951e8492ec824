"""Transit times: how many working days the services of carriers take, by country, as people know it."""

from django.contrib import admin
from django.db.models import Q

from inventory.desk.base import Desk
from orders.models import TransitTime


@admin.register(TransitTime)
class TransitTimeAdmin(Desk):
    list_display = ("carrier", "of_service", "to_country", "days")
    list_filter = ("carrier",)
    search_fields = ("carrier",)
    search_help_text = "Any part of a carrier or a service; the two letters of a country."
    fields = (("carrier", "service"), ("country", "days"))

    def recognize(self, term: str) -> Q:
        return Q(carrier__icontains=term) | Q(service__icontains=term) | Q(country__iexact=term)

    @admin.display(description="service", ordering="service")
    def of_service(self, row: TransitTime) -> str:
        return row.service or "any"

    @admin.display(description="to", ordering="country")
    def to_country(self, row: TransitTime) -> str:
        return str(row.country.name) if row.country else "any country"
