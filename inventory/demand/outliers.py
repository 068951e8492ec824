"""
Single orders that are unusually large: the only writer of ``DemandEntry.is_outlier``. Nothing is dropped for it.

A person looks at the list, and marks as one-off what will not come again.
"""

from datetime import date, timedelta

import numpy as np
from django.db import transaction

from inventory.formulas import forecast
from inventory.formulas.distributions import Floats, is_gamma, losses, spread
from inventory.formulas.forecast import DEFAULT_LINE, VarianceLine
from inventory.ground.sql import bulk
from inventory.models import DemandEntry, ForecastLine, ReorderPolicy

LOOKED_BACK = timedelta(days=28)
LEAST_UNITS = 10
AT_LEAST_TIMES = 3
"""Weeks of demand below which no single order is looked at."""
CHANCE = 0.001
"""Chance of so much in a whole week, at which one order alone is unusual."""

_ENTRIES, _POLICIES = DemandEntry._meta.db_table, ReorderPolicy._meta.db_table


@transaction.atomic
def find(*, on: date) -> int:
    """
    Mark the orders of the last four weeks that are unusually large, and return how many are new.

    By the weekly demand of last night's reorder points and the shop's usual variance for such demand.
    """
    rows = bulk.fetch(
        f"SELECT entry.id, entry.units, policy.weekly_demand FROM {_ENTRIES} AS entry JOIN {_POLICIES} AS policy"
        " ON policy.product_id = entry.product_id AND policy.warehouse_id = entry.warehouse_id"
        " WHERE entry.day >= %s AND NOT entry.is_outlier AND NOT entry.is_one_off AND entry.units >= %s"
        " AND policy.weekly_demand > 0 AND entry.units >= %s * policy.weekly_demand",
        [(on - LOOKED_BACK).isoformat(), LEAST_UNITS, AT_LEAST_TIMES],
    )
    if not rows:
        return 0
    ids, units, mean = (np.array(column) for column in zip(*rows, strict=True))
    line = ForecastLine.objects.order_by("-fitted_on", "-pk").first()
    variance = spread(mean, _variance(mean, VarianceLine(line.a, line.b) if line else DEFAULT_LINE))
    within = losses(mean, variance, units - 1.0, is_gamma(mean, variance)).cdf
    return DemandEntry.objects.filter(pk__in=ids[1 - within < CHANCE].tolist()).update(is_outlier=True)


def _variance(mean: Floats, line: VarianceLine) -> Floats:
    never = np.full(len(mean), np.nan)
    return forecast.shrunk_variance(mean, never, np.zeros(len(mean), np.int64), line=line)
