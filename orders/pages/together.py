"""How what is still to ship ships, all together or as it comes: an act of a customer on the page of their order."""

from datetime import datetime
from typing import Any, ClassVar

from inventory.supply.stock import UnitsPicked
from orders import fulfillment
from orders.models import PageAct, PageActKind
from orders.wording import phrases

from . import shown
from .deeds import BEING_PACKED, CLOSED, REASON, STOPPED, NotNow, PageDeed
from .standing import OrderStanding


class ShipsTogether(PageDeed):
    """What ships together: the one term of an order that its customer changes here, and may change back."""

    is_complete: ClassVar[bool]
    already: ClassVar[str]

    def is_apart(self, standing: OrderStanding) -> bool:
        """Whether some of it could ship before the rest."""
        raise NotImplementedError

    def why_not(self, standing: OrderStanding) -> str:
        if why := _is_out(standing):
            return why
        if standing.order.is_ship_complete == self.is_complete:
            return self.already
        if self.is_complete and standing.is_picked:
            return BEING_PACKED
        if not self.is_complete and (day := standing.wanted_later):
            return f"You want it on {phrases.day(day, standing.today)}, so nothing of it ships before that day."
        is_apart = standing.waiting and self.is_apart(standing)
        return "" if is_apart else "There is nothing left that could ship apart."

    def do(self, standing: OrderStanding, form: Any, act: PageAct, *, at: datetime) -> str:
        terms = {"is_ship_complete": self.is_complete}
        try:
            fulfillment.change_terms(standing.order.pk, terms, reason=REASON, by=None, at=at)
        except (fulfillment.NotTheseTerms, fulfillment.BackorderLimit) as why:
            raise NotNow(CLOSED if not standing.open else "This cannot be changed here just now.") from why
        except UnitsPicked as why:
            raise NotNow(BEING_PACKED) from why
        return self.done(standing)

    def done(self, standing: OrderStanding) -> str:
        raise NotImplementedError


class ShipNow(ShipsTogether):
    kind, name, is_complete = PageActKind.NOW, "now", False
    title, submit = "Send what is here now?", "Yes, send it now"
    already = "What is here ships by itself already."

    def is_apart(self, standing: OrderStanding) -> bool:
        return any(line.open > 1 for line in standing.open) or len(standing.open) > 1

    def way(self, standing: OrderStanding) -> str:
        return "Send what is here now…" if standing.here else "Send each part when it is here…"

    def heading(self, standing: OrderStanding) -> str:
        return self.title if standing.here else "Send each part when it is here?"

    def would(self, standing: OrderStanding, form: Any) -> list[str]:
        here = [f"{line.allocated:,} × {shown.name(line)}" for line in standing.open if line.allocated]
        rest = phrases.listed([shown.waits_for(line) for line in standing.waiting])
        if not here:
            return [f"Each part ships by itself, as soon as it is here and packed: {rest}."]
        return [
            f"What is here ships by itself, as soon as it is packed: {phrases.listed(here)}.",
            f"The rest follows when it comes: {rest}.",
        ]

    def done(self, standing: OrderStanding) -> str:
        if standing.here:
            return "What is here ships now, and the rest follows when it comes."
        return "Each part ships by itself, as soon as it is here."


class WaitForAll(ShipsTogether):
    kind, name, is_complete = PageActKind.TOGETHER, "together", True
    label = "Wait, and send all together…"
    title, submit = "Send all of it together?", "Yes, send all together"
    already = "It ships all together already."

    def is_apart(self, standing: OrderStanding) -> bool:
        return len(standing.open) > 1 or standing.here > 0

    def would(self, standing: OrderStanding, form: Any) -> list[str]:
        return [
            f"Nothing more of this order ships until all of it is here. {shown.all_of_it(standing)}",
            "What is here for you now may go to somebody else meanwhile; it is set aside again in time for the rest.",
            "You can change this back here, as long as it has not shipped.",
        ]

    def done(self, standing: OrderStanding) -> str:
        return "All that is still to ship goes together, once all of it is here."


def _is_out(standing: OrderStanding) -> str:
    """Say why nothing of an order moves at all; "" if it may."""
    if not standing.open:
        return CLOSED
    if standing.order.is_unpaid:
        return "This order is not paid yet. Once it is, you can choose here how it ships."
    return STOPPED if standing.is_stopped else ""
