"""
What is left after everybody who waits: a part of what came free is held for the restock list, the rest is on sale.

The caller holds the product locks. Writes ``RestockList.on_sale``, and of a wave the holds, who was offered and the
letters that tell them; all else about a list is written by ``orders.waiting_list``.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from inventory.ground.sql import bulk, schema
from inventory.models import Stock
from inventory.supply import stock
from orders.models import Hold, RequestState, RestockLetter, RestockLetterKind, RestockList, RestockRequest
from orders.rules.waves import Asker, WakingHours, Wave, announced, wave

MOST = 5_000
"""Offers of one transaction; what is beyond them is offered by the clock right after, in blocks of as many."""
REASON = "Restock list"
GUESS, GUESS_WEIGHT, LEARNED_FROM = 0.1, 20, 1_000
"""Of who is told, the part that orders, as long as nothing is known; how many people it counts for; how many we ask."""
HOLD_COLUMNS = schema.columns(
    Hold, "stock_id", "request_id", "quantity", "taken", "lost", "released", "until_date", "until_at", "reason", "at"
)
LETTER_COLUMNS = schema.columns(
    RestockLetter,
    *("request_id", "kind", "number", "language", "state", "due_at", "attempts", "claim", "error", "message_id"),
    *("recipient", "subject", "body_text", "body_html", "created_at"),
)


class Freed(NamedTuple):
    """
    Units of a product that came free and are not split yet.

    :ivar shelves: stock rows and their available units, in the order in which warehouses are asked
    """

    units: int
    on_sale: int
    shelves: list[tuple[int, int]]


class OfferedUnits(NamedTuple):
    """Units of a stock row for one request."""

    stock_id: int
    request_id: int
    units: int


def is_open() -> bool:
    """
    Whether the shop keeps restock lists: they are switched on, their mails say where the shop is, and mail goes out.
    In shadow nobody would be told of what is kept for them.
    """
    return bool(settings.RESTOCK_LIST and settings.SHOP_ADDRESS.strip() and settings.MAIL != "shadow")


def left_over(product_ids: Collection[int], *, at: datetime) -> int:
    """
    Split what came free of these products since the last time, and hold the list's part; give the offers made.

    Called twice, it finds nothing free the second time.
    """
    if not is_open() or not product_ids:
        return 0
    return _split({pk: freed for pk, freed in freed_of(product_ids).items() if freed.units}, at=at)


def send_now(product_id: int, *, at: datetime) -> int:
    """Split what is on sale of a product, as if all of it had just come free; give the offers made."""
    freed = freed_of([product_id], is_all=True)
    return _split({pk: found for pk, found in freed.items() if found.units}, at=at)


def sold(product_ids: Collection[int]) -> None:
    """Follow an order that took what was on sale: what comes free later is more than what is left now."""
    for row in RestockList.objects.filter(product__in=product_ids):
        shelves = Stock.objects.filter(product=row.pk, warehouse__is_open=True)
        available = sum(shelves.values_list("available", flat=True))
        RestockList.objects.filter(pk=row.pk, on_sale__gt=available).update(on_sale=available)


def freed_of(product_ids: Collection[int], *, is_all: bool = False) -> dict[int, Freed]:
    """
    Give what came free of products that somebody waits for on a list that is not stopped, by product.

    :param is_all: count what is on sale, too
    """
    waiting = RestockRequest.objects.filter(product=OuterRef("product"), state=RequestState.WAITING)
    rows = Stock.objects.filter(
        Exists(waiting),
        product__in=bulk.among(product_ids),
        product__restock_list__stopped_at=None,
        product__restock_list__isnull=False,
        warehouse__is_open=True,
    ).order_by("product", "warehouse__rank", "warehouse")
    shelves: dict[int, list[tuple[int, int]]] = defaultdict(list)
    marks: dict[int, int] = {}
    for product_id, stock_id, available, on_sale in rows.values_list(
        "product_id", "pk", "available", "product__restock_list__on_sale"
    ):
        shelves[product_id].append((stock_id, max(0, available)))
        marks[product_id] = 0 if is_all else on_sale
    found: dict[int, Freed] = {}
    for product_id, own in shelves.items():
        available, mark = sum(units for _, units in own), marks[product_id]
        found[product_id] = Freed(max(0, available - mark), min(mark, available), own)
        if available < mark:
            RestockList.objects.filter(product=product_id).update(on_sale=available)
    return found


def _split(freed: dict[int, Freed], *, at: datetime) -> int:
    if not freed:
        return 0
    askers: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for product_id, request_id, wanted, number in _askers(freed):
        askers[product_id].append((request_id, wanted, number))
    offers: list[OfferedUnits] = []
    numbers: dict[int, int] = {}
    for product_id, found in sorted(freed.items()):
        if (room := MOST - len(numbers)) <= 0:
            break
        own = (Asker(request_id, wanted) for request_id, wanted, _ in askers[product_id])
        made = split(found.units, own, most=room)
        if settings.WAVES_HOLD:
            offers += _from_shelves(made.offers, found.shelves)
        told = {request_id for request_id, _ in made.offers}
        numbers |= {request_id: number + 1 for request_id, _, number in askers[product_id] if request_id in told}
        RestockList.objects.filter(product=product_id).update(on_sale=found.on_sale + made.on_sale)
    _hold(offers, at=at)
    _tell(numbers, at=at)
    return len(numbers)


def split(freed: int, askers: Iterable[Asker], *, most: int) -> Wave:
    """Say what a wave of so many units is; where none is held, all of them are on sale."""
    if settings.WAVES_HOLD:
        return wave(freed, askers, share_percent=settings.WAVE_SHARE_PERCENT, most=most)
    share = settings.WAVE_SHARE_PERCENT
    return Wave(announced(freed, askers, share_percent=share, take_up=take_up(), most=most), freed)


def take_up() -> float:
    """Say which part of those who were told has ordered, of the newest; a guess as far as there are few."""
    ended = RestockRequest.objects.filter(state__in=[RequestState.SERVED, RequestState.LAPSED]).order_by("-changed_at")
    newest = list(ended.values_list("state", flat=True)[:LEARNED_FROM])
    served = sum(state == RequestState.SERVED for state in newest)
    return (served + GUESS * GUESS_WEIGHT) / (len(newest) + GUESS_WEIGHT)


def _askers(product_ids: Collection[int]) -> Iterator[tuple[int, int, int, int]]:
    """Give product, request, units wanted and waves so far, in the order of asking."""
    rows = RestockRequest.objects.filter(product__in=bulk.among(product_ids), state=RequestState.WAITING)
    return iter(rows.order_by("product", "pk").values_list("product_id", "pk", "quantity", "offers"))


def _from_shelves(offers: Sequence[tuple[int, int]], shelves: Sequence[tuple[int, int]]) -> Iterator[OfferedUnits]:
    """Take what is offered from shelves, the first of them first."""
    left = [(stock_id, units) for stock_id, units in reversed(shelves) if units]
    for request_id, offered in offers:
        missing = offered
        while missing:
            stock_id, there = left.pop()
            units = min(missing, there)
            yield OfferedUnits(stock_id, request_id, units)
            missing -= units
            if there > units:
                left.append((stock_id, there - units))


def _hold(offers: Sequence[OfferedUnits], *, at: datetime) -> None:
    if not offers:
        return
    until = waking_hours().after(at, settings.OFFER_WAKING_HOURS)
    day = timezone.localtime(until).date()
    held: dict[int, int] = defaultdict(int)
    for offer in offers:
        held[offer.stock_id] += offer.units
    stock.hold(held)
    rows = [(offer.stock_id, offer.request_id, offer.units, 0, 0, 0, day, until, REASON, at) for offer in offers]
    bulk.insert(Hold._meta.db_table, HOLD_COLUMNS, rows)


def _tell(numbers: dict[int, int], *, at: datetime) -> None:
    """Owe each request its letter, by the number of the wave; it is due when people are awake."""
    if not numbers:
        return
    RestockRequest.objects.filter(pk__in=bulk.among(numbers)).update(
        state=RequestState.OFFERED, offers=F("offers") + 1, changed_at=at
    )
    due_at = waking_hours().opening(at)
    kind, queued = str(RestockLetterKind.OFFER), "queued"
    letters = [
        (pk, kind, number, "", queued, due_at, 0, "", "", "", "", "", "", "", at) for pk, number in numbers.items()
    ]
    bulk.insert(RestockLetter._meta.db_table, LETTER_COLUMNS, letters)


def waking_hours() -> WakingHours:
    """The hours in which an offer counts down, and in which it may be told."""
    return WakingHours(settings.TIME_ZONE)
