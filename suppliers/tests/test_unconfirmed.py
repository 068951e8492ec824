"""Many unconfirmed orders at once are dated as each of them alone would be."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.formulas.arrival_days import CHANCES
from suppliers import leadtimes, unconfirmed

SENT = date(2026, 3, 2)


def alone(elapsed: int, mean: float, sd: float, safe: float) -> list[int]:
    lead = leadtimes.LeadTimeEstimate(mean, sd, sd, 0)
    days, last = leadtimes.days(leadtimes.Open(SENT, SENT + timedelta(elapsed), lead, safe))
    return [(day - SENT).days for day in (*days, last)]


def together(orders: list[tuple[int, float, float]], safe: float) -> list[list[int]]:
    elapsed, mean, sd = (np.array(values) for values in zip(*orders, strict=True))
    found: list[list[int]] = unconfirmed.days(
        elapsed, mean.astype(float), sd.astype(float), chances=(*CHANCES, safe), safe=safe
    ).tolist()
    return found


MEANS = st.floats(1, 200, allow_subnormal=False)
SPREADS = st.floats(0.001, 2.5)


@settings(max_examples=60, deadline=None)
@given(
    orders=st.lists(st.tuples(st.integers(0, 500), MEANS, SPREADS), min_size=1, max_size=8),
    safe=st.sampled_from([0.5, 0.9, 0.95]),
)
def test_orders_are_dated_together_as_each_alone(orders, safe):
    rows = [(elapsed, mean, spread * mean) for elapsed, mean, spread in orders]

    assert together(rows, safe) == [alone(*row, safe) for row in rows]


@pytest.mark.parametrize("days", range(30, 36))
def test_the_day_on_which_an_order_is_late_is_the_same(days):
    """Quoted 21 days: the safe date is 32 days after sending, and it is late on the day after that."""
    row = (days, 21.4545, 7.3364)

    assert together([row], 0.9) == [alone(*row, 0.9)]
    found = unconfirmed.is_late(np.array([days]), np.array([21.4545]), np.array([7.3364]), safe=0.9)
    assert found.tolist() == [days > 32]


@pytest.mark.parametrize("sd", [0.0, 0.001, 0.2, 0.21])
def test_one_that_is_surely_there_in_twenty_days_is_late_after_them(sd):
    rows = [(elapsed, 20.0, sd) for elapsed in (0, 19, 20, 21, 22, 40)]

    assert together(rows, 0.9) == [alone(*row, 0.9) for row in rows]


def test_what_should_have_come_a_thousand_deviations_ago_is_still_dated():
    rows = [(3_000, 5.0, 0.05), (400, 9.0, 0.1)]

    assert together(rows, 0.9) == [alone(*row, 0.9) for row in rows]


def test_no_orders_are_no_days():
    nothing = np.zeros(0)

    assert unconfirmed.days(nothing.astype(int), nothing, nothing, chances=(0.5,), safe=0.9).shape == (0, 1)
