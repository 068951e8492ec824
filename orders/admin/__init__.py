"""The admin of orders: the queue, orders, customers, notices, restock lists, simulations."""

from . import again, customers, holds, notices, orders, queue, records, simulations
from .paying import channels, refunds
from .restocking import lists, requests
from .shipments import desk, transit_times

__all__ = [
    "again",
    "channels",
    "customers",
    "desk",
    "holds",
    "lists",
    "notices",
    "orders",
    "queue",
    "records",
    "refunds",
    "requests",
    "simulations",
    "transit_times",
]
