"""
The queue as people read it: the questions asked of it, the place of a line, what covers it, what was said.

Reads only, and set-based: each function takes a page of lines and asks the database once, however many there are.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.expressions import OrderBy

from inventory.ground.sql import bulk
from orders.allocation.dating import day_of
from orders.models import Allocation, NoticeLine, NoticeState, Order, OrderLine, Promise
from orders.models.kinds import CONFIRMATIONS
from orders.models.order import AT_RISK, WAITS
from orders.rules.planning import QUEUE_ORDER

EXACT_PLACES = 1_000
"""Places are counted up to here; behind it a line is "1,000+"."""
OLD_DAYS = 30


@dataclass(frozen=True, slots=True)
class Question:
    """
    A saved question: what the tab is called, which lines answer it, and what an empty answer means.

    :ivar parts: the questions that it is made of; no line answers two of them
    """

    label: str
    ask: Callable[[datetime], Q]
    empty: str
    order: tuple[str | OrderBy, ...] = QUEUE_ORDER
    parts: tuple[str, ...] = ()


def _waiting(at: datetime) -> Q:
    return WAITS


def _shippable(at: datetime) -> Q:
    held = OrderLine.objects.filter(WAITS, order=OuterRef("order"), order__is_ship_complete=True)
    later = Order.objects.filter(pk=OuterRef("order"), wanted_date__gt=day_of(at))
    return Q(allocated__gt=0, is_stopped=False) & ~Q(Exists(held)) & ~Q(Exists(later)) & ~_unpaid_order()


def _unpaid_order() -> Q:
    return Q(Exists(Order.objects.filter(pk=OuterRef("order"), is_unpaid=True)))


def _due(at: datetime) -> Q:
    return _shippable(at) & has_to_leave(at)


def has_to_leave(at: datetime) -> Q:
    """
    Narrow what can ship to what should have left by tonight: promised for today or before, or for a day that passed,
    after which no other could be given any more.
    """
    return Q(promised_date__lte=day_of(at)) | is_late(at)


def is_late(at: datetime) -> Q:
    """Narrow what can ship to what should have left before today."""
    return Q(promised_date__lt=day_of(at)) | (Q(promised_date=None) & Q(_broken(at)))


def _past_waiting(at: datetime) -> Q:
    return WAITS & Q(promised_date__lt=day_of(at))


def _past_here(at: datetime) -> Q:
    """Name what is here, unshipped and broken, though the night has given it another day since."""
    passed = Q(promised_date__lt=day_of(at))
    here = Q(allocated__gt=0, is_stopped=False) & ~_unpaid_order()
    return here & (passed | Q(_broken(at))) & ~(Q(backordered__gt=0) & passed)


def _broken(at: datetime) -> Exists:
    """Say of a line whether a day passed that was its promise until then: nothing newer was said before it was over."""
    newer = Promise.objects.filter(
        line=OuterRef("line"), pk__gt=OuterRef("pk"), at__date__lte=OuterRef("promised_date")
    )
    return Exists(Promise.objects.filter(~Exists(newer), line=OuterRef("pk"), promised_date__lt=day_of(at)))


def _past(at: datetime) -> Q:
    return _past_waiting(at) | _past_here(at)


def _at_risk(at: datetime) -> Q:
    return AT_RISK & Q(promised_date__gte=day_of(at))


def _untold(at: datetime) -> Q:
    return WAITS & Q(told_at=None)


def _undated(at: datetime) -> Q:
    return WAITS & Q(promised_date=None)


def _uncovered(at: datetime) -> Q:
    return Q(uncovered__gt=0, is_held_back=False, is_stopped=False)


def _old(at: datetime) -> Q:
    return WAITS & Q(placed_at__lt=at - timedelta(days=OLD_DAYS))


def _stopped(at: datetime) -> Q:
    return Q(open__gt=0, is_stopped=True)


def _unpaid(at: datetime) -> Q:
    return Q(open__gt=0) & _unpaid_order()


def _undecided(at: datetime) -> Q:
    return _past_waiting(at) | _at_risk(at) | _undated(at)


QUESTIONS: Mapping[str, Question] = {
    "waiting": Question("All waiting", _waiting, "Nobody is waiting. Every open line has its units set aside."),
    "decide": Question(
        "Needs a decision",
        _undecided,
        "Every waiting line has a date, and every date holds.",
        parts=("past_waiting", "risk", "undated"),
    ),
    "ship": Question(
        "Can ship now",
        _shippable,
        "Nothing stands ready. Lines appear here when goods are received.",
        ("order_id", "pk"),
    ),
    "due": Question(
        "Ready, promise due",
        _due,
        "Nothing that is here was promised for today or before.",
        (F("promised_date").asc(nulls_first=True), "order_id", "pk"),
    ),
    "past": Question(
        "Past promise",
        _past,
        "Everything that is here leaves by the day it was promised for, and nothing waits past its own.",
        parts=("past_waiting", "past_here"),
    ),
    "risk": Question("Promise at risk", _at_risk, "Every promised date still holds against what is on its way."),
    "untold": Question("Never told", _untold, "Every customer who waits has heard from us."),
    "undated": Question("No date", _undated, "Every waiting line has a date."),
    "unsupplied": Question("No supply", _uncovered, "Everything that waits is covered by something ordered."),
    "old": Question(f"Over {OLD_DAYS} days", _old, f"Nobody has waited longer than {OLD_DAYS} days."),
    "stopped": Question("Stopped", _stopped, "No order is stopped."),
    "unpaid": Question("Unpaid", _unpaid, "Every open order is paid."),
}

PARTS: Mapping[str, Callable[[datetime], Q]] = {
    **{name: question.ask for name, question in QUESTIONS.items() if not question.parts},
    "past_waiting": _past_waiting,
    "past_here": _past_here,
}
"""The questions that an index of their own answers: those that have no parts, and parts that are no tab."""


def places(lines: Collection[OrderLine]) -> dict[int, tuple[int, int]]:
    """
    Find the place of each waiting line among those who wait for its product, and how many they are.

    Reads the head of each product's queue once, whatever the length behind it.

    :returns: place and size by line; beyond ``EXACT_PLACES`` both are ``EXACT_PLACES`` + 1
    """
    waiting = {line.pk: line.product_id for line in lines if line.waits}
    if not waiting:
        return {}
    head = _HEAD.format(number="{number}", ids=", ".join(map(str, waiting)), most=EXACT_PLACES + 1)
    rows = bulk.fetch(*bulk.for_each(set(waiting.values()), head))
    found = {line_id: place for line_id, _, place, _ in rows}
    sizes = {product_id: size for _, product_id, _, size in rows}
    behind = EXACT_PLACES + 1
    return {line_id: (found.get(line_id, behind), sizes[product]) for line_id, product in waiting.items()}


_HEAD = (
    "SELECT id, product_id, place, size FROM ("
    "SELECT id, product_id, ROW_NUMBER() OVER (ORDER BY pin_rank, queue_at, id) AS place, COUNT(*) OVER () AS size "
    "FROM (SELECT id, product_id, pin_rank, queue_at FROM orders_orderline "
    'WHERE product_id = {number} AND "open" > 0 AND backordered > 0 AND NOT is_stopped '
    "ORDER BY pin_rank, queue_at, id LIMIT {most}"
    ") AS head) AS ranked WHERE place = 1 OR id IN ({ids})"
)
"""The first of one product's queue, and of them the ones asked for; the very first tells the size if none is."""


