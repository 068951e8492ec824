from datetime import timedelta

import pytest

from inventory.models import BackorderPolicy, DemandEntry, Stock
from orders import demand_feed, fulfillment
from orders.fulfillment import LineUnits
from orders.mail import letters
from orders.models import AddedLine, LineEvent, Notice, NoticeLine, OrderLine, Refusal
from orders.queue import ordering

from . import books, make

pytestmark = pytest.mark.django_db
TUESDAY = make.MONDAY + timedelta(days=1)
LATER = make.MONDAY + timedelta(days=5)


def change(line, units, at=TUESDAY):
    return fulfillment.change_quantity([LineUnits(line.pk, units)], reason="asked by phone", by=None, at=at)


def quantities(line):
    line.refresh_from_db()
    return (line.quantity, line.canceled, line.allocated, line.pegged, line.uncovered)


def books_balance():
    return books.balance(at=LATER)


def test_fewer_units_are_taken_from_what_nobody_sends_and_go_on_record_as_canceled():
    lamp = make.product(name="Oak lamp")
    make.on_hand(lamp, 2)
    make.coming(lamp, 3, on=make.TODAY + timedelta(days=4))
    line = make.line(lamp, 8)

    assert change(line, 4) == 1

    assert quantities(line) == (8, 4, 2, 2, 0)
    event = line.events.get(kind="quantity")
    assert (event.units, event.text) == (-4, "8 → 4: asked by phone")
    assert books_balance()


def test_the_customer_reads_once_what_is_canceled_and_when_the_rest_comes():
    lamp = make.product(name="Oak lamp")
    make.coming(lamp, 3, on=make.TODAY + timedelta(days=4))
    line = make.line(lamp, 8)

    change(line, 3)

    notice = Notice.objects.get(state="queued")
    text = letters.preview(notice, at=make.MONDAY).text
    assert "5 of your 8 are canceled, 3 remain. We expect to ship them by March 9." in text
    assert "Reason: asked by phone" in text


def test_what_fewer_units_free_goes_to_the_next_in_the_queue():
    lamp = make.product()
    make.on_hand(lamp, 5)
    line = make.line(lamp, 5)
    after = make.line(lamp, 4)

    change(line, 2)

    assert quantities(line) == (5, 3, 2, 0, 0)
    assert quantities(after) == (4, 0, 3, 0, 1)


def test_units_that_have_left_count_as_wanted():
    lamp = make.product()
    make.on_hand(lamp, 3)
    line = make.line(lamp, 8)
    fulfillment.ship_order(line.order_id, by=None, at=make.MONDAY)

    change(line, 3)

    line.refresh_from_db()
    assert (line.shipped, line.canceled, line.open, line.words) == (3, 5, 0, "Shipped")


def test_more_units_join_behind_the_tail_and_overtake_nobody():
    lamp = make.product()
    make.coming(lamp, 10, on=make.TODAY + timedelta(days=4))
    line = make.line(lamp, 4)
    behind = make.line(lamp, 5)
    before = quantities(line)

    change(line, 7)

    added = OrderLine.objects.get(order=line.order_id, position=2)
    assert quantities(line) == before == (4, 0, 0, 4, 0)
    assert quantities(behind) == (5, 0, 0, 5, 0)
    assert quantities(added) == (3, 0, 0, 1, 2)
    behind.refresh_from_db()
    assert added.queue_at > behind.queue_at
    assert (added.placed_at, added.unit_price) == (TUESDAY, line.unit_price)
    assert list(AddedLine.objects.values_list("line", "beside", "is_substitute")) == [(added.pk, line.pk, False)]
    assert line.events.get(kind="quantity").text == "4 → 7 (3 in a line of their own): asked by phone"
    assert added.events.get().text == "3 more ordered, 0 here, 3 waiting"
    assert books_balance()


def test_more_units_that_are_here_are_set_aside_without_a_mail():
    lamp = make.product()
    make.on_hand(lamp, 9)
    line = make.line(lamp, 4)

    change(line, 6)

    assert [quantities(each) for each in line.order.lines.order_by("position")] == [(4, 0, 4, 0, 0), (2, 0, 2, 0, 0)]
    assert Notice.objects.count() == 0
    assert Stock.objects.get().allocated == 6


def test_who_has_to_wait_for_more_is_told_so():
    lamp = make.product(name="Oak lamp")
    make.coming(lamp, 9, on=make.TODAY + timedelta(days=4))
    line = make.line(lamp, 4, reference="SO-1")
    told = NoticeLine.objects.count()

    change(line, 6)

    fact = NoticeLine.objects.latest("pk")
    assert NoticeLine.objects.count() == told + 1
    assert (fact.kind, fact.units, fact.line.quantity, fact.was_date) == ("backordered", 2, 2, None)
    assert letters.preview(fact.notice, at=make.MONDAY).subject == "Will follow: 2 × Oak lamp (order SO-1)"


