"""
Every way in which people and the clock change supply or demand, each as one deed that a bench can do at random.

A deed is done by a ``Hand`` in a world that others change at the same time: it picks what it finds, calls one use
case, and says whether anything changed. What the use case refuses is no deed.
"""

from collections.abc import Callable

from inventory.supply import counts, inbound, sheets, stock, transfers, unreceiving
from orders import fulfillment, shipping
from orders.fulfillment import holds
from orders.fulfillment.afterwards import parcels
from orders.promising import by_hand
from orders.queue import ordering, simulation, undoing
from suppliers.drafts import PurchaseRefused

from . import afterwards, buying, floor, paying, places, selling, supply
from .hand import HOT, Hand, NothingThere
from .paying import BANK
from .selling import CHANNEL

__all__ = ["BANK", "CHANNEL", "DEEDS", "HOT", "PATHS", "REFUSED", "Hand", "NothingThere", "shares"]

REFUSED = (
    PurchaseRefused,
    counts.NotACount,
    fulfillment.BackorderLimit,
    fulfillment.NotALine,
    fulfillment.NotAQuantity,
    fulfillment.NotASubstitute,
    fulfillment.NotCarried,
    fulfillment.NotToPay,
    fulfillment.NotToStop,
    fulfillment.NothingToCancel,
    fulfillment.NothingToShip,
    holds.NotAHold,
    inbound.NotAnInbound,
    inbound.NotOutstanding,
    inbound.OverReceipt,
    ordering.NotAPlace,
    parcels.NeverOnTheShelf,
    parcels.NotInTheParcel,
    by_hand.NotAPromise,
    sheets.NotASheet,
    sheets.SheetClosed,
    shipping.NotThisParcel,
    shipping.NothingLeaves,
    shipping.NothingToPick,
    simulation.SimulationOutdated,
    stock.NotEnoughStock,
    transfers.NotATransfer,
    undoing.TooLate,
    unreceiving.NotHere,
    unreceiving.NotReceived,
)
"""What a use case may answer when the world has moved since its caller looked."""

DEEDS: dict[str, Callable[[Hand], bool]] = {
    "place": selling.place,
    "cancel": selling.cancel,
    "ship": selling.ship,
    "order unpaid": paying.order_unpaid,
    "pay": paying.pay,
    "lapse": paying.lapse,
    "expect": supply.expect,
    "buy": buying.buy,
    "receive": supply.receive,
    "take delivery": buying.take_delivery,
    "reschedule": supply.reschedule,
    "confirm": buying.confirm,
    "in parts": buying.confirm_in_parts,
    "call off": supply.call_off,
    "cancel purchase": buying.cancel_purchase,
    "count": supply.count,
    "count sheet": supply.count_sheet,
    "damage": supply.damage,
    "take back": afterwards.take_back,
    "lose parcel": afterwards.lose_parcel,
    "reverse": afterwards.reverse,
    "unreceive": afterwards.unreceive,
    "transfer": supply.transfer,
    "carry": supply.carry,
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
    "pick": floor.pick,
    "hand over": floor.hand_over,
    "stop parcel": floor.stop_parcel,
}

TOGETHER = (
    ("order unpaid", "pay", "lapse"),
    ("count", "count sheet"),
    ("expect", "buy"),
    ("receive", "take delivery", "unreceive"),
    ("take back", "lose parcel", "reverse"),
    ("reschedule", "confirm", "in parts", "call off", "cancel purchase"),
    ("transfer", "carry", "receive transfer"),
    ("priority", "pin", "move up"),
    ("set date", "release date"),
    ("hold", "let go"),
    ("stop", "go on"),
    ("pick", "hand over", "stop parcel"),
)
"""Deeds that are one path: there and back, or several ways to the same."""
PATHS = TOGETHER + tuple((name,) for name in DEEDS if not any(name in path for path in TOGETHER))

LEAST = 0.04
"""The share of each path but placing, which makes up the rest."""


def shares() -> dict[tuple[str, ...], float]:
    """How much of all that is done each path is."""
    rest = 1 - LEAST * (len(PATHS) - 1)
    return {path: rest if path == ("place",) else LEAST for path in PATHS}
