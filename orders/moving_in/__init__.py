"""
Orders that a shop took before it came to us: open ones with their numbers and dates, closed ones as they ended. It
writes orders and shipments without a movement; what is open goes through ``orders.fulfillment``.
"""

from .closed import Moving, move_in_closed
from .gone import Gone, MovedLine
from .moving import carry, carry_dates, move_in

__all__ = ["Gone", "MovedLine", "Moving", "carry", "carry_dates", "move_in", "move_in_closed"]
