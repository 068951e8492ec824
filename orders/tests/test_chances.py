"""How likely a promise breaks: reckoned from what covers a line, stored with it, shown to staff."""

from datetime import timedelta

import pytest
from django.db.models import F

from inventory.formulas import arrival_days
from inventory.models import Inbound, Warehouse
from inventory.supply import calendars
from inventory.supply.calendars import WorkingDays
from orders import allocation
from orders.allocation import reading
from orders.models import Order, OrderLine, WarehouseRule
from orders.promising import by_hand, sweep
from orders.queue import ordering, rehearsal, simulation
from orders.rules.strategies import Strategy
from orders.tests import make

pytestmark = pytest.mark.django_db


def coming(product, *days, units=9):
    """An inbound that is here by these days, from Monday on, with a chance of .5, .8, .9, .95 and .99."""
    inbound = make.coming(product, units, on=in_days(days[0]))
    known = dict(zip(arrival_days.FIELDS, map(in_days, days), strict=True))
    Inbound.objects.filter(pk=inbound.pk).update(likely_date=in_days(days[0]), safe_date=in_days(days[2]), **known)
    return inbound


def in_days(days):
    return make.TODAY + timedelta(days=days)


def settled(line, at=make.MONDAY):
    allocation.settle({line.product_id}, cause="test", by=None, at=at)
    line.refresh_from_db()
    return line


def promised(line, days):
    """Let the line be promised this day, whatever it was told."""
    by_hand.set_date([line.pk], in_days(days), reason="asked", by=None, at=make.MONDAY)
    line.refresh_from_db()
    return line


@pytest.mark.parametrize(
    ("day", "chance", "is_at_risk"),
    [
        # here by Wednesday, Thursday, Friday, Monday, Tuesday; each ships on the working day after it
        (3, 0.5, True),
        (4, 0.2, False),
        (7, 0.1, False),
        (8, 0.05, False),
        (9, 0.01, False),
        (60, 0.01, False),
        (2, 0.6300, True),  # half-way to the first of them, in the measure of what is still to come
    ],
)
def test_the_chance_is_read_off_the_days_by_which_its_supply_is_here(day, chance, is_at_risk):
    lamp = make.product()
    coming(lamp, 2, 3, 4, 7, 8)
    line = promised(make.line(lamp, 2), day)

    assert (line.chance_to_break, line.is_at_risk) == (pytest.approx(chance, abs=1e-4), is_at_risk)


def test_of_several_supplies_all_have_to_come_in_time():
    lamp = make.product()
    for _ in range(2):
        coming(lamp, 2, 3, 4, 7, 8, units=1)
    line = promised(make.line(lamp, 2), 4)

    assert line.chance_to_break == pytest.approx(1 - 0.8**2)
    assert line.is_at_risk


def test_a_third_is_at_risk_and_a_little_less_is_not(monkeypatch):
    lamp = make.product()
    coming(lamp, 2, 3, 4, 7, 8)
    line = promised(make.line(lamp, 2), 4)

    for bound, is_at_risk in ((0.2, True), (0.2001, False)):
        monkeypatch.setattr("orders.rules.news.AT_RISK", bound)
        OrderLine.objects.update(is_at_risk=not is_at_risk)
        sweep.weigh(at=make.MONDAY)
        line.refresh_from_db()
        assert line.is_at_risk == is_at_risk


def test_a_line_that_was_just_placed_breaks_as_seldom_as_its_promise_says():
    lamp = make.product()
    coming(lamp, 2, 3, 4, 7, 8)

    line = make.line(lamp, 2)

    assert (line.promised_date, line.chance_to_break, line.is_at_risk) == (in_days(7), 0.1, False)


