"""What staff are shown of a list: who would be offered what, and why nobody is just now. Reads; writes nothing."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Sum

from inventory.models import Stock
from orders.allocation import offering
from orders.models import RequestState, RestockList, RestockRequest
from orders.rules.waves import Asker

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class NextWave:
    """
    What a wave of all that is on sale would be.

    :ivar available: units on sale
    :ivar offers: request and units, in the order of asking
    :ivar shown: the first of them, with their requests
    """

    available: int
    offers: list[tuple[int, int]]
    shown: list[tuple[RestockRequest, int]]
    until: datetime

    @property
    def units(self) -> int:
        return sum(units for _, units in self.offers)


def next_wave(product_id: int, *, at: datetime) -> NextWave:
    """Say whom a wave would offer what, if all that is on sale now had just come free."""
    shelves = Stock.objects.filter(product=product_id, warehouse__is_open=True)
    available = max(0, shelves.aggregate(total=Sum("available"))["total"] or 0)
    rows = RestockRequest.objects.filter(product=product_id, state=RequestState.WAITING).order_by("pk")
    askers = (Asker(pk, wanted) for pk, wanted in rows.values_list("pk", "quantity")[: offering.MOST + 1])
    made = offering.split(available, askers, most=offering.MOST)
    first = dict(made.offers[:MOST_SHOWN])
    shown = [(row, first[row.pk]) for row in rows.filter(pk__in=first)]
    until = offering.waking_hours().after(at, settings.OFFER_WAKING_HOURS)
    return NextWave(available, made.offers, shown, until)


def why(row: RestockList, *, askers: int) -> str:
    """Say when the next wave goes, and why it does not go now."""
    if settings.MAIL == "shadow":
        return "none: no mail is sent (MAIL=shadow), so nobody could be told"
    if not offering.is_open():
        return "none: restock lists are switched off"
    if row.stopped_at:
        return "none: it is stopped"
    if not askers:
        return "none: nobody waits"
    if row.product.is_discontinued:
        return "only of what comes back: it is discontinued, and nobody has told them"
    return "when units come free that no order waits for"


def summary() -> dict[str, int]:
    """Count who waits, what they want, and the products they want it of."""
    rows = RestockRequest.objects.filter(state=RequestState.WAITING)
    found = rows.aggregate(people=Count("pk"), units=Sum("quantity"), products=Count("product", distinct=True))
    return {name: count or 0 for name, count in found.items()}
