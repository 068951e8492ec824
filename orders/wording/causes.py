"""Why something is on backorder, in words for customers: only what a person has confirmed, never a guess."""

from orders.models import OrderLine
from orders.rules.causes import Cause

WORDS = {
    Cause.STOCK: "We had too few of them in stock.",
    Cause.SUPPLIER: "The supplier is late.",
    Cause.TRANSPORT: "They are on their way to us, and late.",
    Cause.SPIKE: "More were ordered than we had expected.",
    Cause.COUNT: "Fewer were on our shelf than we had noted.",
    Cause.DAMAGE: "Some of ours were damaged or lost.",
    Cause.ORDER: "We ordered them too late.",
    Cause.PLAN: "We do not keep them in stock.",
}


def confirmed(line: OrderLine) -> str:
    """Say why a line waits, read with its ``backorder_cause``; "" while no person has said so."""
    found = getattr(line, "backorder_cause", None)
    return WORDS[Cause(found.confirmed)] if found and found.confirmed else ""
