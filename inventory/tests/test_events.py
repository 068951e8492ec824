from datetime import timedelta

import numpy as np
import pytest

from inventory.admin.demand import EventForm
from inventory.demand import events, outliers, uplift
from inventory.models import DemandEntry, DemandEvent, EmptyShelf, ReorderPolicy
from inventory.supply import shelves
from inventory.tests import make

pytestmark = pytest.mark.django_db

TODAY = make.TODAY
WEEK = timedelta(weeks=1)


def sale(what, first, last, lift=None, kind="promotion") -> DemandEvent:
    target = {"product": what} if not isinstance(what, str) else {"group": what}
    return DemandEvent.objects.create(name="Sale", kind=kind, starts_on=first, ends_on=last, uplift=lift, **target)


def sold_daily(thing, units, first, days) -> None:
    for ahead in range(days):
        make.asked(thing, units, on=first + timedelta(days=ahead))


def test_a_past_event_is_measured_against_the_weeks_before_it():
    lamp, mug = make.product(), make.product()
    start = TODAY - timedelta(days=20)
    sold_daily(lamp, 5, start - timedelta(days=56), 56)
    sold_daily(lamp, 15, start, 7)
    sold_daily(mug, 99, start, 7)
    row = sale(lamp, start, start + timedelta(days=6))

    assert events.measure(on=TODAY) == 1
    assert events.measure(on=TODAY) == 0

    row.refresh_from_db()
    # 105 units in place of 35, three more on both sides
    assert row.measured_uplift == round(108 / 38, 2)


def test_an_event_on_a_group_is_measured_on_its_products_alone():
    lamp, mug = make.product(group="Lamps"), make.product(group="Mugs")
    start = TODAY - timedelta(days=20)
    for thing in (lamp, mug):
        sold_daily(thing, 5, start - timedelta(days=56), 56)
    sold_daily(lamp, 10, start, 10)
    sold_daily(mug, 50, start, 10)
    row = sale("Lamps", start, start + timedelta(days=9), 1.5)

    events.measure(on=TODAY)

    row.refresh_from_db()
    assert (row.uplift, row.measured_uplift) == (1.5, round(103 / 53, 2))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"uplift": "1e9"}, {"uplift": ["1e+09 times the usual demand is no event. Enter 0.01 to 100."]}),
        ({"uplift": "0.001"}, {"uplift": ["0.001 times the usual demand is no event. Enter 0.01 to 100."]}),
        ({"uplift": "0"}, {"__all__": ["The uplift must be more than 0."]}),
        ({"uplift": "-1"}, {"__all__": ["The uplift must be more than 0."]}),
        ({"group": "Lamp"}, {"group": ["No product is in the group “Lamp”. There are: Lamps, Mugs, mugs."]}),
        ({"group": "MUGS"}, {"group": ["No product is in the group “MUGS”. There are: Lamps, Mugs, mugs."]}),
        (
            {"group": "Lamps", "product": "LAMP"},
            {"group": ["An event is on one product or on a group. Leave one of the two empty."]},
        ),
        ({"uplift": "100", "group": "mugs"}, {}),
        ({"uplift": "0.01", "group": "lAMPS"}, {}),
    ],
)
def test_a_form_takes_no_event_that_would_buy_a_billion_units_or_lift_nothing(typed, said):
    lamp = make.product("LAMP", group="Lamps")
    make.product("MUG", group="Mugs")
    make.product("CUP", group="mugs")
    days = {"starts_on": TODAY, "ends_on": TODAY}
    sent = {"name": "Sale", "kind": "promotion", **days, **typed}
    if "product" in sent:
        sent["product"] = lamp.pk

    form = EventForm(sent)

    assert form.errors == said
    if not said:
        assert form.cleaned_data["group"] == {"mugs": "mugs", "lAMPS": "Lamps"}[typed["group"]]


def test_an_event_on_a_group_that_has_gone_may_still_be_changed_otherwise():
    row = sale("Gone", TODAY, TODAY, 2)

    form = EventForm(
        {"name": "Sale", "kind": "media", "group": "Gone", "starts_on": TODAY, "ends_on": TODAY}, instance=row
    )

    assert form.errors == {}


def test_an_event_that_is_not_over_or_on_next_to_nothing_is_not_measured():
    lamp = make.product()
    make.asked(lamp, 2, on=TODAY - timedelta(days=60))
    running, small = sale(lamp, TODAY - WEEK, TODAY), sale(lamp, TODAY - 2 * WEEK, TODAY - WEEK)

    assert events.measure(on=TODAY) == 0

    assert {row.measured_uplift for row in DemandEvent.objects.filter(pk__in=[running.pk, small.pk])} == {None}


