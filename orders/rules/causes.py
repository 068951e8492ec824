"""
PURE: why a line went on backorder, as far as the record can say. What it suggests, a person confirms or changes.

The first that holds is suggested: what is nearest to the empty shelf comes first.
"""

from dataclasses import dataclass
from enum import StrEnum

MANY_DEVIATIONS = 2.0
"""Standard deviations above what was expected, from which demand is a spike."""


class Cause(StrEnum):
    """Why a line is on backorder."""

    STOCK = "stock"
    SUPPLIER = "supplier"
    TRANSPORT = "transport"
    SPIKE = "spike"
    COUNT = "count"
    DAMAGE = "damage"
    ORDER = "order"
    PLAN = "plan"


LABELS = {
    Cause.STOCK: "Safety stock too small",
    Cause.SUPPLIER: "Supplier late",
    Cause.TRANSPORT: "Transport late",
    Cause.SPIKE: "Demand spike",
    Cause.COUNT: "Wrong count",
    Cause.DAMAGE: "Damage or loss",
    Cause.ORDER: "Ordered too late",
    Cause.PLAN: "Not planned for",
}


@dataclass(frozen=True, slots=True)
class BackorderRecord:
    """
    What is on record of the moment at which a line went on backorder; units throughout.

    :ivar units: that went on backorder
    :ivar counted: that counts took from the shelf in the days before, ``damaged``: damage or loss
    :ivar is_overdue: something was on order whose day had passed, ``has_left``: its sender had sent it
    :ivar demand: asked for in as many days before as a supply takes
    :ivar expected: what was expected of that time, ``deviation``: and its standard deviation
    :ivar reorder_point: None: nobody has worked one out
    """

    units: int
    counted: int = 0
    damaged: int = 0
    is_overdue: bool = False
    has_left: bool = False
    demand: float = 0.0
    expected: float = 0.0
    deviation: float = 0.0
    reorder_point: int | None = None


def suggest(record: BackorderRecord) -> Cause:
    """
    Suggest a cause.

    A reorder point has room for the demand of a supply's time. Where demand stayed within it, nothing was late and
    nothing was lost, the stock at hand and on its way had been below it before, and nobody ordered.

    >>> suggest(BackorderRecord(5, counted=3, damaged=2)), suggest(BackorderRecord(5, counted=4))
    (<Cause.COUNT: 'count'>, <Cause.PLAN: 'plan'>)
    >>> suggest(BackorderRecord(5, is_overdue=True)), suggest(BackorderRecord(5, is_overdue=True, has_left=True))
    (<Cause.SUPPLIER: 'supplier'>, <Cause.TRANSPORT: 'transport'>)
    >>> known = dict(expected=40.0, deviation=10.0, reorder_point=50)
    >>> [str(suggest(BackorderRecord(5, demand=demand, **known))) for demand in (50, 51, 60, 61)]
    ['order', 'stock', 'stock', 'spike']
    """
    if record.units <= record.counted + record.damaged:
        return Cause.COUNT if record.counted >= record.damaged else Cause.DAMAGE
    if record.is_overdue:
        return Cause.TRANSPORT if record.has_left else Cause.SUPPLIER
    if record.reorder_point is None:
        return Cause.PLAN
    if record.demand <= record.reorder_point:
        return Cause.ORDER
    is_spike = record.demand > record.expected + MANY_DEVIATIONS * record.deviation
    return Cause.SPIKE if is_spike else Cause.STOCK
