"""What the floor does: pick what can leave, hand it over, stop a parcel, put a batch away."""

from django.contrib.auth.models import User

from orders import shipping
from orders.models import Batch, OrderLine, Parcel
from orders.models.parcels import STANDS

from .hand import SEEN, Hand

ORDERS = 4
"""Orders in one batch."""


def pick(hand: Hand) -> bool:
    """Print a batch of some orders that have something in one warehouse."""
    here = OrderLine.objects.filter(open__gt=0, allocated__gt=0, is_stopped=False, order__is_unpaid=False)
    lines = hand.lines(here, ORDERS)
    place = hand.dice.choice(hand.places)
    shipping.make(place, [line.order_id for line in lines], carrier="UPS", by=User.objects.get(), at=hand.at)
    return True


def hand_over(hand: Hand) -> bool:
    batch = hand.pick(Batch.objects.filter(posted_at=None, put_away_at=None)[:SEEN])
    return bool(shipping.hand_over(batch.pk, by=User.objects.get(), at=hand.at).shipments)


def stop_parcel(hand: Hand) -> bool:
    """Take one out of its batch; now and then give the whole batch up."""
    parcel = hand.pick(Parcel.objects.filter(STANDS)[:SEEN])
    by = User.objects.get()
    if hand.dice.random() < 0.2:
        return bool(shipping.put_away(parcel.batch_id, by=by, at=hand.at))
    return bool(shipping.stop_parcels([parcel.pk], why="race", by=by, at=hand.at))
