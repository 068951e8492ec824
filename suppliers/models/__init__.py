"""Whom we chase, on what terms, and what we asked of them."""

from .purchase import Delivery, PurchaseOrder, PurchaseOrderLine, Slip
from .supplier import Closure, Offer, PriceBreak, Supplier

__all__ = [
    "Closure",
    "Delivery",
    "Offer",
    "PriceBreak",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Slip",
    "Supplier",
]
