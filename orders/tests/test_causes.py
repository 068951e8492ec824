"""Why lines are on backorder: what the record suggests, what a person says, and what goes on backorder again."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from inventory.formulas import figures
from inventory.models import DailyDemand, ReorderPolicy
from inventory.supply import transfers
from orders import fulfillment
from orders.models import BackorderCause, LineEvent, OrderLine, RepeatedBackorder
from orders.queue import again, causes
from orders.rules.causes import BackorderRecord, Cause, suggest

from . import make

pytestmark = pytest.mark.django_db
KNOWN = {"demand": 61, "expected": 40.0, "deviation": 10.0, "reorder_point": 60}
NIGHT = make.MONDAY + timedelta(hours=12)


def days(count):
    return timedelta(days=count)


@pytest.mark.parametrize(
    ("record", "cause"),
    [
        # what left the shelf without being sold, from as many units as wait
        ({"counted": 5}, Cause.COUNT),
        ({"damaged": 5}, Cause.DAMAGE),
        ({"counted": 3, "damaged": 2}, Cause.COUNT),
        ({"counted": 2, "damaged": 3}, Cause.DAMAGE),
        ({"counted": 2, "damaged": 2}, Cause.PLAN),
        ({"damaged": 4, "is_overdue": True}, Cause.SUPPLIER),
        ({"damaged": 5, "is_overdue": True}, Cause.DAMAGE),
        # what was on order and late
        ({"is_overdue": True}, Cause.SUPPLIER),
        ({"is_overdue": True, "has_left": True}, Cause.TRANSPORT),
        ({"has_left": True}, Cause.PLAN),
        ({"is_overdue": True, **KNOWN}, Cause.SUPPLIER),
        # what was asked for, against what was expected and what the reorder point had room for
        (KNOWN, Cause.SPIKE),
        (KNOWN | {"demand": 60}, Cause.ORDER),
        (KNOWN | {"demand": 60, "reorder_point": 59}, Cause.STOCK),
        (KNOWN | {"demand": 61, "reorder_point": 61}, Cause.ORDER),
        (KNOWN | {"deviation": 10.5}, Cause.STOCK),
        (KNOWN | {"reorder_point": None}, Cause.PLAN),
        ({"demand": 1, "reorder_point": 0, "expected": 1.0, "deviation": 0.0}, Cause.STOCK),
    ],
)
def test_a_cause_is_suggested_from_the_record(record, cause):
    assert suggest(BackorderRecord(5, **record)) is cause


def policy(thing, *, point, weekly, variance=0.0, lead=14, place=None):
    """Say what the night before had worked out."""
    row = dict.fromkeys(figures.NAMES, np.array([0.0])) | {
        "variance": np.array([variance]),
        "lead_days": np.array([float(lead)]),
    }
    ReorderPolicy.objects.create(
        product=thing,
        warehouse=place or make.warehouse(),
        reorder_point=point,
        order_up_to=point,
        weekly_demand=weekly,
        computed_on=make.TODAY,
        figures=figures.pack(row)[0].tobytes(),
    )


def bought(thing, units, *, day):
    DailyDemand.objects.create(product=thing, warehouse=make.warehouse(), day=day, units=units)


def night(at=NIGHT, left=()):
    return causes.suggest_all(at=at, left=left)


def said(line):
    row = BackorderCause.objects.get(line=line)
    return row.suggested, row.confirmed, row.cause


@pytest.mark.parametrize(("late", "cause"), [(1, "supplier"), (0, "plan")])
def test_the_night_suggests_the_supplier_once_the_day_of_what_is_on_order_has_passed(late, cause):
    lamp = make.product()
    make.coming(lamp, 9, on=make.TODAY - days(late), is_confirmed=True, at=make.MONDAY - days(20))
    line = make.line(lamp, 2)

    assert night() == {"looked_at": 1, "ended": 0}

    assert said(line) == (cause, "", cause)


def test_the_night_goes_by_the_day_that_was_confirmed_first_however_often_it_was_moved():
    lamp = make.product()
    row = make.coming(lamp, 9, on=make.TODAY - days(1), is_confirmed=True, at=make.MONDAY - days(20))
    make.moved(row, make.TODAY + days(9), at=make.MONDAY - days(2))
    line = make.line(lamp, 2)

    night()

    assert said(line)[0] == "supplier"


def test_the_night_leaves_out_what_came_before_the_line_waited():
    lamp = make.product()
    row = make.coming(lamp, 9, on=make.TODAY - days(9), is_confirmed=True, at=make.MONDAY - days(20))
    make.arrived(row, 9, at=make.MONDAY - days(2))
    make.line(lamp, 9, at=make.MONDAY - days(1))
    line = make.line(lamp, 2)

    night()

    assert said(line)[0] == "plan"


def test_the_night_suggests_the_transport_where_it_has_left():
    lamp, lux = make.product(), make.product()
    row = make.coming(lamp, 9, on=make.TODAY - days(1), is_confirmed=True, at=make.MONDAY - days(20))
    hamburg = make.warehouse("HAM")
    make.on_hand(lux, 4, place=hamburg, at=make.MONDAY - days(9))
    transfers.send(
        transfers.TransferDraft(hamburg.pk, make.warehouse().pk, {lux.pk: 4}, make.TODAY - days(2)),
        by=None,
        at=make.MONDAY - days(8),
    )
    told, moved = make.line(lamp, 2), make.line(lux, 5)

    night(left={row.pk})

    assert (said(told)[0], said(moved)[0]) == ("transport", "transport")


@pytest.mark.parametrize(("before", "cause"), [(14, "damage"), (15, "plan")])
def test_the_night_suggests_damage_of_the_days_before(before, cause):
    lamp = make.product()
    make.on_hand(lamp, 3, at=make.MONDAY - days(30))
    make.lost(lamp, 3, at=make.MONDAY - days(before))
    line = make.line(lamp, 3)

    night()

    assert said(line)[0] == cause


def test_the_night_suggests_a_count_that_found_fewer():
    lamp = make.product()
    make.on_hand(lamp, 3, at=make.MONDAY - days(30))
    make.counted(lamp, 0, at=make.MONDAY - days(3))

    line = make.line(lamp, 3)
    night()

    assert said(line)[0] == "count"


def test_the_night_suggests_damage_for_the_line_that_lost_its_units_and_says_since_when():
    lamp = make.product()
    make.on_hand(lamp, 3)
    line = make.line(lamp, 3)
    assert night() == {"looked_at": 0, "ended": 0}
    make.lost(lamp, 2, at=make.MONDAY + days(1))

    night(NIGHT + days(1))

    row = BackorderCause.objects.get()
    assert (row.line, row.suggested, row.units, row.began_on) == (line, "damage", 2, make.TODAY + days(1))


@pytest.mark.parametrize(
    ("point", "variance", "cause"), [(40, 0, "spike"), (40, 400, "stock"), (50, 0, "order"), (49, 400, "stock")]
)
def test_the_night_holds_the_demand_of_a_lead_time_against_the_reorder_point(point, variance, cause):
    lamp = make.product()
    policy(lamp, point=point, weekly=10, variance=variance)
    bought(lamp, 25, day=make.TODAY)
    bought(lamp, 25, day=make.TODAY - days(13))
    bought(lamp, 99, day=make.TODAY - days(14))
    bought(lamp, 99, day=make.TODAY + days(1))
    line = make.line(lamp, 2)

    night()

    assert said(line)[0] == cause


def test_the_night_looks_at_each_line_once_and_never_touches_what_a_person_said():
    lamp = make.product()
    line = make.line(lamp, 2)
    causes.say([line.pk], "damage", reason="seen", by=None, at=make.MONDAY)

    assert night() == {"looked_at": 1, "ended": 0}
    policy(lamp, point=0, weekly=1)
    assert night(NIGHT + days(1)) == {"looked_at": 0, "ended": 0}

    assert said(line) == ("plan", "damage", "damage")


def test_the_night_looks_at_what_waited_and_left_between_two_nights():
    lamp = make.product()
    row = make.coming(lamp, 9, on=make.TODAY - days(1), is_confirmed=True, at=make.MONDAY - days(20))
    line = make.line(lamp, 2)
    make.arrived(row, 9, at=make.MONDAY + timedelta(hours=1))

    assert night() == {"looked_at": 1, "ended": 1}
    assert night() == {"looked_at": 0, "ended": 0}

    row = BackorderCause.objects.get()
    assert (row.line, row.began_on, row.ended_on, row.suggested) == (line, make.TODAY, make.TODAY, "supplier")


def test_the_night_says_when_a_line_ceased_to_wait_and_takes_that_back_when_it_waits_again():
    lamp = make.product()
    line = make.line(lamp, 2)
    night()
    make.on_hand(lamp, 2, at=make.MONDAY + days(3))
    night(NIGHT + days(5))
    assert BackorderCause.objects.get().ended_on == make.TODAY + days(3)

    make.lost(lamp, 1, at=make.MONDAY + days(6))
    assert night(NIGHT + days(6)) == {"looked_at": 0, "ended": 0}

    assert OrderLine.objects.get(pk=line.pk).waits
    assert BackorderCause.objects.get().ended_on is None


def test_the_night_takes_as_many_statements_for_many_lines_as_for_few(django_assert_num_queries):
    for count in (2, 20):
        lamps = [make.product() for _ in range(count)]
        for lamp in lamps:
            make.coming(lamp, 1, on=make.TODAY - days(1), is_confirmed=True, at=make.MONDAY - days(20))
            make.line(lamp, 2)

        with django_assert_num_queries(14):
            assert night()["looked_at"] == count


def test_a_person_confirms_many_at_once_and_their_history_keeps_it():
    lamp = make.product()
    lines = [make.line(lamp, 2), make.line(lamp, 3)]
    ids = [line.pk for line in lines]

    assert causes.say(ids, "spike", reason="in the news", by=None, at=NIGHT) == 2
    assert causes.say(ids, "spike", reason="in the news", by=None, at=NIGHT) == 0

    assert [said(line) for line in lines] == [("", "spike", "spike")] * 2
    events = LineEvent.objects.filter(kind="cause").order_by("pk").values_list("line", "text")
    assert list(events) == [(pk, "Demand spike: in the news") for pk in ids]


def test_a_person_lets_the_record_speak_again():
    lamp = make.product()
    make.coming(lamp, 9, on=make.TODAY - days(1), is_confirmed=True, at=make.MONDAY - days(20))
    line = make.line(lamp, 2)
    night()
    causes.say([line.pk], "count", reason="seen", by=None, at=NIGHT)
    assert said(line) == ("supplier", "count", "count")

    assert causes.say([line.pk], "", reason="no, it was not", by=None, at=NIGHT) == 1

    assert said(line) == ("supplier", "", "supplier")
    assert str(BackorderCause.objects.get().words) == "Supplier late?"


def test_what_another_product_replaced_waited_until_that_day():
    lamp, other = make.product(), make.product()
    line = make.line(lamp, 2)
    night()
    units = [fulfillment.LineUnits(line.pk, 2)]
    fulfillment.substitute(units, other.pk, reason="x", by=None, at=make.MONDAY + days(9))

    night(at=NIGHT + days(30))

    assert BackorderCause.objects.get(line=line).ended_on == make.TODAY + days(9)


def test_no_line_ceased_to_wait_before_it_began():
    """What is stopped waits no longer, and the last that happened to it may be older than what it waited for."""
    lamp = make.product()
    make.on_hand(lamp, 5)
    line = make.line(lamp, 5)
    fulfillment.cancel([fulfillment.LineUnits(line.pk, 1)], reason="x", by=None, at=make.MONDAY + days(1))
    make.lost(lamp, 4, at=make.MONDAY + days(9))
    night(at=NIGHT + days(9))
    OrderLine.objects.update(is_stopped=True)

    night(at=NIGHT + days(10))

    row = BackorderCause.objects.get()
    assert (row.began_on, row.ended_on) == (make.TODAY + days(9), make.TODAY + days(9))


def test_a_person_says_nothing_of_what_waits_for_nothing():
    lamp = make.product()
    waiting, line = make.line(lamp, 2), make.line(lamp, 2)
    fulfillment.cancel([fulfillment.LineUnits(line.pk, 2)], reason="x", by=None, at=make.MONDAY)

    with pytest.raises(causes.NotACause, match="waits for nothing any more"):
        causes.say([waiting.pk, line.pk], "spike", reason="x", by=None, at=NIGHT)
    with pytest.raises(causes.NotACause, match="Choose one"):
        causes.say([waiting.pk], "weather", reason="x", by=None, at=NIGHT)

    assert not BackorderCause.objects.exists()
    assert not LineEvent.objects.filter(kind="cause").exists()


def spell(thing, *, began, lasted, units=2, cause="supplier", price=Decimal("10.00")):
    """Say that a line waited, so many days ago and for so long; None: it still does."""
    line = make.line(thing, units, price=price)
    first = make.TODAY - days(began)
    ended = None if lasted is None else first + days(lasted)
    BackorderCause.objects.create(line=line, began_on=first, ended_on=ended, units=units, suggested=cause)


def test_a_product_is_named_from_its_third_time_and_its_causes_are_counted():
    lamp, lux = make.product(), make.product()
    spell(lamp, began=100, lasted=9, units=5)
    spell(lamp, began=95, lasted=2)
    spell(lamp, began=50, lasted=0, cause="spike")
    spell(lux, began=50, lasted=1)
    spell(lux, began=10, lasted=None)
    assert again.count(at=NIGHT) == {"again": 0, "written": 0}

    spell(lamp, began=4, lasted=None, cause="")

    assert again.count(at=NIGHT) == {"again": 1, "written": 1}
    row = RepeatedBackorder.objects.get()
    assert (row.product, row.spells, row.days, row.lines, row.units) == (lamp, 3, 16, 4, 11)
    assert (row.value, row.last_on) == (Decimal("110.00"), make.TODAY - days(4))
    assert (row.causes, row.main_cause) == ({"spike": 1, "supplier": 2}, "supplier")


def test_what_is_as_it_was_is_not_written_and_what_is_past_goes():
    lamp = make.product()
    for began in (182, 50, 10):
        spell(lamp, began=began, lasted=0)
    assert again.count(at=NIGHT) == {"again": 1, "written": 1}
    assert again.count(at=NIGHT) == {"again": 1, "written": 0}

    assert again.count(at=NIGHT + days(1)) == {"again": 0, "written": 1}

    assert not RepeatedBackorder.objects.exists()
