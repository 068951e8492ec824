"""Whether a customer was told in time that a day breaks: a working day of their warehouse before it."""

from datetime import datetime, timedelta

import pytest

from backoffice.figures import night
from backoffice.models import LineOutcome
from inventory.supply import calendars
from inventory.supply.calendars import WorkingDays
from orders.models import Promise
from orders.tests import make

pytestmark = pytest.mark.django_db
SUNDAY = make.TODAY + timedelta(days=6)


@pytest.mark.parametrize(("week", "days", "reached"), [("0011111", -1, 1), ("0011111", 0, 0), ("1111100", -1, 0)])
def test_told_on_the_last_day_on_which_the_warehouse_works_is_told_in_time(week, days, reached):
    line = make.line(make.product(), 1)
    if week != make.warehouse().week:
        calendars.change(line.order.warehouse_id, WorkingDays(week, "", "", None, 0, 1), by=None, at=make.MONDAY)
    told(line, SUNDAY, make.MONDAY)
    told(line, SUNDAY + timedelta(days=5), make.MONDAY + timedelta(days=6 + days))

    night.keep(at=make.MONDAY + timedelta(days=8))

    assert LineOutcome.objects.filter(warned_on__lte=SUNDAY + timedelta(days=days)).count() == 1
    assert [row.warned_on <= row.warn_by for row in LineOutcome.objects.all()] == [bool(reached)]


def told(line, day, at: datetime) -> None:
    Promise.objects.create(line=line, promised_date=day, basis="typed", reason="asked", at=at, told_at=at)
