"""
The one path by which allocations change, with its reader and its writer: the only writer of ``Allocation``, of the
claims on stock and inbound, and of a line's place and computed dates.

    with allocation.locked(lines=[7], at=now) as queue:
        line = queue.lines[7]
        queue.change(line, line.but(…), history(…))
        queue.commit(cause="cancel:7", by=user)

Other rooms call what stands here; ``reading`` and ``supply`` may be asked by whoever plans without writing.
"""

from .covering import cover, planned
from .door import Queue, locked, offer, settle, settle_companions_left
from .weighing import weigh

__all__ = ["Queue", "cover", "locked", "offer", "planned", "settle", "settle_companions_left", "weigh"]
