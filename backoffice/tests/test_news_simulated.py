"""
The rule of when a later date is news, played over suppliers whose times are exactly as they are believed to be.

Each night dates what is not here yet (``suppliers.arrivals``), asks for the chance to break, and asks the rule.
"""

import pytest

from backoffice.trials import simulated
from backoffice.trials.simulated import TIMES
from orders.rules import news

ORDERS = 400


@pytest.mark.parametrize(("mean", "sd"), TIMES)
def test_later_dates_are_few_and_every_promise_that_breaks_is_told_before_its_day(mean, sd):
    played = simulated.play(mean, sd, ORDERS)

    assert played.later <= 25
    assert 5 <= played.broken <= 12, "one in ten is what a safe date says"
    assert played.untold == 0


def test_without_the_chance_each_step_of_what_creeps_would_be_told(monkeypatch):
    monkeypatch.setattr(news, "MORE_LIKELY_THAN_NOT", -1)

    assert simulated.play(30, 8.4, ORDERS).later > 30
