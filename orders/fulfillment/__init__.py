"""
What customers and the warehouse do to an order: place, cancel, ship.

Each locks the products in primary key order, changes quantities and ends in ``orders.allocation``, in one
transaction. An order is all or nothing.
"""

from .cancellation import NothingToCancel, cancel
from .limits import BackorderLimit
from .lines import LineUnits, NotALine
from .placing import LineDraft, NotAnOrder, OrderDiffers, OrderDraft, place
from .shipping import NothingToShip, ship, ship_order

__all__ = [
    "BackorderLimit",
    "LineDraft",
    "LineUnits",
    "NotALine",
    "NotAnOrder",
    "NothingToCancel",
    "NothingToShip",
    "OrderDiffers",
    "OrderDraft",
    "cancel",
    "place",
    "ship",
    "ship_order",
]
