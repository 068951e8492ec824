"""
Do the shelves and the roads agree with what moved and came? Reads; writes nothing.
"""

from django.db.models import Exists, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from inventory.models import Inbound, Movement, MovementKind, Stock, TransferLine
from orders.models import Hold

from .findings import Finding, finding, summed


def _on_hand() -> Finding:
    moved = (
        Movement.objects.filter(product=OuterRef("product"), warehouse=OuterRef("warehouse"))
        .order_by()
        .values("product")
        .annotate(total=Sum("quantity"))
    )
    rows = Stock.objects.annotate(book=Coalesce(Subquery(moved.values("total")), 0)).exclude(on_hand=F("book"))
    return finding("On hand is the sum of movements", rows, "product__sku", "on_hand", "book")


def _on_a_shelf() -> Finding:
    shelf = Stock.objects.filter(product=OuterRef("product"), warehouse=OuterRef("warehouse"))
    lost = Movement.objects.filter(~Exists(shelf)).order_by().values("product__sku", "warehouse__code")
    rows = lost.annotate(units=Sum("quantity")).exclude(units=0)
    return finding("What moved has a shelf", rows, "product__sku", "warehouse__code", "units")


def _held() -> Finding:
    book = summed(Hold.objects.filter(units__gt=0), "stock", "units")
    rows = Stock.objects.annotate(book=book).exclude(held=F("book"))
    return finding("Held is the sum of holds", rows, "product__sku", "held", "book")


def _received() -> Finding:
    book = summed(Movement.objects.filter(kind=MovementKind.RECEIPT), "inbound", "quantity")
    rows = Inbound.objects.annotate(book=book, came=F("received") + F("surplus")).exclude(came=F("book"))
    return finding("Received, with what came beyond it, is the sum of receipts", rows, "reference", "came", "book")


def _sent() -> Finding:
    """A transfer takes off one shelf what it sets on the road: its line, its inbound and its movements agree."""
    left = (
        Movement.objects.filter(
            kind=MovementKind.TRANSFER,
            product=OuterRef("product"),
            warehouse=OuterRef("transfer__source"),
            reference=OuterRef("transfer__reference"),
        )
        .order_by()
        .values("product")
        .annotate(total=-Sum("quantity"))
    )
    rows = TransferLine.objects.annotate(book=Coalesce(Subquery(left.values("total")), 0))
    rows = rows.exclude(quantity=F("book"), inbound__quantity=F("book"))
    rule = "A transfer is on its way with what left"
    return finding(rule, rows, "transfer__reference", "quantity", "inbound__quantity", "book")


CHECKS = (_on_hand, _on_a_shelf, _held, _received, _sent)
