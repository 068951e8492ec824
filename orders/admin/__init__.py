"""The admin of orders: the queue, orders, customers, notices, simulations."""

from . import customers, holds, notices, orders, queue, records, simulations

__all__ = ["customers", "holds", "notices", "orders", "queue", "records", "simulations"]
