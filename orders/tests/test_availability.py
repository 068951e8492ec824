"""What a shop may say of a product; ``test_one_answer`` holds it against placing."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from inventory.models import BackorderPolicy
from orders import fulfillment
from orders.fulfillment import availability
from orders.fulfillment.availability import Availability, LineQuote, Word
from orders.models import Allocation, Refusal

from . import make

pytestmark = pytest.mark.django_db
TUESDAY = make.TODAY + timedelta(days=1)


def in_days(days):
    return make.TODAY + timedelta(days=days)


def said(thing, **fields):
    return availability.of([thing.pk], at=make.MONDAY, **fields)[thing.pk]


def draft(*wanted, **fields):
    lines = tuple(fulfillment.LineDraft(thing.pk, units) for thing, units in wanted)
    who, place = make.customer().pk, make.warehouse().pk
    return fulfillment.OrderDraft("shop", "SO-1", who, place, lines, make.MONDAY, **fields)


def test_a_product_on_an_open_shelf_is_in_stock_and_ships_after_its_handling_day():
    lamp = make.product(backorder_policy=BackorderPolicy.NEVER)
    make.on_hand(lamp, 3)
    make.on_hand(lamp, 9, place=make.warehouse("OLD", is_open=False))

    assert said(lamp) == Availability(Word.IN_STOCK, 3, 3, TUESDAY)


def test_a_product_on_its_way_is_on_backorder_until_the_day_it_would_be_promised():
    lamp = make.product(backorder_policy=BackorderPolicy.COVERED)
    make.coming(lamp, 2, on=in_days(4), safe=in_days(7))

    assert said(lamp) == Availability(Word.ON_BACKORDER, 0, 2, in_days(8))
    assert make.line(lamp, 1).promised_date == in_days(8)


def test_a_product_that_nobody_ordered_yet_is_on_backorder_for_the_lead_time():
    lamp = make.product()
    make.lead_time(lamp, likely=5, safe=8)

    assert said(lamp) == Availability(Word.ON_BACKORDER, 0, None, make.line(lamp, 1).promised_date)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"backorder_policy": "always"}, Availability(Word.ON_BACKORDER, 0, None)),
        ({"backorder_policy": "never"}, Availability(Word.OUT_OF_STOCK, 0, 0)),
        ({"backorder_policy": "covered"}, Availability(Word.OUT_OF_STOCK, 0, 0)),
        ({"backorder_policy": "limit", "backorder_limit": 0}, Availability(Word.OUT_OF_STOCK, 0, 0)),
        ({"backorder_policy": "limit", "backorder_limit": 5}, Availability(Word.ON_BACKORDER, 0, 5)),
        ({"backorder_policy": "limit", "backorder_limit": None}, Availability(Word.ON_BACKORDER, 0, None)),
        ({"is_discontinued": True}, Availability(Word.OUT_OF_STOCK, 0, 0)),
        ({"is_discontinued": True, "backorder_policy": "covered"}, Availability(Word.OUT_OF_STOCK, 0, 0)),
    ],
)
def test_with_nothing_here_and_nothing_coming_the_policy_says_what_it_is(fields, expected):
    make.warehouse()

    assert said(make.product(**fields)) == expected


def test_a_limit_that_is_used_up_makes_it_out_of_stock():
    lamp = make.product(backorder_policy=BackorderPolicy.LIMIT, backorder_limit=4)
    make.line(lamp, 3)
    assert said(lamp) == Availability(Word.ON_BACKORDER, 0, 1)

    make.line(lamp, 1)

    assert said(lamp) == Availability(Word.OUT_OF_STOCK, 0, 0)


@pytest.mark.parametrize("day", [None, 61])
def test_an_inbound_without_a_date_or_too_far_ahead_covers_nothing(day):
    lamp = make.product(backorder_policy=BackorderPolicy.COVERED, covered_days=60)
    make.coming(lamp, 2, on=day and in_days(day))

    assert said(lamp).word == Word.OUT_OF_STOCK


def test_units_held_for_a_customer_are_nobody_elses():
    lamp = make.product(backorder_policy=BackorderPolicy.NEVER)
    make.on_hand(lamp, 3)
    make.line(lamp, 1)

    assert said(lamp).units == 2


def test_where_every_warehouse_is_closed_nothing_can_be_ordered():
    lamp = make.product()
    make.on_hand(lamp, 3, place=make.warehouse(is_open=False))

    assert said(lamp) == Availability(Word.OUT_OF_STOCK, 0, 0)


def test_the_day_is_that_of_the_warehouse_it_ships_from():
    lamp = make.product()
    near, far = make.warehouse("BER", rank=1), make.warehouse("HAM", rank=2, handling_days=3)
    make.on_hand(lamp, 1, place=far)

    assert said(lamp, warehouse=near).ships_on == in_days(3)


def test_any_number_of_products_takes_three_statements(django_assert_num_queries):
    place = make.warehouse()
    things = [make.product(backorder_policy=BackorderPolicy.LIMIT, backorder_limit=9) for _ in range(9)]
    for thing in things:
        make.line(thing, 2, place=place)

    with django_assert_num_queries(3):
        assert {one.most for one in availability.of([thing.pk for thing in things], at=make.MONDAY).values()} == {7}


def test_an_order_is_told_what_each_of_its_lines_would_get_and_nothing_is_written():
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.on_hand(lamp, 3)
    make.coming(mug, 5, on=in_days(4))

    found = availability.of_order(draft((lamp, 2), (mug, 1), (lamp, 2)), at=make.MONDAY)

    assert found == [
        LineQuote(lamp.pk, 2, 0, TUESDAY),
        LineQuote(mug.pk, 0, 1, in_days(7)),
        LineQuote(lamp.pk, 1, 1, None),
    ]
    assert not Allocation.objects.exists()


def test_an_order_that_would_be_refused_is_refused_in_the_same_words_and_is_no_demand():
    lamp = make.product("LAMP", backorder_policy=BackorderPolicy.NEVER)
    make.on_hand(lamp, 3)

    with pytest.raises(fulfillment.BackorderLimit, match="LAMP: 4 asked for, 3 can be sold now"):
        availability.of_order(draft((lamp, 4)), at=make.MONDAY)

    assert not Refusal.objects.exists()


@pytest.mark.parametrize("fields", [{"warehouse_id": 0}, {"lines": (fulfillment.LineDraft(0, 1),)}])
def test_an_order_of_what_is_not_known_is_none(fields):
    lamp = make.product()
    asked = draft((lamp, 1))

    with pytest.raises(fulfillment.NotAnOrder, match="not known"):
        availability.of_order(fulfillment.OrderDraft(**{**_fields(asked), **fields}), at=make.MONDAY)


def _fields(asked):
    return {name: getattr(asked, name) for name in asked.__dataclass_fields__}


@pytest.mark.parametrize(
    ("here", "coming", "policy", "sentence"),
    [
        (3, None, "never", "In stock: 3 free to ship, one ordered now ships on 3 Mar 2026; at most 3 can be sold"),
        (3, None, "always", "In stock: 3 free to ship, one ordered now ships on 3 Mar 2026."),
        (0, 4, "always", "On backorder until 9 Mar 2026, when one ordered now would ship."),
        (0, None, "always", "On backorder: no date can be given."),
        (0, None, "never", "Out of stock: it cannot be ordered now."),
    ],
)
def test_the_page_of_a_product_says_what_a_shop_may(admin_client, here, coming, policy, sentence):
    lamp = make.product(backorder_policy=policy)
    make.warehouse()
    if here:
        make.on_hand(lamp, here)
    if coming:
        make.coming(lamp, 9, on=in_days(coming))

    with time_machine.travel(make.MONDAY, tick=False):
        page = admin_client.get(reverse("admin:inventory_product_change", args=[lamp.pk])).content.decode()

    assert sentence in page


def test_an_order_that_names_no_warehouse_is_one_for_the_warehouse_that_is_asked_first():
    lamp = make.product()
    make.warehouse("OLD", rank=0, is_open=False)
    make.on_hand(lamp, 1, place=make.warehouse("HAM", rank=2, handling_days=3))
    make.on_hand(lamp, 1, place=make.warehouse("BER", rank=1))

    assert said(lamp) == Availability(Word.IN_STOCK, 2, None, TUESDAY)