def test_a_pin_and_a_priority_stay_with_the_units_they_were_given_to():
    lamp = make.product()
    line = make.line(lamp, 4)
    other = make.line(lamp, 4)
    ordering.set_priority([line.pk], 3, reason="hospital", by=None, at=make.MONDAY)
    ordering.pin(line.pk, 1, reason="board", by=None, at=make.MONDAY)

    change(line, 6)

    places = list(OrderLine.objects.in_queue_order().values_list("pk", flat=True))
    added = OrderLine.objects.latest("pk")
    assert places == [line.pk, other.pk, added.pk]
    assert (added.priority, added.is_pinned) == (0, False)


def test_more_units_than_the_policy_allows_are_refused_and_kept_as_demand_once():
    lamp = make.product("LAMP", backorder_policy=BackorderPolicy.LIMIT, backorder_limit=5)
    line = make.line(lamp, 4, reference="SO-1")
    events = LineEvent.objects.count()

    for _ in range(2):
        with pytest.raises(fulfillment.BackorderLimit, match="3 more asked for, 1 more can be sold now"):
            change(line, 7)
    demand_feed.feed(at=LATER)

    assert (OrderLine.objects.count(), LineEvent.objects.count()) == (1, events)
    assert list(Refusal.objects.values_list("reference", "units", "possible")) == [("SO-1", 7, 5)]
    assert sorted(DemandEntry.objects.values_list("source", "units")) == [("orders", 4), ("refused", 3)]


@pytest.mark.parametrize(("after", "units"), [(timedelta(hours=24), 3), (timedelta(hours=25), 8)])
def test_a_change_of_mind_within_a_day_is_no_demand_and_a_later_one_is(after, units):
    line = make.line(make.product(), 8)

    change(line, 3, at=make.MONDAY + after)
    demand_feed.feed(at=LATER)

    assert DemandEntry.objects.get().units == units


def test_more_units_are_demand_of_the_day_they_were_asked_for():
    line = make.line(make.product(), 8)

    change(line, 10)
    demand_feed.feed(at=LATER)

    rows = DemandEntry.objects.order_by("day").values_list("day", "units")
    assert list(rows) == [(make.TODAY, 8), (make.TODAY + timedelta(days=1), 2)]


def test_it_can_be_changed_again_and_again():
    lamp = make.product()
    line = make.line(lamp, 4)

    for units in (6, 3, 5, 2):
        change(line, units)

    assert [each.quantity - each.canceled for each in line.order.lines.order_by("position")] == [2, 2, 2]
    texts = line.events.filter(kind="quantity").values_list("text", flat=True)
    assert [text.partition(":")[0] for text in texts] == [
        "4 → 6 (2 in a line of their own)",
        "4 → 3",
        "3 → 5 (2 in a line of their own)",
        "3 → 2",
    ]
    assert books_balance()


@pytest.mark.parametrize(
    ("units", "error"),
    [
        (0, "A line has 1 to 1,000,000 units, not 0. To take all of it back, cancel it."),
        (-2, "A line has 1 to 1,000,000 units, not -2"),
        (1_000_001, "A line has 1 to 1,000,000 units, not 1,000,001"),
        (None, "A line has 1 to 1,000,000 units, not none"),
        (1, "2 units have left already: 1 is fewer than that"),
        (5, "This line has 5 units already"),
    ],
    ids=str,
)
def test_a_number_that_cannot_be_is_refused_and_nothing_is_written(units, error):
    lamp = make.product()
    make.on_hand(lamp, 2)
    line = make.line(lamp, 5)
    fulfillment.ship_order(line.order_id, by=None, at=make.MONDAY)
    before = quantities(line), LineEvent.objects.count()

    with pytest.raises(fulfillment.NotAQuantity, match=error):
        change(line, units)

    assert (quantities(line), LineEvent.objects.count()) == before


def test_a_line_that_is_done_keeps_its_quantity():
    line = make.line(make.product(), 5)
    fulfillment.cancel([LineUnits(line.pk)], reason="no", by=None, at=TUESDAY)

    with pytest.raises(fulfillment.NotAQuantity, match="Nothing of this line is open"):
        change(line, 6)


def test_one_number_that_cannot_be_stops_them_all():
    lamp = make.product()
    first, second = make.line(lamp, 5), make.line(lamp, 5)

    with pytest.raises(fulfillment.NotAQuantity):
        fulfillment.change_quantity([LineUnits(first.pk, 3), LineUnits(second.pk, 0)], reason="x", by=None, at=TUESDAY)

    assert quantities(first) == (5, 0, 0, 0, 5)
