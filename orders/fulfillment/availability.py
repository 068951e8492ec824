"""
What a shop may say of a product, and of an order before it is placed: the answer that placing it would give.

Reads only, and takes no lock: it is true at this moment. The functions are those that ``place`` asks.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from inventory.models import Product, Warehouse
from orders import allocation
from orders.allocation import supply
from orders.allocation.reading import LineState
from orders.models import OrderLine, WarehouseRule
from orders.rules.transit import latest

from .drafts import MOST_UNITS, NotAnOrder, OrderDraft, refuse_nonsense
from .limits import at_once, possible
from .placing import offered


class Word(StrEnum):
    IN_STOCK = "in stock"
    ON_BACKORDER = "on backorder"
    OUT_OF_STOCK = "out of stock"


@dataclass(frozen=True, slots=True)
class Availability:
    """
    What may be said of a product to whom asks for one unit, as soon as possible and from any warehouse.

    :ivar units: here, and free to ship now
    :ivar most: units that may be sold at once, those here included; None: any number
    :ivar ships_on: when one unit would ship, which is what its customer is promised; None: it is out of stock, or no
        date can be given
    """

    word: Word
    units: int
    most: int | None
    ships_on: date | None = None


@dataclass(frozen=True, slots=True)
class LineQuote:
    """What one line of an order would get: units here, units that would wait, and the day it would be promised."""

    product_id: int
    here: int
    waiting: int
    ships_on: date | None


@dataclass(frozen=True, slots=True)
class Instead:
    """
    What a product would be in place of what waits of lines: units here, units that would wait, and when all could ship.

    :ivar most: units of it that may be sold, of those that are wanted
    """

    here: int
    waiting: int
    most: int
    ships_on: date | None

    @property
    def units(self) -> int:
        return self.here + self.waiting

    @property
    def is_short(self) -> bool:
        """Whether not as many may be sold."""
        return self.most < self.units


def of(product_ids: Collection[int], *, warehouse: Warehouse | None = None, at: datetime) -> dict[int, Availability]:
    """
    Say it for these products, in five statements at most however many there are.

    :param warehouse: the preferred one of the order; None: the one that is asked first
    """
    known = list(Product.objects.filter(pk__in=product_ids).order_by("pk").values_list("pk", flat=True))
    supplies = supply.read(known)
    asked_first = min((place for place in supplies.places.values() if place.is_open), key=_rank, default=None)
    if asked_first is None:
        return {pk: Availability(Word.OUT_OF_STOCK, 0, 0) for pk in known}
    place = warehouse.pk if warehouse else asked_first.warehouse_id
    ones, lots = ([_unplaced(pk, units, place) for pk in known] for units in (1, MOST_UNITS))
    first = [line for line, _ in allocation.cover(ones, supplies, at=at)]
    all_there_is = at_once(lots, supplies, at=at)
    most = possible(all_there_is, supplies, at=at)
    return {
        one.product_id: _said(one, there.allocated, most.get(one.product_id))
        for one, there in zip(first, all_there_is, strict=True)
    }


def of_order(draft: OrderDraft, *, at: datetime) -> list[LineQuote]:
    """
    Say what each line of an order would get and be promised, in four statements at most.

    :raises NotAnOrder: if it could not be placed
    :raises BackorderLimit: if a product may not be backordered so far; nothing is recorded, since nobody ordered
    """
    refuse_nonsense(draft, at)
    wanted = {line.product_id for line in draft.lines}
    names = dict(Product.objects.filter(pk__in=wanted).values_list("pk", "sku"))
    if unknown := wanted - names.keys():
        raise NotAnOrder(f"{len(unknown)} of the products are not known.")
    supplies = supply.read(wanted)
    place = supplies.places.get(draft.warehouse_id)
    if place is None or not place.is_open:
        raise NotAnOrder("The warehouse is not known, or closed.")
    lines = [line for line, _ in offered(draft, 0, names, supplies, at=at)]
    return [LineQuote(line.product_id, line.allocated, line.backordered, line.safe_date) for line in lines]


def instead(lines: Sequence[OrderLine], product_id: int, *, at: datetime) -> Instead:
    """
    Say what a product would be in place of what waits of these lines, from where their orders may ship and with what is
    held for their customers, if they all took it now, at the tail of its queue; in four statements at most.

    :param lines: with their orders
    """
    supplies = supply.read([product_id])
    wanted = [
        replace(
            _unplaced(product_id, line.backordered, line.order.warehouse_id),
            line_id=-number,
            customer_id=line.order.customer_id,
            is_preferred_only=line.order.warehouse_rule == WarehouseRule.PREFERRED,
        )
        for number, line in enumerate(lines, start=1)
    ]
    found = [line for line, _ in allocation.cover(wanted, supplies, at=at)]
    here, units = sum(line.allocated for line in found), sum(line.open for line in found)
    days = [line.safe_date for line in found if line.backordered]
    most = possible(found, supplies, at=at).get(product_id, units)
    return Instead(here, units - here, most, latest(days))


def _rank(place: supply.Place) -> int:
    return place.rank


def _unplaced(product_id: int, units: int, warehouse_id: int) -> LineState:
    """A line that nobody has ordered: no customer, so that units held for one are not free."""
    return LineState(-product_id, 0, 0, product_id, warehouse_id, False, units)


def _said(one: LineState, here: int, most: int | None) -> Availability:
    if not one.backordered:
        return Availability(Word.IN_STOCK, here, most, one.safe_date)
    if most == 0:
        return Availability(Word.OUT_OF_STOCK, 0, 0)
    return Availability(Word.ON_BACKORDER, 0, most, one.safe_date)
