"""
Every way in which people and the clock change supply or demand, each as one deed that a bench can do at random.

A deed is done by a ``Hand`` in a world that others change at the same time: it picks what it finds, calls one use
case, and says whether anything changed. What the use case refuses is no deed.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.contrib.auth.models import User
from django.db.models import QuerySet, Sum
from django.utils import timezone

from inventory import counts, inbound, stock, transfers
from inventory.models import Inbound, MovementKind, Stock
from orders import fulfillment, holds, ordering, promises
from orders.fulfillment import LineUnits
from orders.models import UNPINNED, Hold, OrderLine, OrderLineQuerySet

Row = TypeVar("Row")
CHANNEL = "race"
REFUSED = (
    counts.NotACount,
    fulfillment.BackorderLimit,
    fulfillment.NotALine,
    fulfillment.NotAQuantity,
    fulfillment.NotASubstitute,
    fulfillment.NothingToCancel,
    fulfillment.NothingToShip,
    holds.NotAHold,
    inbound.NotAnInbound,
    inbound.NotOutstanding,
    inbound.OverReceipt,
    ordering.NotAPlace,
    promises.NotAPromise,
    stock.NotEnoughStock,
    transfers.NotATransfer,
)
"""What a use case may answer when the world has moved since its caller looked."""

HOT = 1
SEEN = 60
"""Rows a hand looks at before it picks one."""
PICKED = 25
"""Lines that leave with one carrier."""


class NothingThere(Exception):
    """A hand found nothing to do this deed with."""


@dataclass
class Hand:
    """One process at work. ``products`` and ``places`` are numbers, ``customers`` how many there are."""

    number: int
    seed: int
    products: list[int]
    places: list[int]
    customers: int
    jobs: int = 0
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(f"{self.seed}:{self.number}")

    @property
    def at(self) -> datetime:
        return timezone.now()

    def soon(self) -> date:
        return timezone.localdate() + timedelta(days=self.dice.randint(1, 40))

    def product(self) -> int:
        """The hot one, every other time."""
        return HOT if self.dice.random() < 0.5 else self.dice.choice(self.products)

    def pick(self, rows: Iterable[Row]) -> Row:
        found = list(rows)
        if not found:
            raise NothingThere
        return self.dice.choice(found)

    def lines(self, lines: OrderLineQuerySet, many: int = 1) -> list[OrderLine]:
        """Some of the lines of one product, in no order."""
        found = list(lines.filter(product=self.product())[:SEEN])
        if not found:
            raise NothingThere
        return self.dice.sample(found, min(many, len(found)))

    def coming(self, rows: QuerySet[Inbound]) -> Inbound:
        return self.pick(rows.filter(outstanding__gt=0, product=self.product())[:SEEN])


def place(hand: Hand) -> bool:
    """Up to three lines, whose products stand in any order; one may be there twice."""
    wanted = [hand.product() for _ in range(hand.dice.randint(1, 3))]
    hand.jobs += 1
    at = hand.at
    draft = fulfillment.OrderDraft(
        CHANNEL,
        f"{hand.number}-{hand.jobs}",
        hand.dice.randint(1, hand.customers),
        hand.dice.choice(hand.places),
        tuple(fulfillment.LineDraft(product, hand.dice.randint(1, 5)) for product in wanted),
        at,
        is_ship_complete=hand.dice.random() < 0.1,
        warehouse_rule=hand.dice.choice(("any", "any", "preferred")),
    )
    fulfillment.place(draft, by=None, at=at)
    return True


def cancel(hand: Hand) -> bool:
    chosen = hand.lines(OrderLine.objects.open(), hand.dice.randint(1, 6))
    wanted = [LineUnits(line.pk, hand.dice.choice((None, None, 1))) for line in chosen]
    return bool(fulfillment.cancel(wanted, reason="changed their mind", by=None, at=hand.at))


def ship(hand: Hand) -> bool:
    """What one carrier takes, or all of one order."""
    here = OrderLine.objects.filter(open__gt=0, allocated__gt=0)
    if hand.dice.random() < 0.3:
        (line,) = hand.lines(here)
        return bool(fulfillment.ship_order(line.order_id, by=None, at=hand.at))
    chosen = hand.lines(here.filter(order__is_ship_complete=False), PICKED)
    return bool(fulfillment.ship([LineUnits(line.pk, line.allocated) for line in chosen], by=None, at=hand.at))


def expect(hand: Hand) -> bool:
    """
    Some units, and a part of those that are waited for: so the queue grows no longer than the buyers let it.

    Of all but the hot product more than are asked for: there is something to hold, and to send elsewhere.
    """
    hand.jobs += 1
    product = hand.product()
    waiting = OrderLine.objects.backordered().filter(product=product).aggregate(units=Sum("backordered"))["units"] or 0
    day = hand.dice.choice((None, hand.soon()))
    wanted = inbound.Expectation(
        product,
        hand.dice.choice(hand.places),
        hand.dice.randint(1, 12 if product == HOT else 80) + waiting // 4,
        f"PO-{hand.number}-{hand.jobs}",
        "Nordlys",
        expected_date=day,
        is_confirmed=day is not None,
    )
    return bool(inbound.expect([wanted], by=None, at=hand.at))


def receive(hand: Hand) -> bool:
    return _receive(hand, hand.coming(Inbound.objects.filter(transfer_line=None)))


def receive_transfer(hand: Hand) -> bool:
    return _receive(hand, hand.coming(Inbound.objects.exclude(transfer_line=None)))


def _receive(hand: Hand, row: Inbound) -> bool:
    units = hand.dice.choice((row.outstanding, row.outstanding, hand.dice.randint(1, row.outstanding)))
    return bool(inbound.receive([inbound.Receipt(row.pk, units)], by=None, at=hand.at))


def reschedule(hand: Hand) -> bool:
    row, day = hand.coming(Inbound.objects.all()), hand.soon()
    return bool(inbound.reschedule([inbound.DateChange(row.pk, day, day, day)], by=None, at=hand.at))


def call_off(hand: Hand) -> bool:
    """Units of an inbound will not come."""
    row = hand.coming(Inbound.objects.filter(transfer_line=None))
    units = hand.dice.randint(1, min(4, row.outstanding))
    return bool(inbound.cancel([inbound.Cancellation(row.pk, units)], by=None, at=hand.at))


def count(hand: Hand) -> bool:
    """The shelf holds a few units more or less than it did a moment ago."""
    shelf = hand.pick(Stock.objects.filter(product=hand.product()))
    found = max(0, shelf.on_hand + hand.dice.choice((-2, -1, 1, 2)))
    return counts.count([counts.Count(shelf.product_id, shelf.warehouse_id, found)], by=None, at=hand.at) is not None


def damage(hand: Hand) -> bool:
    return _adjust(hand, -hand.dice.randint(1, 2), MovementKind.DAMAGE)


def take_back(hand: Hand) -> bool:
    """A customer sends units back."""
    return _adjust(hand, hand.dice.randint(1, 3), MovementKind.RETURN)


def _adjust(hand: Hand, units: int, kind: MovementKind) -> bool:
    shelf = hand.pick(Stock.objects.filter(product=hand.product()))
    return bool(stock.adjust([stock.Post(shelf.product_id, shelf.warehouse_id, units, kind)], by=None, at=hand.at))


def transfer(hand: Hand) -> bool:
    shelf = hand.pick(Stock.objects.filter(available__gt=0)[:SEEN])
    there = hand.dice.choice([place for place in hand.places if place != shelf.warehouse_id])
    units = {shelf.product_id: hand.dice.randint(1, min(5, shelf.available))}
    draft = transfers.TransferDraft(shelf.warehouse_id, there, units, hand.soon())
    return bool(transfers.send(draft, by=None, at=hand.at))


def priority(hand: Hand) -> bool:
    (line,) = hand.lines(OrderLine.objects.open())
    return bool(ordering.set_priority([line.pk], hand.dice.randint(0, 9), reason="race", by=None, at=hand.at))


def pin(hand: Hand) -> bool:
    (line,) = hand.lines(OrderLine.objects.open())
    rank = hand.dice.randint(1, 5) if line.pin_rank == UNPINNED and hand.dice.random() < 0.6 else None
    return bool(ordering.pin_lines([line.pk], rank, reason="race", by=None, at=hand.at))


def move_up(hand: Hand) -> bool:
    queue = OrderLine.objects.backordered().filter(product=hand.product()).in_queue_order()
    waiting = list(queue.values_list("pk", "pin_rank")[:SEEN])
    free = [place for place, (_, rank) in enumerate(waiting, start=1) if rank == UNPINNED]
    if len(free) < 2:
        raise NothingThere
    there, now = sorted(hand.dice.sample(free, 2))
    return bool(ordering.move_up(waiting[now - 1][0], there, reason="race", by=None, at=hand.at))


def set_date(hand: Hand) -> bool:
    (line,) = hand.lines(OrderLine.objects.backordered())
    return bool(promises.set_date([line.pk], hand.soon(), reason="race", by=None, at=hand.at))


def release_date(hand: Hand) -> bool:
    (line,) = hand.lines(OrderLine.objects.filter(open__gt=0, is_promise_pinned=True))
    return bool(promises.release([line.pk], reason="race", by=None, at=hand.at))


def change_quantity(hand: Hand) -> bool:
    (line,) = hand.lines(OrderLine.objects.open())
    units = max(1, line.open + line.shipped + hand.dice.choice((-2, -1, 1, 2)))
    return bool(fulfillment.change_quantity([LineUnits(line.pk, units)], reason="race", by=None, at=hand.at))


def substitute(hand: Hand) -> bool:
    (line,) = hand.lines(OrderLine.objects.open())
    other = hand.dice.choice([product for product in hand.products if product != line.product_id])
    return bool(fulfillment.substitute([LineUnits(line.pk)], other, reason="race", by=None, at=hand.at))


def hold(hand: Hand) -> bool:
    """Keep units for somebody who may order later."""
    shelf = hand.pick(Stock.objects.filter(available__gt=0)[:SEEN])
    units, customer = hand.dice.randint(1, min(4, shelf.available)), hand.dice.randint(1, hand.customers)
    draft = holds.HoldDraft(shelf.product_id, shelf.warehouse_id, customer, units, hand.soon(), "race")
    return bool(holds.hold(draft, by=User.objects.get(), at=hand.at))


def let_go(hand: Hand) -> bool:
    held = hand.pick(Hold.objects.filter(units__gt=0)[:SEEN])
    return bool(holds.release([held.pk], by=None, at=hand.at))


DEEDS: dict[str, Callable[[Hand], bool]] = {
    "place": place,
    "cancel": cancel,
    "ship": ship,
    "expect": expect,
    "receive": receive,
    "reschedule": reschedule,
    "call off": call_off,
    "count": count,
    "damage": damage,
    "take back": take_back,
    "transfer": transfer,
    "receive transfer": receive_transfer,
    "priority": priority,
    "pin": pin,
    "move up": move_up,
    "set date": set_date,
    "release date": release_date,
    "change quantity": change_quantity,
    "substitute": substitute,
    "hold": hold,
    "let go": let_go,
}

TOGETHER = (
    ("reschedule", "call off"),
    ("transfer", "receive transfer"),
    ("pin", "move up"),
    ("set date", "release date"),
    ("hold", "let go"),
)
"""Deeds that are one path: there and back, or two ways to the same."""
PATHS = TOGETHER + tuple((name,) for name in DEEDS if not any(name in path for path in TOGETHER))

LEAST = 0.042
"""The share of each path but placing, which makes up the rest."""


def shares() -> dict[tuple[str, ...], float]:
    """How much of all that is done each path is."""
    rest = 1 - LEAST * (len(PATHS) - 1)
    return {path: rest if path == ("place",) else LEAST for path in PATHS}
