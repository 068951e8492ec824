"""Whom we chase, on what terms, and what we asked of them."""

from .asking import ONLY_COMPOSED, AskedDate, AskedMoment
from .lesson import Lesson, ShopRecord
from .letter import OF_ORDERS, LetterKind, OrderLetter
from .purchase import Delivery, PurchaseOrder, PurchaseOrderLine, Slip
from .supplier import Closure, Offer, PriceBreak, Supplier

__all__ = [
    "OF_ORDERS",
    "ONLY_COMPOSED",
    "AskedDate",
    "AskedMoment",
    "Closure",
    "Delivery",
    "Lesson",
    "LetterKind",
    "Offer",
    "OrderLetter",
    "PriceBreak",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "ShopRecord",
    "Slip",
    "Supplier",
]
