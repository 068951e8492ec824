"""An order as names say it, before anything is looked up; and what of a name cannot be."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from inventory.ground import keys
from inventory.models import Warehouse
from orders.models import WarehouseRule

SAME_ORDER = timedelta(days=1)
"""Moments that lie nearer than this are of one order; a cart may write the time of each line."""
MOST_SIGNS = 80
NOBODY = ("", "0")
"""The number of a guest, who has none."""
Key = tuple[str, str]
"""A channel and a number of it, as keys are compared."""


class NamedCustomer(NamedTuple):
    """
    Whom an order is for, as far as it is said.

    :ivar pk: our own number of them
    :ivar hears: how much they want to hear, if they are new here; empty: all of it
    :ivar number: the channel's number of them, which stays when their address changes
    """

    email: str = ""
    name: str = ""
    phone: str = ""
    number: str = ""
    pk: int | None = None
    hears: str = ""


class NamedLine(NamedTuple):
    """So many units of what is called so; without a price, at the product's."""

    sku: str
    quantity: int
    unit_price: Decimal | None = None
    priority: int = 0


@dataclass(frozen=True, slots=True)
class NamedOrder:
    """
    An order as a file, a form or a channel has it. What it says besides is that of ``OrderDraft``.

    :ivar warehouse: a code or a name, or the warehouse that was chosen from a list; empty: the one asked first
    """

    channel: str
    reference: str
    customer: NamedCustomer
    lines: tuple[NamedLine, ...]
    placed_at: datetime
    warehouse: str | Warehouse = ""
    is_ship_complete: bool = False
    warehouse_rule: str = WarehouseRule.ANY
    keeps_age: bool = False
    wanted_date: date | None = None
    must_by_date: date | None = None
    zone: tzinfo | None = None
    is_unpaid: bool | None = None

    @property
    def key(self) -> Key:
        return keys.key(self.channel), keys.key(self.reference)

    @property
    def customer_key(self) -> Key | None:
        """The number by which its channel knows its customer."""
        number = keys.key(self.customer.number)
        return None if number in NOBODY else (keys.key(self.channel).lower(), number)

    @property
    def dated_reference(self) -> str:
        """Its number with its day, for one that was used before; a long number gives way."""
        day = f" ({timezone.localtime(self.placed_at):%Y-%m-%d})"
        return keys.clean(self.reference)[: MOST_SIGNS - len(day)] + day

    def dated(self) -> "NamedOrder":
        return replace(self, reference=self.dated_reference)

    def is_near(self, moment: datetime) -> bool:
        """Whether what happened then may be of this order."""
        return abs(moment - self.placed_at) < SAME_ORDER


@dataclass(frozen=True, slots=True)
class Objection:
    """
    What of a named order cannot be: said once, for a file with its rows and for a form with its fields.

    :ivar field: the name of what is wrong, of the order or of one of its lines
    :ivar expected: completes "expected …"
    :ivar words: says it to the person who typed it
    :ivar line: which of its lines, from 0; None: the order as a whole
    """

    field: str
    expected: str
    words: str
    line: int | None = None