def ahead(line_ids: Collection[int]) -> dict[int, int | None]:
    """
    Find who stands directly before each of these waiting lines; None: nobody does.

    It stays the same while others at the head are served and others join at the tail.
    """
    waiting = dict(OrderLine.objects.backordered().filter(pk__in=line_ids).values_list("pk", "product_id"))
    if not waiting:
        return {}
    head = _AHEAD.format(number="{number}", ids=", ".join(map(str, waiting)), most=EXACT_PLACES + 1)
    return dict(bulk.fetch(*bulk.for_each(set(waiting.values()), head)))


_AHEAD = (
    "SELECT id, ahead FROM ("
    "SELECT id, LAG(id) OVER (ORDER BY pin_rank, queue_at, id) AS ahead "
    "FROM (SELECT id, pin_rank, queue_at FROM orders_orderline "
    'WHERE product_id = {number} AND "open" > 0 AND backordered > 0 AND NOT is_stopped '
    "ORDER BY pin_rank, queue_at, id LIMIT {most}"
    ") AS head) AS ranked WHERE id IN ({ids})"
)
"""The lines of one product's queue that are asked for, each with the one before it."""


def cover(line_ids: Collection[int]) -> dict[int, list[Allocation]]:
    """Give what covers each line, what is here first, then by arrival."""
    found: dict[int, list[Allocation]] = defaultdict(list)
    claims = Allocation.objects.filter(line__in=line_ids).select_related("stock__warehouse", "inbound__warehouse")
    for claim in sorted(claims, key=_by_arrival):
        found[claim.line_id].append(claim)
    return found


def _by_arrival(claim: Allocation) -> tuple[date, int]:
    if claim.inbound is None:
        return date.min, claim.pk
    return claim.inbound.likely_date or date.max, claim.pk


def unsent(line_ids: Collection[int]) -> dict[int, tuple[str, int]]:
    """Say of each line whether news of it stands in the outbox: state and key of the newest such notice."""
    stuck = (NoticeState.QUEUED, NoticeState.CLAIMED, NoticeState.IN_DOUBT, NoticeState.DEAD, NoticeState.CALL)
    rows = NoticeLine.objects.filter(line__in=line_ids, is_superseded=False, notice__state__in=stuck)
    rows = rows.exclude(kind__in=CONFIRMATIONS)
    found = rows.order_by("pk").values_list("line_id", "notice__state", "notice_id")
    return {line_id: (state, notice_id) for line_id, state, notice_id in found}
