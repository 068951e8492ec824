"""What can be loaded from files about those who wait: their orders."""

from . import orders

RESOURCES = [orders.RESOURCE]

__all__ = ["RESOURCES"]
