"""Warehouses: where things are sold from, and on which days."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from inventory.desk.base import Desk
from inventory.desk.tables import Table, number
from inventory.models import Warehouse

from . import calendar


@admin.register(Warehouse)
class WarehouseAdmin(Desk):
    list_display = ("code", "name", "asked", "is_open", "handling")
    search_fields = ("code",)
    fields = (("code", "name"), "address", ("rank", "receiving_days", "handling_days"), "is_open")
    operations = calendar.OPERATIONS

    def get_readonly_fields(self, request: HttpRequest, obj: Warehouse | None = None) -> Any:
        """Its days move promises: once it is there, they are changed where that is shown first."""
        return ("receiving_days", "handling_days") if obj else ()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "address":
            kwargs["widget"] = forms.Textarea(attrs={"rows": 4})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"receiving_days": 1, **super().get_changeform_initial_data(request)}

    def tables(self, request: HttpRequest, row: Warehouse) -> list[Table]:
        return [calendar.closed_days(row, timezone.localdate())]

    def has_delete_permission(self, request: HttpRequest, obj: Warehouse | None = None) -> bool:
        """A warehouse is closed, not deleted: the ledger names it."""
        return False

    def recognize(self, term: str) -> Q:
        return Q(code__istartswith=term) | Q(name__icontains=term)

    @admin.display(description="asked", ordering="rank")
    def asked(self, row: Warehouse) -> SafeString:
        return number(row.rank)

    @admin.display(description="handling, days", ordering="handling_days")
    def handling(self, row: Warehouse) -> SafeString:
        return number(row.handling_days)
