"""Units held for a customer are theirs until a day, and nobody else's."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.urls import reverse

from inventory.desk import performing
from inventory.models import Stock
from inventory.tests.hands import carried
from orders import allocation
from orders.fulfillment import holds
from orders.models import Hold, OrderLine

from . import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return User.objects.create(username="boss")


def after(days):
    return make.MONDAY + timedelta(days=days)


def draft(thing, units, who, *, days=7, reason="called about it"):
    until = make.TODAY + timedelta(days=days)
    return holds.HoldDraft(thing.pk, make.warehouse().pk, who.pk, units, until, reason)


def shelf(thing):
    return Stock.objects.values_list("on_hand", "allocated", "held", "available").get(product=thing)


def test_held_units_are_not_available_to_others(boss):
    lamp, lena = make.product(), make.customer()
    make.on_hand(lamp, 5)
    holds.hold(draft(lamp, 3, lena), by=boss, at=make.MONDAY)

    other = make.line(lamp, 4)

    assert shelf(lamp) == (5, 2, 3, 0)
    assert (other.allocated, other.backordered) == (2, 2)


def test_an_order_of_the_customer_takes_the_held_units_first(boss):
    lamp, lena = make.product(), make.customer()
    make.on_hand(lamp, 5)
    held = holds.hold(draft(lamp, 3, lena), by=boss, at=make.MONDAY)

    line = make.line(lamp, 4, who=lena)

    held.refresh_from_db()
    assert (line.allocated, held.taken, held.units) == (4, 3, 0)
    assert shelf(lamp) == (5, 4, 0, 1)


def test_an_order_of_the_customer_that_ships_only_from_elsewhere_does_not_take_them(boss):
    lamp, lena = make.product(), make.customer()
    make.on_hand(lamp, 5)
    held = holds.hold(draft(lamp, 3, lena), by=boss, at=make.MONDAY)

    make.line(lamp, 1, who=lena, place=make.warehouse("HAM", rank=2), warehouse_rule="preferred")

    held.refresh_from_db()
    assert held.units == 3


def test_released_units_go_to_the_next_in_the_queue(boss):
    lamp, lena = make.product(), make.customer()
    make.on_hand(lamp, 3)
    held = holds.hold(draft(lamp, 3, lena), by=boss, at=make.MONDAY)
    other = make.line(lamp, 4)

    assert holds.release([held.pk], by=boss, at=after(1)) == 3

    other.refresh_from_db()
    held.refresh_from_db()
    assert (other.allocated, held.released, held.units) == (3, 3, 0)
    assert shelf(lamp) == (3, 3, 0, 0)


def test_a_hold_ends_after_its_last_day(boss):
    lamp, lena = make.product(), make.customer()
    make.on_hand(lamp, 3)
    holds.hold(draft(lamp, 3, lena, days=7), by=boss, at=make.MONDAY)

    assert holds.expire(at=after(7)) == 0
    assert holds.expire(at=after(8)) == 3
    assert shelf(lamp) == (3, 0, 0, 3)


def test_a_hold_survives_a_receipt_and_a_new_plan(boss):
    lamp, lena = make.product(), make.customer()
    make.on_hand(lamp, 3)
    held = holds.hold(draft(lamp, 3, lena), by=boss, at=make.MONDAY)
    other = make.line(lamp, 9)
    road = make.coming(lamp, 4, on=make.TODAY)

    make.arrived(road, 4, at=after(1))

    held.refresh_from_db()
    other.refresh_from_db()
    assert (held.units, other.allocated) == (3, 4)


def test_where_stock_is_lost_holds_go_before_lines_and_the_newest_first(boss):
    lamp, lena = make.product(), make.customer()
    make.on_hand(lamp, 8)
    older = holds.hold(draft(lamp, 2, lena), by=boss, at=make.MONDAY)
    newer = holds.hold(draft(lamp, 2, make.customer()), by=boss, at=make.MONDAY)
    line = make.line(lamp, 4)

    make.lost(lamp, 3, at=after(1))

    for row in (older, newer, line):
        row.refresh_from_db()
    assert (older.units, older.lost, newer.units, newer.lost, line.allocated) == (1, 1, 0, 2, 4)
    assert shelf(lamp) == (5, 4, 1, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": 6}, "5 units are available there; 6 cannot be held"),
        ({"units": 0}, "0 cannot be held"),
        ({"units": -2}, "-2 cannot be held"),
        ({"days": -1}, "until a day from today"),
        ({"days": 366}, "until a day from today"),
        ({"reason": " "}, "has a reason"),
    ],
    ids=["more than there is", "none", "negative", "past", "too far", "no reason"],
)
def test_a_hold_that_makes_no_sense_is_refused_and_nothing_is_written(boss, change, message):
    lamp, lena = make.product(), make.customer()
    make.on_hand(lamp, 5)
    wanted = {"units": 1, **change}

    with pytest.raises(holds.NotAHold, match=message):
        holds.hold(draft(lamp, wanted.pop("units"), lena, **wanted), by=boss, at=make.MONDAY)

    assert not Hold.objects.exists()
    assert shelf(lamp) == (5, 0, 0, 5)


def test_units_set_aside_for_a_line_cannot_be_held(boss):
    lamp, lena = make.product(), make.customer()
    make.on_hand(lamp, 5)
    make.line(lamp, 5)

    with pytest.raises(holds.NotAHold, match="0 units are available"):
        holds.hold(draft(lamp, 1, lena), by=boss, at=make.MONDAY)

    assert OrderLine.objects.get().allocated == 5


@pytest.fixture
def staff(client):
    client.force_login(User.objects.create_superuser("root"))
    return client


def form(thing, who, **changes):
    until = (make.TODAY + timedelta(days=7)).isoformat()
    filled = {"customer": who.email, "sku": thing.sku.lower(), "warehouse": make.warehouse().pk, "units": 3}
    return {**filled, "until_date": until, "reason": "called about it", **changes}


@time_machine.travel(make.MONDAY, tick=False)
def test_units_are_held_from_the_admin(staff):
    lamp, lena = make.product(), make.customer()
    make.on_hand(lamp, 5)

    url, typed = reverse("admin:orders_hold_add"), form(lamp, lena)
    seen = staff.post(url, {**typed, "preview": "1"})
    assert not Hold.objects.exists()
    page = staff.agree(url, typed, follow=True)

    assert seen.context["tables"][0].rows[0][2:] == (5, 5, 3, 2)
    assert seen.context["in_words"] == f"3 units of {lamp} are kept for Lena Ortiz until 9 Mar 2026."
    assert "3 units are held for Lena Ortiz until" in page.content.decode()
    assert Hold.objects.get().by.username == "root"


@time_machine.travel(make.MONDAY, tick=False)
def test_a_hold_whose_shelf_has_moved_since_is_shown_again_and_nothing_is_held(staff):
    lamp, lena = make.product(), make.customer()
    make.on_hand(lamp, 5)
    url, typed = reverse("admin:orders_hold_add"), form(lamp, lena)
    seen = staff.post(url, {**typed, "preview": "1"})
    make.lost(lamp, 1, at=make.MONDAY)

    moved = staff.post(url, {**typed, **carried(seen), "apply": "1"})

    assert performing.MOVED_MEANWHILE in moved.content.decode()
    assert moved.context["tables"][0].rows[0][2:] == (4, 4, 3, 1)
    assert not Hold.objects.exists()


@time_machine.travel(make.MONDAY, tick=False)
def test_a_hold_that_cannot_be_says_so_on_the_form(staff):
    lamp, lena = make.product(), make.customer()
    make.on_hand(lamp, 2)

    too_many = staff.post(reverse("admin:orders_hold_add"), form(lamp, lena))
    unknown = staff.post(reverse("admin:orders_hold_add"), form(lamp, lena, sku="NONE-1", customer="who@example.com"))

    assert "2 units are available there; 3 cannot be held." in too_many.content.decode()
    assert "There is no product with the SKU “NONE-1”." in unknown.content.decode()
    assert "There is no customer with this address." in unknown.content.decode()
    assert not Hold.objects.exists()


def test_moving_units_on_hand_uses_a_hold_before_it_gives_its_customers_units_to_another(boss):
    """Lena's line gives up its unit and takes the held one: it stands as before, and the hold is used up."""
    lamp, lena = make.product(), make.customer()
    make.on_hand(lamp, 2)
    line = make.line(lamp, 1, who=lena)
    held = holds.hold(draft(lamp, 1, lena), by=boss, at=make.MONDAY)
    other = make.line(lamp, 1)

    allocation.settle([lamp.pk], cause="moved", moves_on_hand=True, by=boss, at=after(1))

    for row in (line, other, held):
        row.refresh_from_db()
    assert (line.allocated, other.allocated) == (1, 1)
    assert (held.taken, held.units) == (1, 0)
    assert shelf(lamp) == (2, 2, 0, 0)


