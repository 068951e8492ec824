"""What becomes of parcels after they left, and of receipts that were wrong."""

from inventory.models import Inbound
from inventory.supply import unreceiving
from orders.fulfillment.afterwards import parcels, returns
from orders.models import WITH_CUSTOMER, ReturnWish, ShipmentLine

from .hand import SEEN, Hand
from .supply import UNBOUGHT


def _left(hand: Hand) -> tuple[ShipmentLine, int]:
    """Some units that left and are with their customer, as far as we know."""
    rows = ShipmentLine.objects.alias(left=WITH_CUSTOMER).filter(left__gt=0, line__product=hand.product())
    row = hand.pick(rows[:SEEN])
    return row, hand.dice.randint(1, row.with_customer)


def take_back(hand: Hand) -> bool:
    """A customer sends units back."""
    row, units = _left(hand)
    back = returns.CameBack(
        wish=hand.dice.choice(ReturnWish.values),
        becomes=hand.dice.choice(list(returns.Becomes)),
        may_be_theirs=hand.dice.random() < 0.3,
    )
    return bool(returns.take_in(row.shipment_id, {row.pk: units}, back, by=None, at=hand.at))


def lose_parcel(hand: Hand) -> bool:
    row, units = _left(hand)
    return bool(parcels.lose(row.shipment_id, {row.pk: units}, reason="race", by=None, at=hand.at))


def reverse(hand: Hand) -> bool:
    row, units = _left(hand)
    return bool(parcels.reverse(row.shipment_id, {row.pk: units}, reason="race", by=None, at=hand.at))


def unreceive(hand: Hand) -> bool:
    """Units that were received had not arrived."""
    row = hand.pick(Inbound.objects.filter(received__gt=0, product=hand.product(), **UNBOUGHT)[:SEEN])
    wanted = unreceiving.Reversal(row.pk, hand.dice.randint(1, min(3, row.received + row.surplus)))
    return bool(unreceiving.take_back([wanted], reason="race", by=None, at=hand.at))
