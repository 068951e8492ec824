"""An order may change until it ships: what ships together, from where, when it is wanted, by when, its note."""

from datetime import timedelta

import pytest

from orders import fulfillment
from orders.models import NoticeLine, Order, OrderEvent, OrderLine, Promise, WarehouseRule

from . import books, make

pytestmark = pytest.mark.django_db
LATER = make.MONDAY + timedelta(hours=1)
REASON = "she rang"


def in_days(days):
    return make.TODAY + timedelta(days=days)


def of(order, thing):
    return OrderLine.objects.get(order=order, product=thing)


def changed(order, at=LATER, **terms):
    return fulfillment.change_terms(order.pk, terms, reason=REASON, by=None, at=at)


def lamp_here_and_mug_in_20_days(**terms):
    """Ordered: a lamp that is here and soon supplied again, and a mug that comes late; somebody waits for the lamp."""
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.lead_time(lamp, likely=5, safe=8)
    make.on_hand(lamp, 1)
    make.coming(mug, 1, on=in_days(20))
    order = make.order((lamp, 1), (mug, 1), **terms)
    return lamp, mug, order, make.line(lamp, 1, at=make.MONDAY + timedelta(minutes=1))


def test_who_waits_for_all_of_it_gives_the_unit_on_the_shelf_to_the_next():
    lamp, mug, order, other = lamp_here_and_mug_in_20_days()
    assert (of(order, lamp).allocated, other.allocated) == (1, 0)

    told = changed(order, is_ship_complete=True)

    other.refresh_from_db()
    line = of(order, lamp)
    assert told == ["Ships complete: what is here → all together: she rang"]
    assert (line.allocated, other.allocated) == (0, 1)
    assert line.promised_date == of(order, mug).promised_date == in_days(22)
    books.assert_balanced(at=LATER)


def test_an_order_that_is_complete_in_time_keeps_what_is_set_aside():
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.on_hand(lamp, 1)
    make.coming(mug, 1, on=in_days(2))
    order = make.order((lamp, 1), (mug, 1))
    other = make.line(lamp, 1, at=make.MONDAY + timedelta(minutes=1))

    changed(order, is_ship_complete=True)

    other.refresh_from_db()
    assert (of(order, lamp).allocated, other.allocated) == (1, 0)
    assert of(order, lamp).safe_date == of(order, mug).safe_date == in_days(3)
    books.assert_balanced(at=LATER)


def test_who_takes_what_is_here_now_is_served_from_the_shelf():
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.lead_time(lamp, likely=5, safe=8)
    make.on_hand(lamp, 1)
    make.coming(mug, 1, on=in_days(20))
    order = make.order((lamp, 1), (mug, 1), is_ship_complete=True)
    assert (of(order, lamp).allocated, of(order, lamp).promised_date) == (0, in_days(22))

    changed(order, is_ship_complete=False)

    line = of(order, lamp)
    assert (line.allocated, line.is_held_back, line.ready_basis) == (1, False, "")
    assert (line.promised_date, of(order, mug).promised_date) == (in_days(1), in_days(22))
    books.assert_balanced(at=LATER)


def test_what_is_wanted_later_goes_back_to_the_shelf_and_keeps_its_place():
    lamp = make.product("LAMP")
    make.lead_time(lamp, likely=5, safe=8)
    make.on_hand(lamp, 1)
    first = make.line(lamp, 1)
    second = make.line(lamp, 1, at=make.MONDAY + timedelta(minutes=1))

    told = changed(first.order, wanted_date=in_days(40))

    first.refresh_from_db()
    second.refresh_from_db()
    assert told == [f"Not before: any day → {in_days(40)}: she rang"]
    assert (first.allocated, second.allocated) == (0, 1)
    assert first.promised_date == in_days(40)
    assert first.queue_at < second.queue_at
    books.assert_balanced(at=LATER)

    changed(first.order, wanted_date=None)

    first.refresh_from_db()
    assert (first.allocated, first.promised_date) == (0, first.safe_date)
    assert first.promised_date < in_days(40)
    books.assert_balanced(at=LATER)


