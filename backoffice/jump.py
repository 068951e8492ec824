"""The palette's search: any product, order, customer, supplier or purchase order, by the start of its name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import Model, QuerySet
from django.db.models.functions import Upper
from django.http import HttpRequest
from django.urls import reverse

from inventory import keys
from inventory.models import Product
from orders.models import Customer, Order
from suppliers.models import PurchaseOrder, Supplier

EACH = 5
"""Most hits of one kind."""


@dataclass(frozen=True, slots=True)
class Hit:
    kind: str
    label: str
    detail: str
    url: str


def _products(text: str) -> list[tuple[Model, str]]:
    return [(row, row.name) for row in _from(Product.objects.all(), "key", keys.key(text))]


def _orders(text: str) -> list[tuple[Model, str]]:
    rows = Order.objects.select_related("customer")
    return [(row, row.customer.name) for row in _from(rows, "key", keys.key(text))]


def _customers(text: str) -> list[tuple[Model, str]]:
    if "@" in text:
        rows = _from(Customer.objects.all(), "key", keys.key(text))
    else:
        rows = _from(Customer.objects.annotate(name_of=Upper("name")), "name_of", text.upper())
    return [(row, row.called) for row in rows]


def _suppliers(text: str) -> list[tuple[Model, str]]:
    return [(row, row.code) for row in Supplier.objects.filter(name__icontains=text)[:EACH]]


def _purchases(text: str) -> list[tuple[Model, str]]:
    rows = PurchaseOrder.objects.filter(reference__istartswith=text).select_related("supplier")
    return [(row, f"{row.supplier} · {row.words}") for row in rows[:EACH]]


def _from(rows: QuerySet[Any], column: str, text: str) -> list[Any]:
    """
    Walk the column's index from ``text`` on: what starts with it comes first.

    A LIKE cannot use the index of a database that sorts by a language's rules; this does on both.
    """
    near = rows.filter(**{f"{column}__gte": text}).order_by(column)[:EACH]
    return [row for row in near if getattr(row, column).startswith(text)]


KINDS: tuple[tuple[str, type[Model], Callable[[str], list[tuple[Model, str]]]], ...] = (
    ("Order", Order, _orders),
    ("Product", Product, _products),
    ("Purchase order", PurchaseOrder, _purchases),
    ("Customer", Customer, _customers),
    ("Supplier", Supplier, _suppliers),
)


def find(site: AdminSite, request: HttpRequest, text: str) -> list[Hit]:
    """Find what starts with ``text`` among what this person may see; at most one statement a kind."""
    text = text.strip()
    return [
        Hit(
            kind, str(row), detail, reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
        )
        for kind, model, search in KINDS
        if text and _may_see(site, request, model)
        for row, detail in search(text)
    ]


def _may_see(site: AdminSite, request: HttpRequest, model: type[Model]) -> bool:
    return site.is_registered(model) and site.get_model_admin(model).has_view_permission(request)
