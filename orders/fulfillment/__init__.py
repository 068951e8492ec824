"""
What customers, customer service and the warehouse do to an order: place, change, substitute, cancel, stop, pay, ship.

Each locks the products in primary key order, changes quantities and ends in ``orders.allocation``, in one
transaction. An order is all or nothing.
"""

from .cancellation import BY_US, NothingToCancel, cancel
from .changes.addressing import Address, NotAnAddress, ship_to
from .changes.carrying import Carried, NotCarried, send_along
from .changes.further import NotAFurtherProduct, add_product
from .changes.offering import OfferIsOver, decline_offer, offer_substitute, take_offer, withdraw_offers
from .changes.stopping import NotToStop, Stop, go_on, go_on_due, stop
from .changes.terms import NotTheseTerms, change_terms
from .drafts import LineDraft, NotAnOrder, OrderDraft
from .labels import Label, NoLabel, NumberGivenTwice
from .limits import BackorderLimit, WantedTooLate
from .lines import LineUnits, NotALine
from .payment.lapsing import cancel_due, release_due
from .payment.paying import NotToPay, Paid, pay, resume
from .placing import OrderDiffers, place
from .quantity import NotAQuantity, change_quantity, record_refusal
from .shipping import Box, NothingToShip, NotPaid, OrderStopped, WantedLater, ship, ship_boxes, ship_order
from .substitution import NotASubstitute, substitute

__all__ = [
    "BY_US",
    "Address",
    "BackorderLimit",
    "Box",
    "Carried",
    "Label",
    "LineDraft",
    "LineUnits",
    "NoLabel",
    "NotAFurtherProduct",
    "NotALine",
    "NotAQuantity",
    "NotASubstitute",
    "NotAnAddress",
    "NotAnOrder",
    "NotCarried",
    "NotPaid",
    "NotTheseTerms",
    "NotToPay",
    "NotToStop",
    "NothingToCancel",
    "NothingToShip",
    "NumberGivenTwice",
    "OfferIsOver",
    "OrderDiffers",
    "OrderDraft",
    "OrderStopped",
    "Paid",
    "Stop",
    "WantedLater",
    "WantedTooLate",
    "add_product",
    "cancel",
    "cancel_due",
    "change_quantity",
    "change_terms",
    "decline_offer",
    "go_on",
    "go_on_due",
    "offer_substitute",
    "pay",
    "place",
    "record_refusal",
    "release_due",
    "resume",
    "send_along",
    "ship",
    "ship_boxes",
    "ship_order",
    "ship_to",
    "stop",
    "substitute",
    "take_offer",
    "withdraw_offers",
]
