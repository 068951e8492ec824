"""
Why is this line waiting, and who is before it? One sentence to read aloud, and the facts under it.

Reads only; the same few statements however long the queue is. The day is said once, as mails say it (``window``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone

from inventory.models import Inbound
from orders.models import UNPINNED, Allocation, OrderLine, OrderStop
from orders.queue import questions
from orders.queue.ordering import MOST_PRIORITY
from orders.queue.questions import EXACT_PLACES
from orders.wording import phrases, window

from . import around, payments, spoken, turns
from .around import Around, FreeUnits
from .turns import Turn


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    A fact that the sentence rests on.

    :ivar inbound_id: what ``name`` names, if that is on its way
    :ivar stock_id: the shelf that ``name`` stands for
    :ivar line_id: the other line that ``text`` names
    """

    name: str
    text: str
    inbound_id: int | None = None
    stock_id: int | None = None
    line_id: int | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """``sentence`` is said to the customer; ``facts`` are what it rests on."""

    sentence: str
    facts: tuple[Evidence, ...]


def explain(line_id: int, *, at: datetime) -> Why:
    """
    Say why a line waits and until when.

    :raises OrderLine.DoesNotExist: if there is no such line
    """
    line = window.as_said(OrderLine.objects.select_related("order__warehouse", "product")).get(pk=line_id)
    today = timezone.localtime(at).date()
    if line.is_stopped and line.open:
        return _stopped(line, today)
    others = list(_others(line)) if line.order.is_ship_complete else []
    if line.backordered <= 0:
        return _covered(line, others, today)
    turn = turns.of([line])[line_id]
    claims = questions.cover([line_id]).get(line_id, [])
    there = around.of([line.product_id]).get(line.product_id, Around())
    parts = [
        turns.said(turn),
        *_sources(line, claims, today),
        *_gap(line),
        *([f"it ships only together with {phrases.listed([_named(other) for other in others])}"] if others else []),
        left_to_others(line) if line.is_held_back else _free_in_words(there.free),
        spoken.when(line, today),
    ]
    facts = (
        Evidence("Place", turns.place(line, turn)),
        Evidence("Before it", turns.before(turn)),
        *(source(claim, today) for claim in claims),
        *(Evidence("Not ordered", text) for text in [around.not_ordered(line, there)] if text),
        Evidence("Free on hand", around.shelves(there.free)),
        *(_waits_for(other) for other in others),
        *(Evidence("Sooner", text) for text in _sooner(line, turn, there)),
    )
    return Why("; ".join(parts) + ".", facts)


def _stopped(line: OrderLine, today: date) -> Why:
    """A line of a stopped order waits for nothing but that it goes on; why it is stopped is for staff."""
    claims = questions.cover([line.pk]).get(line.pk, [])
    stops = OrderStop.objects.filter(order=line.order_id, ended_at=None).select_related("owner")
    facts = (
        *(Evidence("Stopped", stop_in_words(stop, today)) for stop in stops),
        *(Evidence("Payment", text) for text in [payments.in_words(payments.of(line.order))] if text),
        *(source(claim, today) for claim in claims),
    )
    if line.order.is_unpaid and not stops:
        return Why(
            "The order was not paid in time: nothing is kept for it, and it takes its place when it is paid.", facts
        )
    return Why("The order is stopped for now: nothing of it ships until it goes on.", facts)


def stop_in_words(stop: OrderStop, today: date) -> str:
    """Say to staff why an order is stopped, whose it is, and until when."""
    until = f"until {phrases.day(stop.until_date, today)}" if stop.until_date else "until somebody lets it go on"
    return f"{stop.words}; {stop.owner} looks after it, {until}"


def _others(line: OrderLine) -> QuerySet[OrderLine]:
    """The other lines of its order that wait."""
    waiting = OrderLine.objects.backordered().filter(order=line.order_id).exclude(pk=line.pk)
    return waiting.select_related("product").order_by(F("safe_date").desc(nulls_first=True), "pk")[:EXACT_PLACES]


