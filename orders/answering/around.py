"""
What there is of a product beside what covers a line: free on hand, on its way and unclaimed, and how long more takes.

Reads only, one statement for all products; what would be sooner is said of it in words.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, F, FloatField, IntegerField, QuerySet, Sum, Value
from django.db.models.functions import Cast

from inventory.models import Inbound, LeadTime, Stock
from orders.models import OrderLine, WarehouseRule
from orders.wording import phrases


class FreeUnits(NamedTuple):
    """Units free on hand in one warehouse."""

    place: str
    is_open: bool
    units: int


class SupplyRoute(NamedTuple):
    """Who supplies a warehouse, and the days that takes."""

    warehouse_id: int
    sender: str
    likely_days: float
    safe_days: float


@dataclass(frozen=True, slots=True)
class Around:
    """
    What there is around one product.

    :ivar spare: units on their way that nobody has claimed
    """

    free: list[FreeUnits] = field(default_factory=list)
    sources: list[SupplyRoute] = field(default_factory=list)
    spare: int = 0


COLUMNS = ("kind", "product", "rank", "place_id", "name", "is_open", "units", "likely", "safe")
FREE, SPARE, SOURCE = range(3)


def of(product_ids: Collection[int]) -> dict[int, Around]:
    """Read it for these products; of warehouses the first in rank comes first."""
    if not product_ids:
        return {}
    free = _rows(
        Stock.objects.filter(available__gt=0), FREE,
        rank=F("warehouse__rank"), place_id=F("warehouse_id"), name=F("warehouse__code"),
        is_open=Cast("warehouse__is_open", IntegerField()), units=F("available"),
    )  # fmt: skip
    spare = _rows(
        Inbound.objects.open().filter(uncommitted__gt=0).values("product_id"), SPARE,
        units=Cast(Sum("uncommitted"), BigIntegerField()),
    )  # fmt: skip
    sources = _rows(
        LeadTime.objects.all(), SOURCE,
        place_id=F("warehouse_id"), name=F("sender"), likely=F("likely_days"), safe=F("safe_days"),
    )  # fmt: skip
    asked = [each.filter(product__in=set(product_ids)) for each in (free, spare, sources)]
    found: dict[int, Around] = defaultdict(Around)
    for kind, product, _, warehouse, name, is_open, units, likely, safe in sorted(asked[0].union(*asked[1:], all=True)):
        if kind == FREE:
            found[product].free.append(FreeUnits(name, bool(is_open), units))
        elif kind == SPARE:
            found[product] = Around(found[product].free, found[product].sources, units)
        else:
            found[product].sources.append(SupplyRoute(warehouse, name, likely, safe))
    return found


def _rows(rows: QuerySet[Any], kind: int, **columns: Any) -> QuerySet[Any]:
    """Give rows of one table with the columns that all three have."""
    blank = {name: Value(0, IntegerField()) for name in ("rank", "place_id", "is_open", "units")}
    blank |= {name: Value(0.0, FloatField()) for name in ("likely", "safe")}
    blank |= {"kind": Value(kind, IntegerField()), "name": Value("", CharField())}
    given = rows.order_by().annotate(**{f"the_{name}": value for name, value in (blank | columns).items()})
    found: QuerySet[Any] = given.values_list(
        *("product_id" if name == "product" else f"the_{name}" for name in COLUMNS)
    )
    return found


def sooner(line: OrderLine, around: Around) -> Iterator[str]:
    """Say what there is that this line may not take as it stands, or leaves to others until all of its order comes."""
    for shelf in around.free:
        there = f"{phrases.are(shelf.units).capitalize()} free in {shelf.place}"
        if not shelf.is_open:
            yield f"{shelf.place} is closed: once it opens, {phrases.are(shelf.units)} free there."
        elif line.order.warehouse_rule == WarehouseRule.PREFERRED and shelf.place != line.order.warehouse.code:
            yield f"{there}, but this order ships only from {line.order.warehouse}."
        elif line.is_held_back and line.order.is_ship_complete:
            yield f"{there}, left to others since this order ships complete."
    if around.spare and line.uncovered > 0:
        yield f"{phrases.are(around.spare).capitalize()} on the way to a warehouse this order may not use."


def not_ordered(line: OrderLine, around: Around) -> str:
    """Say how long it takes what nobody has ordered; nothing if all is, or is left to others for now."""
    if line.uncovered <= 0 or line.is_held_back:
        return ""
    quickest = sorted(around.sources, key=lambda source: source.safe_days)
    best = min(quickest, key=lambda source: source.warehouse_id != line.order.warehouse_id, default=None)
    if best is None:
        return f"{phrases.units(line.uncovered)}; nobody supplies this product, so no date can be given"
    usual = f"{best.likely_days:.0f} to {best.safe_days:.0f} days"
    return f"{phrases.units(line.uncovered)}; once ordered, {best.sender} takes {usual}"


def shelves(free: Sequence[FreeUnits]) -> str:
    return ", ".join(f"{phrases.units(shelf.units)} in {shelf.place}" for shelf in free) or "nothing"
