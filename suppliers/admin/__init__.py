"""The admin of buying: suppliers, offers, purchase orders, and how suppliers kept their word."""

from . import purchases, records, suppliers

__all__ = ["purchases", "records", "suppliers"]
