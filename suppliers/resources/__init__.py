"""What can be loaded from files about those who supply: who they are, and what they offer."""

from . import offers, suppliers

RESOURCES = [suppliers.RESOURCE, offers.RESOURCE]

__all__ = ["RESOURCES"]
