"""What customers and those who serve them do: order, cancel, change, stop, take away, have units held."""

from django.contrib.auth.models import User

from inventory.models import Stock
from orders import fulfillment
from orders.fulfillment import LineUnits, holds
from orders.models import Hold, OrderLine, StopReason

from .hand import SEEN, Hand

CHANNEL = "race"
PICKED = 25
"""Lines that leave with one carrier."""


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
    here = OrderLine.objects.filter(open__gt=0, allocated__gt=0, is_stopped=False, order__is_unpaid=False)
    if hand.dice.random() < 0.3:
        (line,) = hand.lines(here)
        return bool(fulfillment.ship_order(line.order_id, by=None, at=hand.at))
    chosen = hand.lines(here.filter(order__is_ship_complete=False), PICKED)
    return bool(fulfillment.ship([LineUnits(line.pk, line.allocated) for line in chosen], by=None, at=hand.at))


def change_quantity(hand: Hand) -> bool:
    (line,) = hand.lines(OrderLine.objects.open())
    units = max(1, line.open + line.shipped + hand.dice.choice((-2, -1, 1, 2)))
    return bool(fulfillment.change_quantity([LineUnits(line.pk, units)], reason="race", by=None, at=hand.at))


def substitute(hand: Hand) -> bool:
    (line,) = hand.lines(OrderLine.objects.open())
    other = hand.dice.choice([product for product in hand.products if product != line.product_id])
    return bool(fulfillment.substitute([LineUnits(line.pk)], other, reason="race", by=None, at=hand.at))


def stop(hand: Hand) -> bool:
    (line,) = hand.lines(OrderLine.objects.open().filter(is_stopped=False))
    boss = User.objects.get()
    wanted = fulfillment.Stop(StopReason.CUSTOMER, boss.pk)
    return bool(fulfillment.stop(line.order_id, wanted, by=boss, at=hand.at))


def go_on(hand: Hand) -> bool:
    (line,) = hand.lines(OrderLine.objects.open().filter(is_stopped=True))
    fulfillment.go_on(line.order_id, by=User.objects.get(), at=hand.at)
    return True


def hold(hand: Hand) -> bool:
    """Keep units for somebody who may order later."""
    shelf = hand.pick(Stock.objects.filter(available__gt=0)[:SEEN])
    units, customer = hand.dice.randint(1, min(4, shelf.available)), hand.dice.randint(1, hand.customers)
    draft = holds.HoldDraft(shelf.product_id, shelf.warehouse_id, customer, units, hand.soon(), "race")
    return bool(holds.hold(draft, by=User.objects.get(), at=hand.at))


def let_go(hand: Hand) -> bool:
    held = hand.pick(Hold.objects.filter(units__gt=0)[:SEEN])
    return bool(holds.release([held.pk], by=None, at=hand.at))
