"""The admin of inventory: its lists and pages, built from ``inventory.desk``."""

from . import catalog, counting, demand, planning, stock, supply, transfers, warehouses

__all__ = ["catalog", "counting", "demand", "planning", "stock", "supply", "transfers", "warehouses"]
