"""Of which week a line is counted that came onto its order later: of the one in which it was asked for."""

from datetime import timedelta
from decimal import Decimal

import pytest

from backoffice.figures import night
from backoffice.models import LineOutcome, WeeklyFigure
from orders import fulfillment
from orders.fulfillment.quantity import change_quantity
from orders.fulfillment.substitution import substitute
from orders.tests import make

pytestmark = pytest.mark.django_db
LATER = make.MONDAY + timedelta(days=10)


def test_units_that_are_added_later_are_asked_for_in_their_own_week():
    line = make.line(make.product(), 4)
    change_quantity([fulfillment.LineUnits(line.pk, 7)], reason="Three more", by=None, at=LATER)

    night.keep(at=LATER + timedelta(days=1))

    asked = list(LineOutcome.objects.order_by("pk").values_list("placed_on", "units", "filled"))
    assert asked == [(make.TODAY, 4, 0), (LATER.date(), 3, 0)]
    filled = WeeklyFigure.objects.filter(figure="fill", dimension="").order_by("week")
    assert list(filled.values_list("week", "counted")) == [
        (make.TODAY, Decimal(4)),
        (make.TODAY + timedelta(days=7), Decimal(3)),
    ]


def test_a_substitute_is_no_more_units_asked_for():
    """What was asked for was not on the shelf; that another product was, changes nothing."""
    mug = make.product()
    make.on_hand(mug, 3)
    line = make.line(make.product(), 4)
    an_hour_later = make.MONDAY + timedelta(hours=1)
    substitute([fulfillment.LineUnits(line.pk)], mug.pk, reason="Sold out", by=None, at=an_hour_later)

    night.keep(at=make.MONDAY + timedelta(days=1))

    assert list(LineOutcome.objects.order_by("pk").values_list("units", "filled")) == [(4, 0), (4, None)]
    filled = WeeklyFigure.objects.get(figure="fill", dimension="")
    assert (filled.reached, filled.counted) == (Decimal(0), Decimal(4))