def test_an_event_without_an_uplift_takes_that_of_earlier_ones_of_its_kind_the_nearest_first():
    lamp, shade, mug = make.product(group="Lamps"), make.product(group="Lamps"), make.product(group="Mugs")
    for thing, measured in ((lamp, 2.0), (shade, 8.0)):
        DemandEvent.objects.filter(pk=sale(thing, TODAY - 9 * WEEK, TODAY - 8 * WEEK).pk).update(
            measured_uplift=measured
        )
    ahead = [sale(what, TODAY, TODAY + WEEK) for what in (lamp, "Lamps", mug)]
    other = sale(lamp, TODAY, TODAY + WEEK, kind="media")

    known = uplift.Measured.at(DemandEvent.objects.select_related("product"))

    assert [known.uplift_of(row) for row in (*ahead, other)] == pytest.approx([2.0, 4.0, 4.0, 1.0])


@pytest.mark.parametrize(
    ("days", "lifts"),
    [
        (((0, 2, 3.0), (3, 6, 3.0)), [3, 1]),
        (((0, 2, 3.0), (3, 9, 2.0)), [17 / 7, 10 / 7]),
        (((0, 6, 3.0), (2, 3, 2.0)), [27 / 7, 1]),
        (((-40, -1, 3.0), (14, 20, 5.0)), [1, 1]),
    ],
)
def test_events_that_share_a_week_lift_each_its_own_days(days, lifts):
    """Three days and the four after them, each of three times the usual, were taken for 3.98 times."""
    own = tuple(uplift.Event(TODAY + timedelta(days=a), TODAY + timedelta(days=b), lift) for a, b, lift in days)

    found = uplift.factors([own], TODAY, 2)

    assert (np.ones((1, 2)) if found is None else found).tolist() == [pytest.approx(lifts)]


def test_what_a_person_entered_counts_before_what_was_measured_and_that_before_an_estimate():
    lamp = make.product()
    row = sale(lamp, TODAY - 9 * WEEK, TODAY - 8 * WEEK, 3.0)
    row.measured_uplift = 2.0
    known = uplift.Measured.at([row])

    assert known.uplift_of(row) == 3.0
    row.uplift = None
    assert known.uplift_of(row) == 2.0


def test_an_estimated_event_ahead_lifts_what_is_expected():
    lamp = make.product()
    DemandEvent.objects.filter(pk=sale(lamp, TODAY - 9 * WEEK, TODAY - 8 * WEEK).pk).update(measured_uplift=3.0)
    sale(lamp, TODAY, TODAY + timedelta(days=6))

    found = uplift.factors([uplift.load().of(lamp.pk, "")], TODAY, 2)

    assert found.tolist() == [pytest.approx([3.0, 1.0])]


def policy(thing, weekly) -> None:
    ReorderPolicy.objects.create(product=thing, warehouse=make.warehouse(), weekly_demand=weekly)


def test_one_giant_order_is_reported_and_still_counts_until_somebody_looks():
    lamp = make.product()
    policy(lamp, 10.0)
    make.asked(lamp, 12, on=TODAY - WEEK, reference="usual")
    make.asked(lamp, 5_000, on=TODAY - WEEK, reference="giant")

    assert outliers.find(on=TODAY) == 1
    assert outliers.find(on=TODAY) == 0

    assert list(DemandEntry.objects.filter(is_outlier=True).values_list("reference", "is_one_off")) == [
        ("giant", False)
    ]


def empty(thing) -> list:
    rows = EmptyShelf.objects.filter(product=thing).order_by("began_on")
    return list(rows.values_list("began_on", "ended_on"))


def test_days_without_stock_are_written_down_from_the_ledger():
    lamp = make.product()
    days = [make.MONDAY + timedelta(days=ahead) for ahead in range(6)]
    make.on_hand(lamp, 2, at=days[0])
    make.lost(lamp, 2, at=days[1])
    make.on_hand(lamp, 4, at=days[4])

    for day in days:
        shelves.record(on=day.date())
    shelves.record(on=days[5].date())

    assert empty(lamp) == [(days[1].date(), days[3].date())]


def test_days_the_clock_stood_still_are_caught_up_from_the_ledger():
    lamp = make.product()
    days = [make.MONDAY + timedelta(days=ahead) for ahead in range(8)]
    make.on_hand(lamp, 2, at=days[0])
    shelves.record(on=days[1].date())
    make.lost(lamp, 2, at=days[2])
    make.on_hand(lamp, 4, at=days[4])
    make.lost(lamp, 4, at=days[6])

    assert shelves.record(on=days[7].date()) == 6

    assert empty(lamp) == [(days[2].date(), days[3].date()), (days[6].date(), None)]
