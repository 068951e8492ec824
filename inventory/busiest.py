"""
The most units ever asked for in as many weeks as an order must cover: what caps a lumpy reorder point. Reads only.

``Seen`` looks into history for those SKUs alone whose point may lie above the cap, and takes what the last night found
where nobody has asked since.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from . import capping, figures, forecast, history
from .distributions import Bools, Floats, Ints
from .reorder import Inputs, Outputs
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
    for length in np.unique(window).tolist():
        rows, step = window == length, min(length, weeks)
        found[rows] = (until[rows, step:] - until[rows, : weeks + 1 - step]).max(axis=1)
    return found


def at_least(state: forecast.State, window: Ints) -> Floats:
    """Return what the busiest weeks had at least, (n,): the largest week, or what so many had on average."""
    spans = np.ceil(np.maximum(state.weeks, 1) / np.maximum(window, 1))
    least: Floats = np.maximum(state.largest, state.total / spans)
    return least


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What is known of the past of the SKUs of a block.

    is_new: (n,), forecasts built anew: what an earlier night found may be wrong. last: the Monday of the last closed
    week.
    """

    skus: Skus
    policies: Policies
    state: forecast.State
    is_new: Bools
    last: date

    def limited(self, inputs: Inputs, outputs: Outputs, *, is_launch: Bools) -> Outputs:
        """Limit the points of lumpy demand."""
        window = capping.window_weeks(inputs.lead_mean_days, inputs.review_days)
        weeks = np.where(is_launch, 0, self.state.weeks)
        may = capping.may_be_capped(inputs, outputs, weeks=weeks, least=at_least(self.state, window))
        rows = np.flatnonzero(may)
        return capping.capped(outputs, self._busiest(rows, window)) if rows.size else outputs

    def _busiest(self, rows: Ints, window: Ints) -> Floats:
        """Return the most units asked for in ``window`` weeks, shape (n,), of ``rows``; nan for all others."""
        busiest = np.full(len(self.skus), np.nan)
        units, weeks, until = (figures.column(self.policies.figures, name)[rows] for name in NAMES)
        since = (self.last.toordinal() - until) / history.DAYS
        stands = ~self.is_new[rows] & (weeks == window[rows]) & (self.state.weeks_since_demand[rows] >= since)
        busiest[rows[stands]] = units[stands]
        read = rows[~stands]
        if read.size:
            never = np.full(len(read), history.UNKNOWN, "M8[D]")
            table = history.read(self.skus.product[read], self.skus.warehouse[read], never, self.last)
            busiest[read] = most(table.units, window[read])
        return busiest
