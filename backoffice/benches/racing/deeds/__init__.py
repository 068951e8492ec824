"""
Every way in which people and the clock change supply or demand, each as one deed that a bench can do at random.

A deed is done by a ``Hand`` in a world that others change at the same time: it picks what it finds, calls one use
case, and says whether anything changed. What the use case refuses is no deed.
"""

from collections.abc import Callable

from inventory.supply import counts, inbound, stock, transfers
from orders import fulfillment
from orders.fulfillment import holds
from orders.promising import by_hand
from orders.queue import ordering, simulation, undoing
from suppliers.drafts import PurchaseRefused

from . import buying, places, selling, supply
from .hand import HOT, Hand, NothingThere
from .selling import CHANNEL

__all__ = ["CHANNEL", "DEEDS", "HOT", "PATHS", "REFUSED", "Hand", "NothingThere", "shares"]

REFUSED = (
    PurchaseRefused,
    counts.NotACount,
    fulfillment.BackorderLimit,
    fulfillment.NotALine,
    fulfillment.NotAQuantity,
    fulfillment.NotASubstitute,
    fulfillment.NotToStop,
    fulfillment.NothingToCancel,
    fulfillment.NothingToShip,
    holds.NotAHold,
    inbound.NotAnInbound,
    inbound.NotOutstanding,
    inbound.OverReceipt,
    ordering.NotAPlace,
    by_hand.NotAPromise,
    simulation.SimulationOutdated,
    stock.NotEnoughStock,
    transfers.NotATransfer,
    undoing.TooLate,
)
"""What a use case may answer when the world has moved since its caller looked."""

DEEDS: dict[str, Callable[[Hand], bool]] = {
    "place": selling.place,
    "cancel": selling.cancel,
    "ship": selling.ship,
    "expect": supply.expect,
    "buy": buying.buy,
    "receive": supply.receive,
    "take delivery": buying.take_delivery,
    "reschedule": supply.reschedule,
    "confirm": buying.confirm,
    "call off": supply.call_off,
    "cancel purchase": buying.cancel_purchase,
    "count": supply.count,
    "damage": supply.damage,
    "take back": supply.take_back,
    "transfer": supply.transfer,
    "receive transfer": supply.receive_transfer,
    "priority": places.priority,
    "pin": places.pin,
    "move up": places.move_up,
    "undo": places.undo,
    "simulate": places.simulate,
    "set date": places.set_date,
    "release date": places.release_date,
    "change quantity": selling.change_quantity,
    "substitute": selling.substitute,
    "stop": selling.stop,
    "go on": selling.go_on,
    "hold": selling.hold,
    "let go": selling.let_go,
}

TOGETHER = (
    ("expect", "buy"),
    ("receive", "take delivery"),
    ("reschedule", "confirm", "call off", "cancel purchase"),
    ("transfer", "receive transfer"),
    ("pin", "move up"),
    ("set date", "release date"),
    ("hold", "let go"),
    ("stop", "go on"),
)
"""Deeds that are one path: there and back, or several ways to the same."""
PATHS = TOGETHER + tuple((name,) for name in DEEDS if not any(name in path for path in TOGETHER))

LEAST = 0.042
"""The share of each path but placing, which makes up the rest."""


def shares() -> dict[tuple[str, ...], float]:
    """How much of all that is done each path is."""
    rest = 1 - LEAST * (len(PATHS) - 1)
    return {path: rest if path == ("place",) else LEAST for path in PATHS}
