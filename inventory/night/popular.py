"""
Which products are popular: those of value class A in some warehouse, which earn most of the shop's money.

Reads what ``policies`` wrote last night, one statement for all products of a screen.
"""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from inventory.formulas.classes import A
from inventory.models import Product, ReorderPolicy


def of(product_ids: Iterable[int]) -> set[int]:
    """Give those of these products that are popular."""
    found = ReorderPolicy.objects.filter(product__in=set(product_ids), abc=A)
    return set(found.values_list("product", flat=True))


def is_popular(product_id: str) -> Exists:
    """Say so of each row of a query, by the name of its column that holds the product."""
    return Exists(ReorderPolicy.objects.filter(product=OuterRef(product_id), abc=A))


def mark(products: Iterable[Product]) -> None:
    """Let these products know whether they are popular, so that a screen can show it."""
    known = list(products)
    popular = of(product.pk for product in known)
    for product in known:
        product.is_popular = product.pk in popular
