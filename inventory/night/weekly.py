"""All that is on record, in weeks: what a backtest of this shop replays, and what each night knew. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from numpy.typing import NDArray

from inventory.demand import uplift
from inventory.formulas.backtesting.nights import Night
from inventory.formulas.distributions import Bools, Floats, Ints
from inventory.models import Product, ServiceTarget

from . import history, outlook, skus

LONGEST_LEAD_WEEKS = 104
LEFT_OUT = (
    "offers of earlier times: those of today count, with minimum and pack, as their deliveries had taught by each week",
    "the first 12 weeks of a SKU, unless its group had shown by then how launches go: then its first",
    "what was measured of an event counts in its own weeks too, as if it had been expected",
)
"""Where a replay of the record is not the night."""


@dataclass(frozen=True, slots=True)
class WeeklyDemand:
    """
    units: (n, weeks) of n SKUs, nan before their first demand; night: what else is known.

    items, products: their SKUs, and the keys of their products.
    """

    units: Floats
    items: Sequence[str]
    products: Ints
    start: date
    night: Night


@transaction.atomic
def record(*, on: date, lead: int) -> WeeklyDemand:
    """
    Read every SKU with demand and all closed weeks before ``on``.

    :param lead: weeks, for those that nobody supplies
    """
    last = history.last_closed_week(on)
    start, parts = last, []
    for block in skus.blocks():
        if len(found := skus.of(block)):
            weeks = history.read_all(found, last)
            start = weeks.start
            parts.append(_part(found, weeks, lead))
    if not sum(len(part["units"]) for part in parts):
        return WeeklyDemand(np.empty((0, 0)), [], np.zeros(0, np.int64), last, Night())
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    groups, place = np.unique(joined["group"].astype(str), return_inverse=True)
    codes = dict(Product.objects.filter(pk__in=joined["product"].tolist()).values_list("pk", "sku"))
    night = Night(
        cover=float(settings.COVER_WEEKS),
        lead=joined["lead"],
        lead_sd=joined["lead_sd"],
        minimum=joined["minimum"],
        pack=joined["pack"],
        earns=joined["earns"],
        own=joined["own"],
        lift=joined["lift"],
        censored=joined["censored"],
        by_class=dict(ServiceTarget.objects.values_list("cell", "target")),
        default=settings.SERVICE_TARGET,
        groups=np.where(groups[place] == "", -1, place),
        start=start,
    )
    items = [codes[key] for key in joined["product"].tolist()]
    return WeeklyDemand(joined["units"], items, joined["product"], start, night)


def _part(found: skus.Skus, weeks: history.Weeks, lead: int) -> dict[str, NDArray[Any]]:
    """Read what is known of the SKUs of one block that have any demand."""
    rows = weeks.first < weeks.count
    known, set_by_hand = skus.lead_times(found), skus.policies(found).target
    days = np.where(np.isfinite(known.mean), known.mean, lead * history.DAYS)
    margin = np.maximum(found.price - found.cost, 0.0) if settings.CLASS_VALUE == "margin" else found.price
    lift = uplift.factors(outlook.of(found).events, weeks.start, weeks.count)
    columns = {
        "units": weeks.units,
        "product": found.product,
        "group": found.group,
        "lead": np.minimum(np.rint(days / history.DAYS), LONGEST_LEAD_WEEKS).astype(np.int64),
        "lead_sd": np.nan_to_num(known.sd) / history.DAYS,
        "minimum": known.minimum.astype(float),
        "pack": known.pack.astype(float),
        "earns": np.where(found.price > 0, margin, np.nan),
        "own": set_by_hand,
        "lift": np.ones(weeks.units.shape) if lift is None else lift,
        "censored": _censored(weeks),
    }
    return {name: column[rows] for name, column in columns.items()}


def _censored(weeks: history.Weeks) -> Bools:
    return np.zeros(weeks.units.shape, bool) if weeks.censored is None else weeks.censored
