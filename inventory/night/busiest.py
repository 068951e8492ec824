"""
The most units ever asked for in as many weeks as an order must cover: what caps a lumpy reorder point. Reads only.

``Seen`` looks into history for those SKUs alone whose point may lie above the cap, and takes what the last night found
where nobody has asked since.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from inventory.formulas import capping, figures, forecast
from inventory.formulas.distributions import Bools, Floats, Ints
from inventory.formulas.reorder import Inputs, Outputs

from . import history
from .skus import Policies, Skus

NAMES = ("busiest", "busiest_weeks", "busiest_until")


def most(units: Floats, window: Ints) -> Floats:
    """
    Return the largest sum of so many weeks in a row, (n,); of all weeks where there are fewer.

    :param units: (n, weeks), nan where a SKU did not exist yet
    :param window: (n,), whole weeks

    >>> most(np.array([[1.0, 0, 4, 3, 0], [np.nan, np.nan, np.nan, 2, 1]]), np.array([2, 9])).tolist()
    [7.0, 3.0]
    """
    count, weeks = units.shape
    until = np.concatenate([np.zeros((count, 1)), np.nan_to_num(units).cumsum(axis=1)], axis=1)
    found = np.zeros(count)
    for length in set(window.tolist()):
        rows, step = window == length, min(length, weeks)
        found[rows] = (until[rows, step:] - until[rows, : weeks + 1 - step]).max(axis=1)
    return found


def at_least(state: forecast.ForecastMemory, window: Ints) -> Floats:
    """Return what the busiest weeks had at least, (n,): the largest week, or what so many had on average."""
    spans = np.ceil(np.maximum(state.weeks, 1) / np.maximum(window, 1))
    least: Floats = np.maximum(state.largest, state.total / spans)
    return least


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What is known of the past of the SKUs of a block.

    is_new: (n,), whose forecasts were built anew: what an earlier night found may be wrong. units: the weeks of these,
    (rows, weeks), where they were read. last: the Monday of the last closed week.
    """

    skus: Skus
    policies: Policies
    state: forecast.ForecastMemory
    is_new: Bools
    units: Floats | None
    last: date

    def limited(self, inputs: Inputs, outputs: Outputs, *, is_launch: Bools) -> Outputs:
        """Limit the points of lumpy demand."""
        window = capping.window_weeks(inputs.lead_mean_days, inputs.review_days)
        weeks = np.where(is_launch, 0, self.state.weeks)
        may = capping.may_be_capped(inputs, outputs, weeks=weeks, least=at_least(self.state, window))
        rows = np.flatnonzero(may)
        return capping.capped(outputs, self._busiest(rows, window)) if rows.size else outputs

    def _busiest(self, rows: Ints, window: Ints) -> Floats:
        """
        Return the most units asked for in ``window`` weeks, shape (n,), of ``rows``; nan for all others.

        What an earlier night found stands; only windows that end in a week since can hold more.
        """
        busiest = np.full(len(self.skus), np.nan)
        if self.units is not None:
            here = rows[self.is_new[rows]]
            busiest[here] = most(self.units[self.is_new.cumsum()[here] - 1], window[here])
            rows = rows[~self.is_new[rows]]
        units, weeks, until = (figures.column(self.policies.figures, name)[rows] for name in NAMES)
        is_known = ~self.is_new[rows] & (weeks == window[rows])
        busiest[rows] = np.where(is_known, units, 0.0)
        since = (self.last.toordinal() - until) / history.DAYS
        read = ~(is_known & (self.state.weeks_since_demand[rows] >= since))
        if read.any():
            back = np.where(is_known, since + window[rows] - 2, 0.0)[read].astype(np.int64)
            monday = np.datetime64(self.last) - history.DAYS * back.astype("m8[D]")
            begun = np.where(is_known[read], monday, history.UNKNOWN)
            rows = rows[read]
            table = history.read(self.skus.product[rows], self.skus.warehouse[rows], begun, self.last)
            busiest[rows] = np.maximum(busiest[rows], most(table.units, window[rows]))
        return busiest
