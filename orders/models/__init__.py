"""Who is waiting, and what they were told."""

from .address import CustomerAddress, PostalAddress, ShipTo
from .channel import Channel
from .customer import Customer, CustomerKey
from .hold import Hold, Unsettled
from .kinds import NoticeKind
from .notices import MailBrake, Notice, NoticeLine, NoticeState
from .order import UNPINNED, Backorder, Basis, Order, OrderLine, OrderLineQuerySet, WarehouseRule
from .pages import Consent, OfferEnd, PageAct, PageActKind, PageLinks, SubstituteOffer
from .parcels import Batch, Parcel, ParcelLine, TransitTime
from .payment import OrderPayment, Refund, RefundLine, RefundReason, Repayment
from .records import (
    AddedLine,
    Allocation,
    EventKind,
    LineEvent,
    OrderDocument,
    OrderEvent,
    OrderEventKind,
    Promise,
    Shipment,
    ShipmentLine,
)
from .returns import COUNTS_AS_SHIPPED, LEFT, WITH_CUSTOMER, Condition, Return, ReturnWish
from .simulation import SimulationRun
from .stops import BackorderCause, OrderStop, RepeatedBackorder, StopReason
from .waiting import Refusal, RequestState, RestockLetter, RestockLetterKind, RestockList, RestockRequest

__all__ = [
    "COUNTS_AS_SHIPPED",
    "LEFT",
    "UNPINNED",
    "WITH_CUSTOMER",
    "AddedLine",
    "Allocation",
    "Backorder",
    "BackorderCause",
    "Basis",
    "Batch",
    "Channel",
    "Condition",
    "Consent",
    "Customer",
    "CustomerAddress",
    "CustomerKey",
    "EventKind",
    "Hold",
    "LineEvent",
    "MailBrake",
    "Notice",
    "NoticeKind",
    "NoticeLine",
    "NoticeState",
    "OfferEnd",
    "Order",
    "OrderDocument",
    "OrderEvent",
    "OrderEventKind",
    "OrderLine",
    "OrderLineQuerySet",
    "OrderPayment",
    "OrderStop",
    "PageAct",
    "PageActKind",
    "PageLinks",
    "Parcel",
    "ParcelLine",
    "PostalAddress",
    "Promise",
    "Refund",
    "RefundLine",
    "RefundReason",
    "Refusal",
    "Repayment",
    "RepeatedBackorder",
    "RequestState",
    "RestockLetter",
    "RestockLetterKind",
    "RestockList",
    "RestockRequest",
    "Return",
    "ReturnWish",
    "ShipTo",
    "Shipment",
    "ShipmentLine",
    "SimulationRun",
    "StopReason",
    "SubstituteOffer",
    "TransitTime",
    "Unsettled",
    "WarehouseRule",
]