def test_what_nobody_has_ordered_is_less_likely_in_time_each_night_and_that_is_no_news_by_itself():
    lamp = make.product()
    make.lead_time(lamp, 10, 18)
    line = make.line(lamp, 2)
    seen = []
    for night in range(1, 15):
        sweep.weigh(at=make.MONDAY + timedelta(days=night))
        line.refresh_from_db()
        seen.append(line.chance_to_break)

    assert seen == sorted(seen)
    assert [chance > 0.5 for chance in seen].index(True) == 12, (
        "an order of that day comes more likely than not too late"
    )
    assert line.promises.count() == 1
    assert sweep.weigh(at=make.MONDAY + timedelta(days=14)) == 0, "done twice, it changes nothing"


def test_what_has_no_date_breaks_for_sure_and_who_does_not_wait_has_no_chance():
    lamp, mug = make.product(), make.product()
    line = promised(make.line(lamp, 2), 5)
    make.on_hand(mug, 2)
    here = make.line(mug, 2)

    assert (line.chance_to_break, line.is_at_risk) == (1.0, True)
    assert (here.chance_to_break, here.is_at_risk) == (None, False)
    make.on_hand(lamp, 2)
    assert (settled(line).chance_to_break, line.is_at_risk) == (None, False)


def test_a_day_that_has_passed_is_broken():
    lamp = make.product()
    coming(lamp, 2, 3, 4, 7, 8)
    line = make.line(lamp, 2)

    sweep.weigh(at=make.MONDAY + timedelta(days=8))

    line.refresh_from_db()
    assert (line.chance_to_break, line.is_at_risk) == (1.0, True)


def test_a_sender_who_slips_is_news_when_the_promise_breaks_more_likely_than_not():
    lamp = make.product()
    lorry = coming(lamp, 2, 3, 4, 7, 8)
    line = make.line(lamp, 2)
    moved = dict(zip(arrival_days.FIELDS, map(in_days, (4, 20, 30, 40, 50)), strict=True))
    Inbound.objects.filter(pk=lorry.pk).update(likely_date=in_days(4), safe_date=in_days(30), **moved)

    assert settled(line).promised_date == in_days(7)
    assert (line.safe_date, line.chance_to_break, line.is_at_risk) == (in_days(31), 0.5, True)

    Inbound.objects.filter(pk=lorry.pk).update(likely_date=in_days(7), by_50=in_days(7))

    assert settled(line).promised_date == in_days(31)
    assert (line.chance_to_break, line.is_at_risk) == (0.1, False)


def test_the_last_working_day_tells_of_a_slip_however_small():
    """Promised for Monday; Tuesday is more likely: nothing on Thursday, news in the night of Friday."""
    lamp = make.product()
    lorry = coming(lamp, 2, 3, 4, 7, 8)
    line = make.line(lamp, 2)
    tuesday = dict.fromkeys(arrival_days.FIELDS, in_days(7))
    Inbound.objects.filter(pk=lorry.pk).update(likely_date=in_days(7), safe_date=in_days(7), **tuesday)
    assert settled(line, make.MONDAY + timedelta(days=1)).promised_date == in_days(7)

    sweep.sweep(at=make.MONDAY + timedelta(days=3))
    line.refresh_from_db()
    assert line.promised_date == in_days(7)
    sweep.sweep(at=make.MONDAY + timedelta(days=4))

    line.refresh_from_db()
    assert line.promised_date == in_days(8)


def test_a_warehouse_that_does_not_work_on_mondays_tells_of_a_tuesday_in_the_night_of_friday():
    """Promised for Tuesday; Wednesday is more likely. In the night of Monday its mail would go on Tuesday."""
    make.warehouse()
    calendars.change(make.warehouse().pk, WorkingDays("0111100", "", "", None, 0, 1), by=None, at=make.MONDAY)
    lamp = make.product()
    lorry = coming(lamp, 2, 3, 4, 7, 8)
    line = make.line(lamp, 2)
    assert line.promised_date == in_days(8)
    tuesday = dict.fromkeys(arrival_days.FIELDS, in_days(8))
    Inbound.objects.filter(pk=lorry.pk).update(likely_date=in_days(8), safe_date=in_days(8), **tuesday)
    assert settled(line, make.MONDAY + timedelta(days=1)).promised_date == in_days(8)

    assert sweep.sweep(at=make.MONDAY + timedelta(days=3)) == 0
    assert sweep.sweep(at=make.MONDAY + timedelta(days=4)) == 1

    line.refresh_from_db()
    assert line.promised_date == in_days(9)


