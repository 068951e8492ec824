"""What a shop may say of a product: in stock, on backorder until a date, or out of stock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import Min, Sum

from .models import BackorderPolicy, Inbound, Product, Stock


class Word(StrEnum):
    IN_STOCK = "in stock"
    ON_BACKORDER = "on backorder"
    OUT_OF_STOCK = "out of stock"


@dataclass(frozen=True, slots=True)
class Availability:
    """
    ``units`` that can ship now; ``until`` is when the next uncommitted inbound is likely here.

    ``until`` is None when in stock, or when nobody knows.
    """

    word: Word
    units: int
    until: date | None = None


def of(product_ids: Collection[int]) -> dict[int, Availability]:
    """Say it for these products, in three statements however many there are."""
    here = dict(
        Stock.objects.filter(product_id__in=product_ids, warehouse__is_open=True)
        .values_list("product_id")
        .annotate(units=Sum("available"))
    )
    coming: dict[int, date | None] = dict(
        Inbound.objects.filter(product_id__in=product_ids, uncommitted__gt=0)
        .values_list("product_id")
        .annotate(until=Min("likely_date"))
    )
    return {
        product.pk: _of(product, here.get(product.pk, 0), coming)
        for product in Product.objects.filter(pk__in=product_ids)
    }


def _of(product: Product, here: int, coming: dict[int, date | None]) -> Availability:
    if here > 0:
        return Availability(Word.IN_STOCK, here)
    if _may_be_backordered(product, is_coming=product.pk in coming):
        return Availability(Word.ON_BACKORDER, 0, coming.get(product.pk))
    return Availability(Word.OUT_OF_STOCK, 0)


def _may_be_backordered(product: Product, *, is_coming: bool) -> bool:
    if product.is_discontinued or product.backorder_policy == BackorderPolicy.NEVER:
        return False
    if product.backorder_policy == BackorderPolicy.COVERED:
        return is_coming
    return product.backorder_policy != BackorderPolicy.LIMIT or product.backorder_limit != 0
