"""What can be loaded from files about those who wait: their orders, and what their shop has canceled."""

from . import cancellations, orders

RESOURCES = [orders.RESOURCE, cancellations.RESOURCE]

__all__ = ["RESOURCES"]
