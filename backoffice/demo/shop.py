"""Make the whole shop: the record of two years, then every step until now."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.models import User

from . import buying, catalog, demand, episodes, floor, later, nights, refunding, selling
from .places import addresses, berlin
from .timeline import ShopHistory
from .world import World

HISTORY_DAYS = 2 * 365
LIVE_DAYS = 20
SHORT, EMPTY = 0.18, 0.1
RECORDED, WENT_LIVE = 12, 40
"""Percent done when the record is written, and when the shop goes live."""

Progress = Callable[[int, str], None]


def make(*, products: int, seed: int, people: Mapping[str, User], now: datetime, progress: Progress) -> dict[str, int]:
    """
    Make a shop of so many products, the same for the same seed and moment.

    Commits step by step, as a real shop does.

    :param progress: called with percent done and what is being made
    :returns: products, sales on record, and steps taken since
    """
    random = Random(seed)
    timeline = ShopHistory(now=now, random=random)
    today = timeline.today
    live = today - timedelta(days=LIVE_DAYS)
    progress(0, "Products, suppliers, customers")
    shelves = catalog.make(count=products, today=today, random=random)
    progress(2, "Two years of demand")
    first = today - timedelta(days=HISTORY_DAYS)
    first -= timedelta(days=first.weekday())
    happenings = demand.events(first=first, today=today)
    floor.put_in_bins(shelves)
    sales = demand.draw(shelves, first=first, days=(today - first).days + 1, happenings=happenings, seed=seed)
    recorded = demand.record(shelves, [sale for sale in sales if sale.day < live])
    world = World(shelves, timeline, people, random, live, *_low(shelves, random))
    buying.plan_past(world)
    buying.plan_open(world)
    buying.plan_special(world)
    selling.plan(world, [sale for sale in sales if sale.day >= live])
    nights.plan(world)
    episodes.plan(world)
    later.plan_unpaid(world)
    refunding.plan(world)
    berlin.plan(world)
    steps = timeline.run(lambda at: progress(*_how_far(world, at)))
    addresses.tell(at=now)
    floor.count_some(shelves, people, at=now)
    return {"products": products, "sales": recorded, "steps": steps}


def _low(shelves: catalog.Catalog, random: Random) -> tuple[frozenset[int], frozenset[int]]:
    """Choose which items run low and which are gone on the first day; what nobody supplies is gone."""
    items = shelves.items
    places = random.sample(range(len(items)), max(2, round(len(items) * (SHORT + EMPTY))))
    short = frozenset(places[: max(1, round(len(items) * SHORT))])
    unsupplied = {place for place, item in enumerate(items) if item.product.pk not in shelves.offers}
    return short - unsupplied, frozenset(places) - short | unsupplied


def _how_far(world: World, at: datetime) -> tuple[int, str]:
    """Say in percent and words how far the story is; half of the work is in the weeks since the shop went live."""
    day = at.date()
    if day < world.live:
        share = 1 - (world.live - day).days / buying.PAST_DAYS
        return RECORDED + round(max(0.0, share) * (WENT_LIVE - RECORDED)), f"Purchase orders of {day:%B %Y}"
    share = (day - world.live).days / LIVE_DAYS
    return WENT_LIVE + round(share * (99 - WENT_LIVE)), f"Orders of {day:%-d %B}"
