"""The admin of buying: suppliers, offers, purchase orders, and how suppliers kept their word."""

from . import letters, purchases, records, suppliers

__all__ = ["letters", "purchases", "records", "suppliers"]
