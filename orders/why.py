"""
Why is this line waiting, and who is before it? One sentence to read aloud, and the facts under it.

Reads only; the same few statements however long the queue is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from inventory import bulk
from inventory.models import Inbound, LeadTime, Stock

from . import phrases, queue
from .arrivals import shipping_date
from .models import UNPINNED, Allocation, OrderLine, WarehouseRule
from .ordering import MOST_PRIORITY
from .queue import EXACT_PLACES


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Why:
    """``sentence`` is said to the customer; ``facts`` are what it rests on."""

    sentence: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a line stands: ``before`` are the units before it; beyond ``EXACT_PLACES`` at least so many."""

    place: int
    size: int
    before: int

    @property
    def is_exact(self) -> bool:
        return self.place <= EXACT_PLACES


def explain(line_id: int, *, at: datetime) -> Why:
    """
    Say why a line waits and until when.

    :raises OrderLine.DoesNotExist: if there is no such line
    """
    line = OrderLine.objects.select_related("order__warehouse", "product").get(pk=line_id)
    today = timezone.localtime(at).date()
    others = list(_others(line)) if line.order.is_ship_complete else []
    if line.backordered <= 0:
        return _covered(line, others, today)
    place = _place(line)
    claims = queue.cover([line_id]).get(line_id, [])
    shelves = Stock.objects.filter(product=line.product_id, available__gt=0).select_related("warehouse")
    free = list(shelves.order_by("warehouse__rank", "pk"))
    parts = [
        _position(place),
        *_sources(line, claims, today),
        *_gap(line),
        *([f"it ships only together with {phrases.listed([_named(other) for other in others])}"] if others else []),
        _left_to_others(line) if line.is_held_back else _free_in_words(free),
    ]
    facts = (
        Fact("Place", _place_in_words(line, place)),
        Fact("Before it", _before(place)),
        *(_source(line, claim, today) for claim in claims),
        *_nobody_sends(line),
        Fact("Free on hand", _shelves_in_words(free)),
        *(_waits_for(other, today) for other in others),
        *(Fact("Sooner", text) for text in _sooner(line, place, free)),
    )
    return Why("; ".join(parts) + ".", facts)


def _others(line: OrderLine) -> QuerySet[OrderLine]:
    """The other lines of its order that wait."""
    waiting = OrderLine.objects.backordered().filter(order=line.order_id).exclude(pk=line.pk)
    return waiting.select_related("product").order_by(F("safe_date").desc(nulls_first=True), "pk")[:EXACT_PLACES]


def _covered(line: OrderLine, others: Sequence[OrderLine], today: date) -> Why:
    """A line that waits for nothing."""
    if not line.open:
        return Why(f"Nothing waits: this line is {line.words.lower()}.", ())
    here = f"All {phrases.count(line.allocated)} of your units are here" if line.allocated > 1 else "Your unit is here"
    if not others:
        return Why(f"{here} and set aside; nothing waits.", (Fact("Here", phrases.units(line.allocated)),))
    last = phrases.listed([_named(other) for other in others])
    facts = (Fact("Here", phrases.units(line.allocated)), *(_waits_for(other, today) for other in others))
    return Why(f"{here}; the order ships only complete and still waits for {last}.", facts)


_HEAD = (
    "SELECT id, place, size, units, total FROM ("
    "SELECT id, ROW_NUMBER() OVER (ORDER BY pin_rank, queue_at, id) AS place, COUNT(*) OVER () AS size, "
    "SUM(backordered) OVER (ORDER BY pin_rank, queue_at, id ROWS UNBOUNDED PRECEDING) - backordered AS units, "
    "SUM(backordered) OVER () AS total "
    'FROM (SELECT id, pin_rank, queue_at, backordered FROM orders_orderline WHERE product_id = %s AND "open" > 0 '
    f"AND backordered > 0 ORDER BY pin_rank, queue_at, id LIMIT {EXACT_PLACES + 1}) AS head"
    ") AS ranked WHERE place = 1 OR id = %s ORDER BY place DESC LIMIT 1"
)
"""The head of the queue, and of it the line asked for; behind it, the very first, which knows the sums."""


