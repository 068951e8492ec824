"""Is picked what lies in parcels that have not left, and set aside for who gets it? Reads; writes nothing."""

from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from inventory.models import Stock
from orders.models import Allocation, Batch, Parcel, ParcelLine
from orders.models.parcels import STANDS

from .findings import Finding, finding, summed


def _standing() -> QuerySet[Parcel, Any]:
    return Parcel.objects.filter(STANDS).values("pk")


def _picked() -> Finding:
    own = ParcelLine.objects.filter(parcel__in=_standing(), line=OuterRef("line"), stock=OuterRef("stock"))
    units = own.order_by().values("line").annotate(total=Sum("quantity")).values("total")
    rows = Allocation.objects.annotate(book=Coalesce(Subquery(units), 0)).exclude(picked=F("book"))
    return finding(
        "Picked is what lies in parcels that have not left", rows, "line__order__reference", "picked", "book"
    )


def _set_aside() -> Finding:
    """A parcel without a claim behind it would take what is somebody else's."""
    claim = Allocation.objects.filter(line=OuterRef("line"), stock=OuterRef("stock"), picked__lte=F("quantity"))
    rows = ParcelLine.objects.filter(~Exists(claim), parcel__in=_standing())
    return finding("What lies in a parcel is set aside for its line", rows, "parcel__order__reference", "quantity")


def _off_the_shelf() -> Finding:
    rows = Stock.objects.annotate(book=summed(Allocation.objects.filter(picked__gt=0), "stock", "picked"))
    rows = rows.exclude(picked=F("book"))
    return finding("Picked of a shelf is the sum of what is picked of it", rows, "product__sku", "picked", "book")


def _over() -> Finding:
    standing = Parcel.objects.filter(STANDS, batch=OuterRef("pk"))
    rows = Batch.objects.filter(Exists(standing)).exclude(posted_at=None, put_away_at=None)
    return finding("A batch that is over has no parcel to leave", rows, "pk")


CHECKS = (_picked, _set_aside, _off_the_shelf, _over)
