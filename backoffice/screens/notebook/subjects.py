"""What notes are written on and people are given: rows of these models, to those who may see them."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest
from django.urls import reverse

from inventory.desk.careful import numbers
from inventory.desk.operations import MOST_ROWS
from inventory.models import Alert, Product
from orders.models import Backorder, Customer, Order, OrderLine
from suppliers.models import PurchaseOrder, Supplier

DESKS: dict[type[Model], type[Model]] = {
    Order: Order,
    OrderLine: Backorder,
    Customer: Customer,
    Product: Product,
    PurchaseOrder: PurchaseOrder,
    Supplier: Supplier,
    Alert: Alert,
}
"""By model, the one that the admin shows it as."""
BY_LABEL = {model._meta.label_lower: model for model in DESKS}


def of(row: Model) -> type[Model] | None:
    """Say which of these models a row is of; None: nothing is written on it."""
    model = row._meta.concrete_model
    return model if model in DESKS else None


def rows(request: HttpRequest, label: str) -> list[Any]:
    """
    Read the rows that an address names, as this person sees them.

    :raises Http404: if nothing is written on rows of this model
    :raises PermissionDenied: if this person may not see them
    """
    model, desk = _desk(request, label)
    # a line that is closed stands in no queue any more, and is written about all the same
    found = OrderLine.objects.select_related("order", "product") if model is OrderLine else desk.get_queryset(request)
    return list(found.filter(pk__in=numbers(request.GET.get("ids", ""), MOST_ROWS)).order_by("pk"))


def list_of(request: HttpRequest, label: str) -> str:
    """The address of the list in which rows of this model are chosen; refused as ``rows`` are."""
    _, desk = _desk(request, label)
    return reverse(f"admin:{desk.opts.app_label}_{desk.opts.model_name}_changelist")


def _desk(request: HttpRequest, label: str) -> tuple[type[Model], Any]:
    model = BY_LABEL.get(label)
    if model is None:
        raise Http404("No notes are written there.")
    desk = admin.site.get_model_admin(DESKS[model])
    if not desk.has_view_permission(request):
        raise PermissionDenied
    return model, desk


def may_see(request: HttpRequest, model: type[Model]) -> bool:
    return admin.site.get_model_admin(DESKS[model]).has_view_permission(request)


def page(row: Model) -> tuple[str, Any]:
    """Give the URL name of the page of a row, and its key."""
    opts = DESKS[type(row)._meta.concrete_model or type(row)]._meta
    return f"{opts.app_label}_{opts.model_name}_change", row.pk
