"""What people do with the order of the queue and its dates, and how they take it back."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from inventory.models import Product
from orders.models import UNPINNED, OrderLine
from orders.promising import by_hand
from orders.queue import ordering, simulation, undoing
from orders.rules.strategies import Strategy

from .hand import SEEN, Hand, NothingThere

REMEMBERED = 5
"""Acts that a hand can take back."""


def priority(hand: Hand) -> bool:
    (line,) = hand.lines(OrderLine.objects.open())
    lift = hand.dice.randint(0, 9)
    return _remembered(hand, line, lambda at: ordering.set_priority([line.pk], lift, reason="race", by=None, at=at))


def pin(hand: Hand) -> bool:
    (line,) = hand.lines(OrderLine.objects.open())
    rank = hand.dice.randint(1, 5) if line.pin_rank == UNPINNED and hand.dice.random() < 0.6 else None
    return _remembered(hand, line, lambda at: ordering.pin_lines([line.pk], rank, reason="race", by=None, at=at))


def move_up(hand: Hand) -> bool:
    waiting = list(OrderLine.objects.backordered().filter(product=hand.product()).in_queue_order()[:SEEN])
    free = [place for place, line in enumerate(waiting, start=1) if line.pin_rank == UNPINNED]
    if len(free) < 2:
        raise NothingThere
    there, now = sorted(hand.dice.sample(free, 2))
    line = waiting[now - 1]
    return _remembered(hand, line, lambda at: ordering.move_up(line.pk, there, reason="race", by=None, at=at))


def _remembered(hand: Hand, line: OrderLine, act: Callable[[datetime], int]) -> bool:
    at = hand.at
    with transaction.atomic():
        Product.objects.lock([line.product_id])
        before = undoing.standing([line.pk])
        changed = act(at)
        after = undoing.standing([line.pk])
    if changed:
        hand.memories = [*hand.memories, undoing.Memory("race", at, before, after)][-REMEMBERED:]
    return bool(changed)


def undo(hand: Hand) -> bool:
    """Take the newest act back that this hand remembers, or a move it makes now; somebody may have been there since."""
    if not hand.memories and not move_up(hand):
        raise NothingThere
    return bool(undoing.undo(hand.memories.pop(), reason="race", by=None, at=hand.at))


def simulate(hand: Hand) -> bool:
    """Put the queue of a product into another order, if that changes who gets what and nobody moved it meanwhile."""
    strategy = hand.dice.choice([each for each in Strategy if each.is_an_order])
    product, moves_on_hand = hand.dice.choice(hand.products), hand.dice.random() < 0.3
    made = simulation.run(strategy, [product], moves_on_hand=moves_on_hand, by=None, at=hand.at)
    if not made.after:
        raise NothingThere
    simulation.apply(made.pk, by=None, at=hand.at)
    return True


def set_date(hand: Hand) -> bool:
    (line,) = hand.lines(OrderLine.objects.backordered())
    return bool(by_hand.set_date([line.pk], hand.soon(), reason="race", by=None, at=hand.at))


def release_date(hand: Hand) -> bool:
    (line,) = hand.lines(OrderLine.objects.filter(open__gt=0, is_promise_pinned=True))
    return bool(by_hand.release([line.pk], reason="race", by=None, at=hand.at))
