"""The admin of orders: the queue, orders, customers, notices, simulations."""

from . import customers, notices, orders, queue, records, simulations

__all__ = ["customers", "notices", "orders", "queue", "records", "simulations"]
