"""What every act on the page of an order has: whether it may be done, what it would do, and that it does it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from orders.models import PageAct, PageActKind

from .forms import PageForm
from .standing import OrderStanding

REASON = "asked for on the page of the order"
"""What the history of a line says, and the mail about what was canceled."""
CLOSED = "Nothing of it is still to ship, so there is nothing left to change here."
BEING_PACKED = "Some of it is being packed at this moment, so this cannot be changed here any more. Please ask us."

STOPPED = "This order is stopped for now. Please ask us what can be done."
CONFIRMED = "A mail confirms it."
"""What a page says before it is done, where a mail says what was done."""


class NotNow(Exception):
    """An order stands so that this cannot be done; the words say it to its customer."""


class PageDeed:
    """
    One kind of act.

    :cvar name: as it stands in the address
    :cvar label: what leads to it; ``submit``: what does it
    """

    kind: ClassVar[PageActKind]
    name: ClassVar[str]
    label: ClassVar[str]
    title: ClassVar[str]
    submit: ClassVar[str]
    form_class: ClassVar[type[PageForm]] = PageForm

    def why_not(self, standing: OrderStanding) -> str:
        """Say why it cannot be done as the order stands; "" if it can."""
        raise NotImplementedError

    def way(self, standing: OrderStanding) -> str:
        """Name what leads to it."""
        return self.label

    def heading(self, standing: OrderStanding) -> str:
        """Name its page."""
        return self.title

    def would(self, standing: OrderStanding, form: Any) -> list[str]:
        """Say exactly what it would do."""
        raise NotImplementedError

    def do(self, standing: OrderStanding, form: Any, act: PageAct, *, at: datetime) -> str:
        """
        Do it, and say what was done.

        :raises NotNow: if it cannot be done after all; the caller takes back what was written
        """
        raise NotImplementedError

    def is_told(self, form: Any) -> bool:
        """Whether a mail tells all of it already, by what it does to the order; any other act is confirmed by one."""
        return False

    def facts(self, standing: OrderStanding) -> Sequence[object]:
        """What it rests on."""
        return standing.facts()


class PageWish(PageDeed):
    """Something that a person must answer; nothing of the order changes, so it rests on little."""

    def facts(self, standing: OrderStanding) -> Sequence[object]:
        return []