def test_all_lines_have_the_chance_that_the_planner_would_give_them():
    lamp = make.product()
    coming(lamp, 2, 3, 4, 7, 8, units=5)
    make.lead_time(lamp, 10, 18)
    for _ in range(4):
        make.line(lamp, 2)

    stored = list(OrderLine.objects.order_by("pk").values_list("chance_to_break", "is_at_risk"))
    OrderLine.objects.update(chance_to_break=None, is_at_risk=~F("is_at_risk"))

    assert sweep.weigh(at=make.MONDAY) == 4
    assert list(OrderLine.objects.order_by("pk").values_list("chance_to_break", "is_at_risk")) == stored
    assert {line.chance for line in reading.queue({lamp.pk}, short=())} == {chance for chance, _ in stored}


def test_who_takes_it_from_a_closed_warehouse_alone_has_another_chance_than_who_takes_it_from_any():
    lamp = make.product()
    make.lead_time(lamp, 10, 18)
    anywhere, here = make.line(lamp, 2), make.line(lamp, 2)
    Order.objects.filter(pk=here.order_id).update(warehouse_rule=WarehouseRule.PREFERRED)
    Warehouse.objects.update(is_open=False)

    sweep.weigh(at=make.MONDAY)

    anywhere.refresh_from_db()
    here.refresh_from_db()
    assert anywhere.promised_date == here.promised_date
    assert (anywhere.chance_to_break, here.chance_to_break) == (0.01, 1.0)


def late_and_likely_in_time(lamp):
    """Two lines wait for two units each: the safe day of the first has passed its promise, and eight of ten keep it."""
    lorry = coming(lamp, 2, 3, 4, 7, 8, units=2)
    first, last = make.line(lamp, 2), make.line(lamp, 2)
    slower = dict(zip(arrival_days.FIELDS, map(in_days, (2, 3, 8, 9, 10)), strict=True))
    Inbound.objects.filter(pk=lorry.pk).update(safe_date=in_days(8), **slower)
    assert (settled(first).promised_date, first.safe_date, first.is_at_risk) == (in_days(7), in_days(9), False)
    return first, last


def pinned_first(line):
    """Try to put a line first; of each line that moves, whether its promise breaks."""
    effects = rehearsal.rehearse(
        lambda: ordering.pin(line.pk, 1, reason="asked", by=None, at=make.MONDAY),
        at=make.MONDAY,
        product_ids=[line.product_id],
    )
    return {move.line_id: move.breaks for move in effects.moved}


def test_a_promise_that_held_more_likely_than_not_breaks_where_an_act_takes_its_units():
    first, last = late_and_likely_in_time(make.product())

    assert pinned_first(last) == {first.pk: True, last.pk: False}


def test_a_promise_that_still_holds_more_likely_than_not_does_not_break_by_an_act():
    lamp = make.product()
    coming(lamp, 2, 3, 4, 7, 8, units=2)
    first = make.line(lamp, 2)
    coming(lamp, 2, 3, 8, 9, 10, units=2)
    last = make.line(lamp, 2)

    assert pinned_first(last) == {first.pk: False, last.pk: False}
    ordering.pin(last.pk, 1, reason="asked", by=None, at=make.MONDAY)
    first.refresh_from_db()
    assert (first.promised_date, first.safe_date, first.is_at_risk) == (in_days(7), in_days(9), False)


def test_a_simulation_counts_a_promise_as_broken_where_the_queue_says_so():
    lamp = make.product()
    late_and_likely_in_time(lamp)

    run = simulation.run(Strategy.AGE, [lamp.pk], by=None, at=make.MONDAY)

    assert run.summary["promises_breaking"] == [0, 0]
