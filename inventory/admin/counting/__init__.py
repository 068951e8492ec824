"""
Counting, as people do it: sheets by warehouse and bin, on paper, at a desk or on a phone. Writes nothing itself: what
is counted and posted goes through ``inventory.supply.sheets``.
"""

from . import desk

__all__ = ["desk"]