def _covered(line: OrderLine, others: Sequence[OrderLine], today: date) -> Why:
    """A line that waits for nothing."""
    if not line.open:
        return Why(f"Nothing waits: this line is {line.words.lower()}.", ())
    if line.order.is_unpaid:
        paid = Evidence("Payment", payments.in_words(payments.of(line.order)))
        said = payments.said(line.order, is_out=False, today=today)
        return Why(said, (Evidence("Here", phrases.units(line.allocated)), paid))
    all_of_them = "Both" if line.allocated == 2 else f"All {phrases.count(line.allocated)}"
    here = f"{all_of_them} of your units are here" if line.allocated > 1 else "Your unit is here"
    if not others:
        return Why(f"{here} and set aside; nothing waits.", (Evidence("Here", phrases.units(line.allocated)),))
    last = phrases.listed([_named(other) for other in others])
    facts = (Evidence("Here", phrases.units(line.allocated)), *(_waits_for(other) for other in others))
    return Why(f"{here}; the order ships only complete and still waits for {last}.", facts)


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
        overdue = _overdue(inbound, today)
        yield f"{part} {comes}{f', {overdue}' if overdue else ''}"


def source(claim: Allocation, today: date) -> Evidence:
    """Name what covers a part of a line; of an inbound the day that its sender says, which is not yet one to say."""
    if claim.inbound is None:
        assert claim.stock
        text = f"{phrases.units(claim.quantity)} in {claim.stock.warehouse}, set aside"
        return Evidence("Here", text, stock_id=claim.stock_id)
    inbound = claim.inbound
    text = f"{phrases.units(claim.quantity)} from {inbound.sender} to {inbound.warehouse}, {known(inbound, today)}"
    return Evidence(inbound.reference, text, inbound_id=inbound.pk)


def known(inbound: Inbound, today: date) -> str:
    """Say what we know of an arrival, and how."""
    day = inbound.expected_date or inbound.likely_date
    if day is None:
        return "nobody has said when"
    how = "the sender confirmed the date" if inbound.is_confirmed else "learned from the sender’s record"
    if inbound.expected_date and not inbound.is_confirmed:
        how = "which the sender has not confirmed"
    overdue = _overdue(inbound, today)
    return f"expected on {phrases.day(day, today)}, {how}{f', {overdue}' if overdue else ''}"


def _overdue(inbound: Inbound, today: date) -> str:
    since = inbound.overdue_since(today)
    return f"overdue since {phrases.day(since, today)}" if since else ""


def _gap(line: OrderLine) -> Iterator[str]:
    if line.uncovered > 0 and not line.is_held_back:
        rest = f"{line.uncovered:,} of your {line.open:,}" if line.uncovered < line.open else "your units"
        rest = "your unit" if line.open == 1 else rest
        yield f"{'nobody has ordered' if line.uncovered == line.open else 'nobody has yet ordered'} {rest}"


def _free_in_words(free: Sequence[FreeUnits]) -> str:
    if not free:
        return "nothing on hand is free"
    units = sum(shelf.units for shelf in free)
    places = phrases.listed([shelf.place for shelf in free])
    return f"{phrases.are(units)} free in {places}, where this order may not take {'it' if units == 1 else 'them'}"


def left_to_others(line: OrderLine) -> str:
    """Say until when a line that is held back leaves to others what is there sooner."""
    until = "the rest of the order comes" if line.order.is_ship_complete else "it is wanted"
    return f"until {until}, what is there sooner is left to others"


def _named(other: OrderLine) -> str:
    return f"{phrases.units(other.backordered)} of {other.product}"


def _waits_for(other: OrderLine) -> Evidence:
    """Name a line of the same order that waits, too; its own page says until when."""
    text = _named(other) if other.safe_date else f"{_named(other)}, no date can be given"
    return Evidence("Ships together with", text, line_id=other.pk)


def _sooner(line: OrderLine, turn: Turn, there: Around) -> Iterator[str]:
    """What would make it earlier."""
    yield from around.sooner(line, there)
    passed = _passed(line) if turn.place > 1 else None
    if passed:
        priority, lines = passed
        days = (priority - line.priority) * settings.PRIORITY_LIFT_DAYS
        yield f"Priority {priority} counts as {days} more days of waiting: it would pass {turns.passed(lines)}."
    yield from pinned(line, turn)


def pinned(line: OrderLine, turn: Turn) -> Iterator[str]:
    """Say whom it would pass in the first place."""
    if not line.is_pinned and turn.place > 1:
        yield f"Pinned to the first place, it would pass {turns.passed(turn.place - 1)}."


def _passed(line: OrderLine) -> tuple[int, int] | None:
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
            return priority, passed
    return None
