"""What can be loaded from files about those who supply: who they are, what they offer, and how they delivered."""

from . import deliveries, offers, suppliers

RESOURCES = [suppliers.RESOURCE, offers.RESOURCE, deliveries.RESOURCE]

__all__ = ["RESOURCES"]
