"""
The one path by which allocations change, with its reader and its writer: the only writer of ``Allocation``, of the
claims on stock and inbound, and of a line's place and computed dates.

Other rooms call what stands here; ``reading`` and ``supply`` may be asked by whoever plans without writing.
"""

from .settling import cover, planned, settle, settle_companions, settle_companions_left, settle_together, settle_undated

__all__ = [
    "cover",
    "planned",
    "settle",
    "settle_companions",
    "settle_companions_left",
    "settle_together",
    "settle_undated",
]