def _place(line: OrderLine) -> _Place:
    found, place, size, units, total = bulk.fetch(_HEAD, [line.product_id, line.pk])[0]
    if found != line.pk:
        return _Place(EXACT_PLACES + 1, EXACT_PLACES + 1, int(total))
    return _Place(place, size, int(units))


def _position(place: _Place) -> str:
    if not place.is_exact:
        behind = f"You stand behind the first {EXACT_PLACES:,} in line"
        return f"{behind}; at least {phrases.units(place.before)} are before you"
    if place.size == 1:
        return "You are the only one in line"
    of = f"more than {EXACT_PLACES:,}" if place.size > EXACT_PLACES else phrases.count(place.size)
    here = f"You are {phrases.ordinal(place.place)} in line of {of}"
    return f"{here}; {phrases.are(place.before)} before you" if place.place > 1 else here


def _place_in_words(line: OrderLine, place: _Place) -> str:
    size = f"{EXACT_PLACES:,}+" if place.size > EXACT_PLACES else f"{place.size:,}"
    where = f"{place.place:,} of {size}" if place.is_exact else f"{EXACT_PLACES:,}+"
    if line.is_pinned:
        return f"{where}, pinned to place {line.pin_rank:,} by staff"
    return f"{where}, priority {line.priority}: {line.priority_reason}" if line.priority else where


def _before(place: _Place) -> str:
    if not place.is_exact:
        return f"at least {phrases.units(place.before)} of {EXACT_PLACES:,}+ lines"
    lines = place.place - 1
    return f"{phrases.units(place.before)} of {phrases.lines(lines)}" if lines else "nobody"


def _sources(line: OrderLine, claims: Sequence[Allocation], today: date) -> Iterator[str]:
    """What the line has and will get, in the words of the sentence."""
    for claim in claims:
        part = f"{claim.quantity:,} of your {line.open:,}"
        if line.open == claim.quantity:
            part = f"your {phrases.units(claim.quantity)}" if line.open > 1 else "your unit"
        is_one = claim.quantity == 1
        if claim.inbound is None:
            yield f"{part} {'is' if is_one else 'are'} here"
            continue
        inbound = claim.inbound
        comes = f"{'comes' if is_one else 'come'} with {inbound.reference} from {inbound.sender}"
        yield f"{part} {comes}, {_when(inbound, today)}"


def _when(inbound: Inbound, today: date) -> str:
    """From when to when units of an inbound can ship, after they were received and handled."""
    if not inbound.likely_date or not inbound.safe_date:
        return "and nobody has said when"
    if inbound.safe_date < today:
        return f"overdue since {phrases.day(inbound.safe_date, today)}"
    likely, safe = (
        shipping_date(day, inbound.warehouse.handling_days) for day in (inbound.likely_date, inbound.safe_date)
    )
    return f"likely to ship {phrases.between(likely, safe, today)}"


def _source(line: OrderLine, claim: Allocation, today: date) -> Fact:
    if claim.inbound is None:
        assert claim.stock
        return Fact("Here", f"{phrases.units(claim.quantity)} in {claim.stock.warehouse}, set aside")
    inbound = claim.inbound
    known = "nobody has said when"
    if inbound.likely_date and inbound.safe_date:
        how = "the sender confirmed the date" if inbound.is_confirmed else "learned from the sender’s record"
        known = f"arrives {phrases.between(inbound.likely_date, inbound.safe_date, today)}, {how}"
        if inbound.safe_date < today:
            known += f", overdue since {phrases.day(inbound.safe_date, today)}"
    return Fact(
        inbound.reference, f"{phrases.units(claim.quantity)} from {inbound.sender} to {inbound.warehouse}, {known}"
    )


def _gap(line: OrderLine) -> Iterator[str]:
    if line.uncovered > 0:
        rest = f"{line.uncovered:,} of your {line.open:,}" if line.uncovered < line.open else "your units"
        rest = "your unit" if line.open == 1 else rest
        yield f"{'nobody has ordered' if line.uncovered == line.open else 'nobody has yet ordered'} {rest}"


