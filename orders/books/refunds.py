"""Is owed back what was canceled and sent back, and paid back what people said? Reads; writes nothing."""

from typing import Any

from django.db.models import DecimalField, Exists, ExpressionWrapper, F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Round

from orders.models import EventKind, LineEvent, OrderLine, Refund, RefundLine, Repayment, Return, ReturnWish

from .findings import Finding, finding, summed

MONEY = DecimalField(max_digits=20, decimal_places=2)


def _total(rows: QuerySet[RefundLine] | QuerySet[Repayment], worth: Any) -> Round:
    """The sum of this over the rows of a refund; 0 if there are none."""
    own = rows.filter(refund=OuterRef("pk")).order_by().values("refund").annotate(total=Sum(worth)).values("total")
    return Round(Coalesce(Subquery(own, output_field=MONEY), 0, output_field=MONEY), 2)


def _owed() -> Finding:
    worth = ExpressionWrapper((F("units") - F("withdrawn")) * F("unit_amount"), output_field=MONEY)
    rows = Refund.objects.annotate(book=_total(RefundLine.objects.all(), worth)).exclude(amount=F("book"))
    return finding("What a refund owes is the sum of its units", rows, "order__reference", "amount", "book")


def _repaid() -> Finding:
    paid = Repayment.objects.filter(taken_back_at=None)
    rows = Refund.objects.annotate(book=_total(paid, F("amount"))).exclude(repaid=F("book"))
    return finding("Paid back is the sum of what people said they paid", rows, "order__reference", "repaid", "book")


def _no_more() -> Finding:
    """A unit is owed once for what it costs: canceled, or sent back for its money."""
    sent_back = Return.objects.filter(wish=ReturnWish.REFUND, is_found=False)
    rows: QuerySet[Any] = OrderLine.objects.filter(Exists(RefundLine.objects.filter(line=OuterRef("pk"))))
    rows = rows.annotate(
        owed=summed(RefundLine.objects.all(), "line", "units"),
        book=F("canceled") + summed(sent_back, "shipment_line__line", "units"),
    )
    return finding(
        "No more units are owed than were canceled or sent back", rows.filter(owed__gt=F("book")), "pk", "owed", "book"
    )


def _all_of_it() -> Finding:
    """
    Each cancellation owes its units; what was canceled before refunds were written down, or is not paid, owes nothing.
    """
    rule, since = "What is canceled of a paid order is owed back", Refund.objects.aggregate(first=Min("at"))["first"]
    if since is None:
        return Finding(rule, 0, ())
    own = RefundLine.objects.filter(
        line=OuterRef("line"), refund__event=OuterRef("cause"), units__gte=OuterRef("units")
    )
    paid = Q(line__order__is_unpaid=False) & (
        Q(line__order__payment=None) | Q(line__order__payment__paid_at__lte=F("at"))
    )
    rows = LineEvent.objects.filter(
        ~Exists(own), paid, ~Q(cause=""), kind=EventKind.CANCELED, at__gte=since, line__unit_price__gt=0
    )
    # an order that moved in with its history owes nothing of it: where it came from did
    return finding(rule, rows.exclude(cause__startswith="order:"), "line__order__reference", "cause")


CHECKS = (_owed, _repaid, _no_more, _all_of_it)
