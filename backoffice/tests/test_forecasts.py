"""Forecasts of arrivals, and what came of them: also where a receipt is taken back, and on a leap day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from backoffice.figures import forecasts
from backoffice.models import ArrivalForecast
from inventory.formulas.arrival_days import ArrivalDays
from inventory.supply import unreceiving
from orders.tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ARRIVED = make.TODAY + 4 * DAY


def coming(at=make.MONDAY):
    """Ten lamps that are likely here four days later, and a first night that says so."""
    first = at.date() + 4 * DAY
    days = ArrivalDays(*(first + ahead * DAY for ahead in (0, 2, 4, 6, 12)))
    row = make.coming(make.product(), 10, on=first, safe=days.by_90, days=days, at=at)
    assert night(at)["forecasts"] == 1
    return row


def night(at) -> dict[str, int]:
    return forecasts.record(at=at)


def take_back(row, units: int, *, at) -> None:
    unreceiving.take_back([unreceiving.Reversal(row.pk, units)], reason="Another pallet", by=None, at=at)


def came_on() -> date | None:
    return ArrivalForecast.objects.get().came_on


def test_what_had_not_come_after_all_did_not_come():
    row = coming()
    make.arrived(row, 10, at=make.MONDAY + DAY)
    night(make.MONDAY + DAY)
    assert came_on() == make.TODAY + DAY

    take_back(row, 10, at=make.MONDAY + 2 * DAY)

    assert [night(make.MONDAY + days * DAY)["arrived"] for days in (2, 3)] == [1, 0]
    assert came_on() is None


def test_it_came_on_the_day_of_the_receipt_that_stood():
    row = coming()
    make.arrived(row, 10, at=make.MONDAY + DAY)
    night(make.MONDAY + DAY)
    take_back(row, 10, at=make.MONDAY + 2 * DAY)
    make.arrived(row, 10, at=make.MONDAY + 4 * DAY)

    assert [night(make.MONDAY + days * DAY)["arrived"] for days in (4, 5)] == [1, 0]
    assert came_on() == ARRIVED


def test_a_unit_that_is_taken_back_of_ten_moves_no_day():
    row = coming()
    make.arrived(row, 10, at=make.MONDAY + DAY)
    take_back(row, 1, at=make.MONDAY + 2 * DAY)

    night(make.MONDAY + 3 * DAY)

    assert came_on() == make.TODAY + DAY


def test_a_leap_day_has_a_night():
    coming(at=datetime(2028, 2, 29, 9, tzinfo=UTC))

    assert ArrivalForecast.objects.get().horizon == "0-7"