def _nobody_sends(line: OrderLine) -> Iterator[Fact]:
    if line.uncovered > 0:
        times = LeadTime.objects.filter(product=line.product_id).order_by("safe_days", "pk")
        best = min(times, key=lambda time: time.warehouse_id != line.order.warehouse_id, default=None)
        text = f"{phrases.units(line.uncovered)}; nobody supplies this product, so no date can be given"
        if best:
            usual = f"{best.likely_days:.0f} to {best.safe_days:.0f} days"
            text = f"{phrases.units(line.uncovered)}; once ordered, {best.sender} takes {usual}"
        yield Fact("Not ordered", text)


def _free_in_words(free: Sequence[Stock]) -> str:
    if not free:
        return "nothing on hand is free"
    units = sum(stock.available for stock in free)
    places = phrases.listed([str(stock.warehouse) for stock in free])
    return f"{phrases.are(units)} free in {places}, where this order may not take {'it' if units == 1 else 'them'}"


def _left_to_others(line: OrderLine) -> str:
    until = "the rest of the order comes" if line.order.is_ship_complete else "it is wanted"
    return f"until {until}, what is there sooner is left to others"


def _shelves_in_words(free: Sequence[Stock]) -> str:
    return ", ".join(f"{phrases.units(stock.available)} in {stock.warehouse}" for stock in free) or "nothing"


def _named(other: OrderLine) -> str:
    return f"{phrases.units(other.backordered)} of {other.product}"


def _waits_for(other: OrderLine, today: date) -> Fact:
    when = "no date can be given"
    if other.likely_date and other.safe_date:
        when = f"can ship {phrases.between(other.likely_date, other.safe_date, today)}"
    return Fact("Ships together with", f"{_named(other)}, {when}")


def _sooner(line: OrderLine, place: _Place, free: Sequence[Stock]) -> Iterator[str]:
    """What would make it earlier."""
    for stock in free:
        if not stock.warehouse.is_open:
            yield f"{stock.warehouse} is closed: once it opens, {phrases.are(stock.available)} free there."
        elif line.order.warehouse_rule == WarehouseRule.PREFERRED:
            there = f"{phrases.are(stock.available).capitalize()} free in {stock.warehouse}"
            yield f"{there}, but this order ships only from {line.order.warehouse}."
    spare = _spare(line)
    if spare:
        yield f"{phrases.are(spare).capitalize()} on the way to a warehouse this order may not use."
    passed = _passed(line) if place.place > 1 else None
    if passed:
        priority, lines = passed
        days = (priority - line.priority) * settings.PRIORITY_LIFT_DAYS
        yield f"Priority {priority} counts as {days} more days of waiting: it would pass {lines}."
    if not line.is_pinned and place.place > 1:
        yield f"Pinned to the first place, it would pass {_bounded(place.place - 1)}."


def _bounded(lines: int) -> str:
    return phrases.lines(lines) if lines < EXACT_PLACES else f"{EXACT_PLACES:,}+ lines"


def _spare(line: OrderLine) -> int:
    """Units on their way that nobody has claimed: the line may not use them, or it would have."""
    coming = Inbound.objects.open().filter(product=line.product_id, uncommitted__gt=0)
    return int(coming.aggregate(units=Sum("uncommitted", default=0))["units"]) if line.uncovered > 0 else 0


def _passed(line: OrderLine) -> tuple[int, str] | None:
    """The lowest priority that passes somebody, and how many lines; None if even the highest does not."""
    if line.is_pinned or line.priority >= MOST_PRIORITY:
        return None
    lift = timedelta(days=settings.PRIORITY_LIFT_DAYS)
    furthest = line.queue_at - lift * (MOST_PRIORITY - line.priority)
    before = OrderLine.objects.waiting_for([line.product_id]).filter(
        pin_rank=UNPINNED, queue_at__gte=furthest, queue_at__lt=line.queue_at
    )
    nearest = list(before.order_by("-queue_at", "-pk").values_list("queue_at", "pk")[: EXACT_PLACES + 1])
    for priority in range(line.priority + 1, MOST_PRIORITY + 1):
        place = (line.queue_at - lift * (priority - line.priority), line.pk)
        passed = sum(other > place for other in nearest)
        if passed:
            return priority, _bounded(passed)
    return None
