"""All demand on record, in weeks: what a backtest of this shop replays. Reads only."""

from datetime import date

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from . import history, skus


@transaction.atomic
def demand(*, on: date) -> NDArray[np.float64]:
    """
    Return the units of every SKU and closed week before ``on``, shape (n, weeks); nan before its first demand.

    Only SKUs that have any. Events and one-offs are in it as the nightly job has them: events left in.
    """
    last = history.last_closed_week(on)
    parts = []
    for block in skus.blocks():
        found = skus.of(block)
        if len(found):
            weeks = history.read_all(found, last)
            parts.append(weeks.units[weeks.first < weeks.count])
    return np.concatenate(parts) if parts else np.empty((0, 0))
