"""What is read aloud to a caller says each thing once, and together only of what is several."""

from datetime import timedelta

import pytest

from orders.answering import briefs, spoken
from orders.tests import make

pytestmark = pytest.mark.django_db


def said_to(customer) -> str:
    return spoken.of_customer(briefs.of_customer(customer.pk, at=make.MONDAY), today=make.TODAY)


def test_an_order_is_spoken_of_once_though_one_line_waits_and_another_is_here():
    lamp, mug = make.product("LAMP-1", name="Oak lamp"), make.product("MUG-1", name="Clay mug")
    make.on_hand(mug, 4)
    who = make.customer()
    make.order((lamp, 2), reference="SO-1", who=who)
    make.order((lamp, 1), (mug, 2), reference="SO-2", who=who)

    assert said_to(who) == (
        "In your order SO-2, 1 × Oak lamp is still to come; no date can be given yet. "
        "2 × Clay mug are here and set aside for you; we expect to ship them by March 3. "
        "In your order SO-1, 2 × Oak lamp are still to come; no date can be given yet."
    )


def test_one_open_line_ships_together_with_nothing_though_another_order_is_open():
    lamp = make.product("LAMP-1", name="Oak lamp")
    who = make.customer()
    make.order((lamp, 2), reference="SO-1", who=who, is_ship_complete=True)
    make.order((lamp, 1), reference="SO-2", who=who)

    assert said_to(who) == (
        "In your order SO-2, 1 × Oak lamp is still to come; no date can be given yet. "
        "In your order SO-1, 2 × Oak lamp are still to come; no date can be given yet."
    )


def test_the_last_day_promised_for_many_is_not_read_as_one_to_come_when_it_has_passed():
    things = [make.product(f"LAMP-{number}") for number in range(4)]
    for thing in things:
        make.coming(thing, 1, on=make.TODAY + timedelta(days=3))
    who = make.customer()
    make.order(*((thing, 1) for thing in things), reference="SO-1", who=who)

    def last(days: int) -> str:
        found = briefs.of_customer(who.pk, at=make.MONDAY)
        return spoken.of_customer(found, today=make.TODAY + timedelta(days=days)).partition("1 more line is open; ")[2]

    assert last(0) == "the last day promised for any of it is March 6."
    assert last(5) == "the last day promised for any of it was March 6, and it has passed."
