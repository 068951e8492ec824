"""
What customers, customer service and the warehouse do to an order: place, change, substitute, cancel, ship.

Each locks the products in primary key order, changes quantities and ends in ``orders.allocation``, in one
transaction. An order is all or nothing.
"""

from .cancellation import BY_US, NothingToCancel, cancel
from .closed import Moving, move_in_closed
from .drafts import LineDraft, NotAnOrder, OrderDraft
from .gone import Gone, MovedLine
from .labels import Label, NoLabel, NumberGivenTwice
from .limits import BackorderLimit, WantedTooLate
from .lines import LineUnits, NotALine
from .moving import carry, carry_dates, move_in
from .placing import OrderDiffers, place
from .quantity import NotAQuantity, change_quantity, record_refusal
from .shipping import NothingToShip, WantedLater, ship, ship_order
from .substitution import NotASubstitute, substitute

__all__ = [
    "BY_US",
    "BackorderLimit",
    "Gone",
    "Label",
    "LineDraft",
    "LineUnits",
    "MovedLine",
    "Moving",
    "NoLabel",
    "NotALine",
    "NotAQuantity",
    "NotASubstitute",
    "NotAnOrder",
    "NothingToCancel",
    "NothingToShip",
    "NumberGivenTwice",
    "OrderDiffers",
    "OrderDraft",
    "WantedLater",
    "WantedTooLate",
    "cancel",
    "carry",
    "carry_dates",
    "change_quantity",
    "move_in",
    "move_in_closed",
    "place",
    "record_refusal",
    "ship",
    "ship_order",
    "substitute",
]