def release(held):
    return f"{reverse('admin:orders_hold_release')}?ids={held.pk}"


@time_machine.travel(make.MONDAY, tick=False)
def test_who_gets_the_units_of_a_hold_is_shown_before_it_is_released(staff, boss):
    lamp, lena = make.product(), make.customer()
    make.on_hand(lamp, 3)
    held = holds.hold(draft(lamp, 3, lena), by=boss, at=make.MONDAY)
    other = make.line(lamp, 4, who=make.customer("Tom Baker"))

    seen = staff.post(release(held), {"preview": "1"})
    other.refresh_from_db()
    assert (other.allocated, shelf(lamp)) == (0, (3, 0, 3, 0))
    page = staff.agree(release(held), {}, follow=True)

    assert seen.context["in_words"] == "3 units are free for the next in the queue."
    [moved] = seen.context["outcome"].moved
    assert (moved.line_id, moved.was.here, moved.now.here) == (other.pk, 0, 3)
    assert [cell.text for cell in next(iter(seen.context["outcome"].tables()[0].body()))][3:5] == ["3", "1"]
    assert "Released 3 units." in page.content.decode()
    other.refresh_from_db()
    assert (other.allocated, shelf(lamp)) == (3, (3, 3, 0, 0))


@time_machine.travel(make.MONDAY, tick=False)
def test_a_hold_that_was_used_since_it_was_shown_is_not_released(staff, boss):
    lamp, lena = make.product(), make.customer()
    make.on_hand(lamp, 3)
    held = holds.hold(draft(lamp, 3, lena), by=boss, at=make.MONDAY)
    seen = staff.post(release(held), {"preview": "1"})
    make.line(lamp, 1, who=lena)

    moved = staff.post(release(held), {**carried(seen), "apply": "1"})

    assert performing.MOVED_MEANWHILE in moved.content.decode()
    assert moved.context["tables"][0].rows[0][3] == 2
    held.refresh_from_db()
    assert (held.taken, held.released, held.units) == (1, 0, 2)
