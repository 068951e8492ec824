"""Who is waiting, and what they were told."""

from .address import CustomerAddress, PostalAddress, ShipTo
from .customer import Customer, CustomerKey
from .hold import Hold, Unsettled
from .kinds import NoticeKind
from .notices import MailBrake, Notice, NoticeLine, NoticeState
from .order import UNPINNED, Backorder, Basis, Order, OrderLine, OrderLineQuerySet, WarehouseRule
from .records import (
    AddedLine,
    Allocation,
    EventKind,
    LineEvent,
    OrderDocument,
    OrderEvent,
    OrderEventKind,
    Promise,
    Refusal,
    Shipment,
    ShipmentLine,
)
from .simulation import SimulationRun
from .stops import OrderStop, StopReason

__all__ = [
    "UNPINNED",
    "AddedLine",
    "Allocation",
    "Backorder",
    "Basis",
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
    "Order",
    "OrderDocument",
    "OrderEvent",
    "OrderEventKind",
    "OrderLine",
    "OrderLineQuerySet",
    "OrderStop",
    "PostalAddress",
    "Promise",
    "Refusal",
    "ShipTo",
    "Shipment",
    "ShipmentLine",
    "SimulationRun",
    "StopReason",
    "Unsettled",
    "WarehouseRule",
]
