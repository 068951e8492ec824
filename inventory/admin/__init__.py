"""
The admin of inventory.

``base``, ``operations``, ``tables`` and ``entry`` are what the admins of the other apps are built from, too.
"""

from . import catalog, demand, planning, stock, supply

__all__ = ["catalog", "demand", "planning", "stock", "supply"]
