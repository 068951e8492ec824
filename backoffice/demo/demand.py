"""
Who wants what, day by day: seasons, weekdays, promotions, a trend, and chance.

``draw`` gives the sales of the whole time at once; those before the shop went live are recorded as history, the
later ones become orders.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from inventory.demand import entries
from inventory.models import DemandEvent
from inventory.models.demand import DemandEventKind

from .assortment import WAREHOUSES
from .catalog import Catalog

WEEKDAYS = np.array((1.12, 1.0, 0.94, 0.96, 0.98, 0.84, 1.16))
"""Monday first: people look around on Sunday and order on Monday."""
YEARLY_GROWTH = 1.08
FIRST_ORDER = 40_000
MOST_LINES = 4


@dataclass(frozen=True, slots=True)
class Sale:
    """Units of one item that one customer asked for at one warehouse."""

    day: date
    warehouse: int
    item: int
    units: int


@dataclass(frozen=True, slots=True)
class Occasion:
    """A promotion or holiday that returns every year: from month and day, so many days, on one group or all."""

    name: str
    kind: DemandEventKind
    group: str
    month: int
    day: int
    days: int
    uplift: float


OCCASIONS = (
    Occasion("Spring sale", DemandEventKind.PROMOTION, "Outdoor", 4, 10, 14, 2.2),
    Occasion("Moving month", DemandEventKind.PROMOTION, "Storage", 8, 20, 12, 1.9),
    Occasion("Set the table", DemandEventKind.PROMOTION, "Kitchen & dining", 10, 5, 10, 2.4),
    Occasion("Long nights", DemandEventKind.PROMOTION, "Lighting", 11, 6, 10, 1.8),
    Occasion("Cyber week", DemandEventKind.PROMOTION, "", 11, 24, 7, 1.7),
    Occasion("Gift season", DemandEventKind.HOLIDAY, "Candles & scent", 12, 1, 20, 1.8),
    Occasion("White weeks", DemandEventKind.PROMOTION, "Bath", 1, 8, 16, 1.7),
)


def events(*, first: date, today: date) -> list[DemandEvent]:
    """Write the promotions of the years in question, the next ones to come included."""
    return DemandEvent.objects.bulk_create(
        DemandEvent(
            name=f"{occasion.name} {year}",
            kind=occasion.kind,
            group=occasion.group,
            starts_on=date(year, occasion.month, occasion.day),
            ends_on=date(year, occasion.month, occasion.day) + timedelta(days=occasion.days - 1),
            uplift=occasion.uplift,
        )
        for year in range(first.year, today.year + 2)
        for occasion in OCCASIONS
        if first <= date(year, occasion.month, occasion.day) <= today + timedelta(days=120)
    )


def draw(catalog: Catalog, *, first: date, days: int, happenings: Iterable[DemandEvent], seed: int) -> list[Sale]:
    """
    Draw every sale of ``days`` days from ``first`` on, in order of time.

    Baskets come as a Poisson process whose rate drifts from week to week by item; a basket holds one unit and a
    Poisson number more, so that the units are over-dispersed, as real ones are.
    """
    generator = np.random.default_rng(seed)
    rate = _rate(catalog, first=first, days=days, happenings=happenings)
    rate *= _drift(generator, days, len(catalog.items))
    baskets = np.array([item.family.basket for item in catalog.items])
    shares = np.array([share for _, _, share in WAREHOUSES])
    counts = generator.poisson((rate / baskets)[:, None, :] * shares[None, :, None])
    day, place, item = np.repeat(np.argwhere(counts), counts[counts > 0], axis=0).T
    units = 1 + generator.poisson(baskets[item] - 1)
    return [
        Sale(first + timedelta(days=int(row[0])), int(row[1]), int(row[2]), int(row[3]))
        for row in zip(day, place, item, units, strict=True)
    ]


def _rate(catalog: Catalog, *, first: date, days: int, happenings: Iterable[DemandEvent]) -> NDArray[np.float64]:
    """Units expected a day; shape (days, items)."""
    dates = [first + timedelta(days=offset) for offset in range(days)]
    months = np.array([each.month - 1 for each in dates])
    weekdays = WEEKDAYS[[each.weekday() for each in dates]]
    growth = YEARLY_GROWTH ** (np.arange(days) / 365)
    seasons = np.array([item.group.season for item in catalog.items])[:, months].T
    rate: NDArray[np.float64] = (
        np.array([item.weekly / 7 for item in catalog.items]) * seasons * (weekdays * growth)[:, None]
    )
    for event in happenings:
        start, end = (event.starts_on - first).days, (event.ends_on - first).days + 1
        sold = np.array([event.group in ("", item.group.name) for item in catalog.items])
        rate[max(0, start) : max(0, end), sold] *= event.uplift or 1.0
    return rate


def _drift(generator: np.random.Generator, days: int, items: int) -> NDArray[np.float64]:
    """Let each item have better and worse weeks, around 1; shape (days, items)."""
    weeks = generator.gamma(6.0, 1 / 6.0, size=(-(-days // 7), items))
    return np.repeat(weeks, 7, axis=0)[:days]


def record(catalog: Catalog, sales: Sequence[Sale]) -> int:
    """Record sales of the time before the shop went live, as an old register would export them."""
    return entries.record(
        entries.Entry(
            "history",
            f"HP-{number}",
            catalog.items[sale.item].product.pk,
            catalog.warehouses[sale.warehouse].pk,
            sale.day,
            sale.units,
        )
        for number, basket in enumerate(baskets(sales), start=FIRST_ORDER)
        for sale in basket
    )


def baskets(sales: Sequence[Sale]) -> Iterator[list[Sale]]:
    """Put sales of one day and warehouse together into orders of up to four lines, each item once."""
    basket: list[Sale] = []
    for number, sale in enumerate(sales):
        size = 1 + (number * 7919 + sale.item) % MOST_LINES
        ends = basket and (
            (basket[0].day, basket[0].warehouse) != (sale.day, sale.warehouse)
            or len(basket) >= size
            or sale.item in (each.item for each in basket)
        )
        if ends:
            yield basket
            basket = []
        basket.append(sale)
    if basket:
        yield basket