def test_who_wants_it_from_one_warehouse_gives_back_what_another_has_set_aside():
    lamp = make.product("LAMP")
    home, away = make.warehouse(), make.warehouse("HAM", rank=2)
    make.on_hand(lamp, 3, place=away)
    make.coming(lamp, 5, on=in_days(9), place=home)
    line = make.line(lamp, 2, place=home)
    assert line.allocated == 2

    changed(line.order, warehouse_rule=WarehouseRule.PREFERRED)

    line.refresh_from_db()
    assert (line.allocated, line.pegged, line.promised_date) == (0, 2, in_days(10))
    books.assert_balanced(at=LATER)


def test_a_note_and_a_last_day_plan_nothing_and_tell_nobody():
    lamp, _, order, _ = lamp_here_and_mug_in_20_days()
    promises, facts = Promise.objects.count(), NoticeLine.objects.count()

    told = changed(order, note="Gate code 4711", must_by_date=in_days(0))

    order.refresh_from_db()
    assert (order.note, order.must_by_date) == ("Gate code 4711", in_days(0))
    assert told == [
        "Note: none → “Gate code 4711”: she rang",
        f"Not after: any day → {in_days(0)}: she rang",
    ]
    assert list(OrderEvent.objects.values_list("kind", flat=True)) == ["note", "must_by"]
    assert (Promise.objects.count(), NoticeLine.objects.count()) == (promises, facts)
    assert of(order, lamp).allocated == 1


def test_who_waits_by_their_own_wish_is_told_the_day_once():
    _, _, order, _ = lamp_here_and_mug_in_20_days()
    NoticeLine.objects.all().delete()

    changed(order, is_ship_complete=True)
    with pytest.raises(fulfillment.NotTheseTerms, match="This changes nothing"):
        changed(order, is_ship_complete=True)

    assert NoticeLine.objects.filter(order=order).count() == 1


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"wanted_date": in_days(-1)}, "2026-03-01 has passed. Name today or a later day."),
        ({"must_by_date": in_days(-1)}, "2026-03-01 has passed. Name today or a later day."),
        (
            {"wanted_date": in_days(5), "must_by_date": in_days(4)},
            "SO-T: it would have to ship by 2026-03-06, and not before 2026-03-07.",
        ),
        ({"wanted_date": in_days(900)}, "SO-T: 18 August 2028 is too far ahead. Enter a day up to 2 March 2028"),
        ({}, "This changes nothing: SO-T is so already."),
        ({"is_ship_complete": False, "note": ""}, "This changes nothing: SO-T is so already."),
    ],
)
def test_days_that_cannot_be_and_what_is_so_already_are_refused_in_words(terms, words):
    order = make.order((make.product(), 1), reference="SO-T")

    with pytest.raises(fulfillment.NotTheseTerms) as refused:
        changed(order, **terms)

    assert str(refused.value).startswith(words)
    assert not OrderEvent.objects.exists()


def test_one_day_for_both_ends_can_be():
    order = make.order((make.product(), 1))

    changed(order, wanted_date=in_days(5), must_by_date=in_days(5))

    assert Order.objects.get().must_by_date == in_days(5)


def test_what_has_shipped_does_not_change():
    lamp = make.product()
    make.on_hand(lamp, 1)
    order = make.order((lamp, 1), reference="SO-T")
    fulfillment.ship_order(order.pk, by=None, at=make.MONDAY)

    with pytest.raises(fulfillment.NotTheseTerms, match="Nothing of SO-T is open: it is shipped or canceled already"):
        changed(order, note="Too late")


@pytest.mark.parametrize(("days", "may"), [(30, True), (31, False)])
def test_a_product_sold_from_the_shelf_alone_is_not_kept_off_it(days, may):
    lamp = make.product(backorder_policy="never")
    make.on_hand(lamp, 1)
    order = make.order((lamp, 1))

    if may:
        changed(order, wanted_date=in_days(days))
        assert of(order, lamp).allocated == 1
    else:
        with pytest.raises(fulfillment.WantedTooLate, match="is sold from the shelf only"):
            changed(order, wanted_date=in_days(days))
        assert Order.objects.get().wanted_date is None


def test_an_order_placed_with_a_last_day_keeps_it_and_is_another_order_without():
    lamp = make.product()
    order = make.order((lamp, 1), reference="SO-T", must_by_date=in_days(9))
    order.refresh_from_db()

    assert order.must_by_date == in_days(9)
    with pytest.raises(fulfillment.OrderDiffers):
        make.order((lamp, 1), reference="SO-T", who=order.customer)
    assert make.order((lamp, 1), reference="SO-T", who=order.customer, must_by_date=in_days(9)) == order
