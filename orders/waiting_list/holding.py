"""
The end of offers: what nobody took goes first to lines backordered since, then is split again the same way.

What the clock does: expire, note what became of each offer, go on with waves that were too big for one transaction.
Each block commits by itself; any number of workers may run it.
"""

from collections import Counter
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum

from inventory.ground.post.letter import LetterState
from inventory.models import Product, Stock
from inventory.supply import stock
from orders import allocation
from orders.allocation import offering
from orders.models import (
    Hold,
    OrderLine,
    RequestState,
    RestockLetter,
    RestockLetterKind,
    RestockList,
    RestockRequest,
)

BLOCK = 200
"""Offers that end in one transaction."""
AT_AN_END = (
    *(LetterState.SENT, LetterState.IN_DOUBT, LetterState.BOUNCED, LetterState.COMPLAINED),
    *(LetterState.DEAD, LetterState.CALL),
)
"""What became of letters that told somebody, or that nobody can be told by."""


def give_back(holds: QuerySet[Hold]) -> int:
    """
    Release these holds, whose products the caller has locked; the caller commits the queue.

    :returns: units
    """
    standing = list(holds.filter(units__gt=0).order_by("pk").select_for_update(no_key=True))
    shelves: Counter[int] = Counter()
    for held in standing:
        shelves[held.stock_id] -= held.units
    Hold.objects.filter(pk__in=[held.pk for held in standing]).update(
        released=F("released") + F("quantity") - F("taken") - F("lost") - F("released")
    )
    stock.hold(shelves)
    return sum(held.units for held in standing)


def expire(*, at: datetime) -> int:
    """Release what was offered until now and not ordered, in blocks of one product; give units."""
    over = Hold.objects.filter(request__isnull=False, units__gt=0, until_at__lte=at)
    expired = 0
    while first := over.order_by("until_at", "pk").values_list("stock__product_id", flat=True).first():
        with allocation.locked([first], at=at) as queue:
            block = over.filter(stock__product=first).order_by("pk").values_list("pk", flat=True)[:BLOCK]
            ids = list(block)
            if ids and (units := give_back(over.filter(pk__in=ids))):
                expired += units
                queue.commit(cause=f"restock-expired:{ids[0]}", by=None)
    return expired


def close(*, at: datetime) -> int:
    """
    Note what became of offers of which nothing is held any more, and give how many there were.

    Who ordered is served, all or a part of it. Who was told, or may have been, and let the time pass is off the list,
    and so is who cannot be reached: the units would be kept for nobody wave after wave. Who was never told, or whose
    units were lost before they could order them, waits again, at the place they had. Commits by product.
    """
    own = Hold.objects.filter(request=OuterRef("pk"))
    over = RestockRequest.objects.filter(~Exists(own.filter(units__gt=0)), state=RequestState.OFFERED)
    closed = 0
    for product_id in list(over.order_by("product").values_list("product", flat=True).distinct()):
        with transaction.atomic():
            Product.objects.lock([product_id])  # a wave that is offered in this moment is no end of one
            closed += _closed(over.filter(product=product_id), product_id, at)
    return closed


def _closed(over: QuerySet[RestockRequest], product_id: int, at: datetime) -> int:
    letter = RestockLetter.objects.filter(
        request=OuterRef("pk"), kind=RestockLetterKind.OFFER, number=OuterRef("offers")
    )
    over = over.annotate(wave_at=Subquery(letter.values("created_at")[:1]))
    wave = Hold.objects.filter(request=OuterRef("pk"), at=OuterRef("wave_at"))
    has_time = ~Exists(wave) & Q(wave_at__in=_running(product_id, at)) & ~Exists(letter.filter(state="superseded"))
    over = over.exclude(has_time)
    # a worker that was killed as it sent has told them, perhaps
    told = letter.filter(Q(state__in=AT_AN_END) | Q(state=LetterState.CLAIMED, intent_at__isnull=False))
    bought = OrderLine.objects.filter(
        product=product_id, order__customer__key=OuterRef("key"), placed_at__gte=OuterRef("wave_at")
    )
    taken = Hold.objects.filter(request=OuterRef("pk"), taken__gt=0)
    is_served = Exists(taken) | (~Exists(wave) & Exists(bought))
    is_lapsed = Exists(told) & (~Exists(wave) | Exists(wave.filter(released__gt=0)))
    closed = 0
    for state, which in ((RequestState.SERVED, is_served), (RequestState.LAPSED, is_lapsed)):
        closed += over.filter(which).update(state=state, changed_at=at)
    closed += over.update(state=RequestState.WAITING, changed_at=at)
    if closed and not settings.WAVES_HOLD:
        offered = RestockRequest.objects.filter(product=product_id, state=RequestState.OFFERED)
        if not offered.exists():  # the wave is over: the next are told of what is left
            RestockList.objects.filter(product=product_id).update(on_sale=0)
    return closed


def _running(product_id: int, at: datetime) -> list[datetime]:
    """Give the moments of the waves whose time is not over."""
    hours = offering.waking_hours()
    told = RestockLetter.objects.filter(
        kind=RestockLetterKind.OFFER, request__product=product_id, request__state=RequestState.OFFERED
    )
    moments = told.order_by("created_at").values_list("created_at", flat=True).distinct()
    return [moment for moment in moments if hours.after(moment, settings.OFFER_WAKING_HOURS) > at]


def go_on(*, at: datetime) -> int:
    """Offer what came free and is not split yet, in blocks of one product; give the offers made."""
    if not offering.is_open():
        return 0
    shelves = Stock.objects.filter(product=OuterRef("pk"), warehouse__is_open=True).order_by().values("product")
    waiting = RestockRequest.objects.filter(product=OuterRef("pk"), state=RequestState.WAITING)
    lists = RestockList.objects.filter(Exists(waiting), stopped_at=None)
    lists = lists.annotate(available=Subquery(shelves.annotate(total=Sum("available")).values("total")))
    one_at_least = (F("available") - F("on_sale")) * settings.WAVE_SHARE_PERCENT
    lists = lists.annotate(share=one_at_least).filter(share__gte=100)
    made = 0
    for product_id in lists.order_by("pk").values_list("pk", flat=True):
        while True:
            with transaction.atomic():
                Product.objects.lock([product_id])
                cause = f"restock-wave:{product_id}:{at:%y%m%d%H%M%S%f}+{made}"
                offered = allocation.offer(product_id, cause=cause, at=at)
            made += offered
            if offered < offering.MOST:
                break
    return made
