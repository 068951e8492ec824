"""The bench of figures, small: the page and every list behind its numbers, in few statements each."""

from datetime import UTC, datetime

import pytest
import time_machine

from backoffice.benches import figures
from backoffice.benches.shops import judged
from backoffice.models import ArrivalForecast, LineOutcome, OrderOutcome, WeeklyFigure

pytestmark = [pytest.mark.django_db, pytest.mark.proof]
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
LINES = 400
PAGE, LIST = 9, 13
"""Statements, cold."""


def test_the_page_and_each_list_behind_its_numbers_take_few_statements():
    with time_machine.travel(NOW, tick=False):
        judged.fill(LINES, at=NOW)
        found = figures.measured(LINES, repeat=1, choices=[""])

    assert (LineOutcome.objects.count(), OrderOutcome.objects.count()) == (400, 200)
    assert ArrivalForecast.objects.count() == 40
    assert found["figures"] == WeeklyFigure.objects.count() > 1000
    assert found["pages"][0]["queries"] <= PAGE
    assert len(found["lists"]) >= 40
    assert {each["url"]: each["queries"] for each in found["lists"] if each["queries"] > LIST} == {}
    assert {each["status"] for each in found["lists"]} == {200}
    told = figures.words({**found, "worst": 1}).splitlines()
    assert told[0].endswith(f"400 order lines, {found['figures']:,} figures of weeks")
    assert len(told) == 5
