"""What is here: it leaves when it is wanted and not before, is due on its promised day and broken the day after."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from inventory.models import Warehouse
from orders import fulfillment
from orders.admin.rows import kept
from orders.models import OrderLine, Shipment
from orders.promising import by_hand, sweep
from orders.queue import counting

from . import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh():
    cache.clear()


def after(days):
    return make.MONDAY + timedelta(days=days)


def in_days(days):
    return make.TODAY + timedelta(days=days)


def answers(name, *, at):
    lines = OrderLine.objects.filter(counting.asked(name, at=at)).order_by("pk")
    return list(lines.values_list("order__reference", flat=True))


def lamp_on_the_shelf(units=9):
    lamp = make.product("LAMP", backorder_policy="never")
    make.on_hand(lamp, units)
    return lamp


# --- wanted later ---


@pytest.mark.parametrize(("days", "found"), [(0, ["NOW"]), (13, ["NOW"]), (14, ["NOW", "LATER"])])
def test_an_order_wanted_later_can_ship_from_its_day_on(days, found):
    lamp = lamp_on_the_shelf()
    make.order((lamp, 1), reference="NOW")
    make.order((lamp, 1), reference="LATER", wanted_date=in_days(14))

    assert answers("ship", at=after(days)) == found
    assert counting.counts(at=after(days))["ship"] == len(found)


def test_its_day_begins_at_midnight_where_the_shop_is(settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    lamp = lamp_on_the_shelf()
    order = make.order((lamp, 1), reference="LATER", wanted_date=in_days(2))
    midnight = datetime(2026, 3, 4, tzinfo=ZoneInfo("Asia/Tokyo"))
    before = midnight - timedelta(seconds=1)

    assert (answers("ship", at=before), answers("ship", at=midnight)) == ([], ["LATER"])
    with pytest.raises(fulfillment.WantedLater):
        fulfillment.ship_order(order.pk, by=None, at=before)
    assert len(fulfillment.ship_order(order.pk, by=None, at=midnight)) == 1


def test_an_order_wanted_later_ships_before_only_when_that_is_confirmed_for_it():
    lamp = lamp_on_the_shelf()
    one = make.order((lamp, 1), reference="SO-1", wanted_date=in_days(14)).lines.get()
    two = make.order((lamp, 1), reference="SO-2", wanted_date=in_days(14)).lines.get()
    both = [fulfillment.LineUnits(one.pk), fulfillment.LineUnits(two.pk)]

    with pytest.raises(fulfillment.WantedLater, match="SO-2 is wanted on 16 March 2026"):
        fulfillment.ship(both, early=[one.order_id], by=None, at=after(13))
    assert not Shipment.objects.exists()

    assert len(fulfillment.ship(both, early=[one.order_id, two.order_id], by=None, at=after(13))) == 2


@pytest.mark.parametrize("is_early", [True, False])
def test_on_its_day_nothing_need_be_confirmed(is_early):
    order = make.order((lamp_on_the_shelf(), 1), wanted_date=in_days(14))

    assert len(fulfillment.ship_order(order.pk, is_early=is_early, by=None, at=after(14))) == 1


def test_the_page_that_ships_asks_for_each_order_wanted_later(admin_client):
    lamp = lamp_on_the_shelf()
    now = make.order((lamp, 1), reference="NOW")
    later = make.order((lamp, 1), reference="LATER", wanted_date=in_days(14))
    page = f"{reverse('admin:orders_order_ship')}?ids={now.pk},{later.pk}"

    with time_machine.travel(after(1), tick=False):
        asked = admin_client.get(page).content.decode()
        first = admin_client.agree(page, {}, follow=True).content.decode()
        alone = f"{reverse('admin:orders_order_ship')}?ids={later.pk}"
        refused = admin_client.post(alone, {"preview": "1"}).content.decode()
        assert [shipment.order_id for shipment in Shipment.objects.all()] == [now.pk]
        shipped = admin_client.agree(alone, {f"early-{later.pk}": "on"}, follow=True).content.decode()

    assert "LATER is wanted on 16 March 2026: ship it now all the same" in asked
    assert "NOW is wanted" not in asked
    assert "Shipped 1 unit in 1 shipment. Left out: LATER is wanted on 16 March 2026." in first
    assert "LATER is wanted on 16 March 2026." in refused
    assert "Shipped 1 unit in 1 shipment." in shipped


@pytest.mark.parametrize(
    ("days", "found", "chip"), [(13, [], "wanted on 16 Mar 2026"), (14, ["LATER"], "ready to ship")]
)
def test_the_list_of_orders_says_when_it_can_ship(admin_client, days, found, chip):
    make.order((lamp_on_the_shelf(), 1), reference="LATER", wanted_date=in_days(14))
    address = reverse("admin:orders_order_changelist")

    with time_machine.travel(after(days), tick=False):
        listed = admin_client.get(address, {"is": "here"}).context_data["cl"].result_list
        page = admin_client.get(address).content.decode()

    assert [order.reference for order in listed] == found
    assert chip in page


def test_an_order_that_ships_complete_is_not_among_those_of_which_something_can_ship(admin_client):
    lamp, mug = lamp_on_the_shelf(), make.product("MUG")
    make.order((lamp, 1), (mug, 1), reference="COMPLETE", is_ship_complete=True)
    make.order((lamp, 1), (mug, 1), reference="PARTS")

    listed = admin_client.get(reverse("admin:orders_order_changelist"), {"is": "here"}).context_data["cl"].result_list

    assert [order.reference for order in listed] == ["PARTS"]


# --- due, and broken ---


@pytest.mark.parametrize(
    ("days", "due", "past", "word"),
    [(0, [], [], "kept"), (1, ["SO-1"], [], "due today"), (2, ["SO-1"], ["SO-1"], "late 1 d")],
)
def test_what_is_here_is_due_on_its_promised_day_and_broken_the_day_after(days, due, past, word):
    line = make.line(lamp_on_the_shelf(), 1, reference="SO-1")
    at = after(days)

    assert line.promised_date == in_days(1)
    assert (answers("due", at=at), answers("past", at=at)) == (due, past)
    assert (counting.counts(at=at)["due"], counting.counts(at=at)["past"]) == (len(due), len(past))
    assert (counting.summary(at=at).past_lines, counting.summary(at=at).past_orders) == (len(past), len(past))
    assert kept(line, in_days(days)).text == word


def test_a_broken_promise_of_what_is_here_stays_in_its_list_though_the_night_gives_another_day():
    line = make.line(lamp_on_the_shelf(), 1, reference="SO-1")
    sweep.sweep(at=after(2))

    line.refresh_from_db()
    assert line.promised_date > in_days(2)
    assert (answers("past", at=after(2)), counting.summary(at=after(2)).past_lines) == (["SO-1"], 1)
    fulfillment.ship_order(line.order_id, by=None, at=after(2))
    assert answers("past", at=after(2)) == []


def test_what_is_here_and_left_lying_until_no_day_can_be_given_should_have_left_all_the_same():
    line = make.line(lamp_on_the_shelf(), 1, reference="SO-1")
    for night in range(1, 30):
        sweep.sweep(at=after(night))

    line.refresh_from_db()
    assert (line.promised_date, line.redated) == (None, 3)
    assert [answers(name, at=after(29)) for name in ("due", "past")] == [["SO-1"], ["SO-1"]]
    fulfillment.ship_order(line.order_id, by=None, at=after(29))
    assert [answers(name, at=after(29)) for name in ("due", "past")] == [[], []]


def test_what_is_here_and_was_never_promised_for_a_day_that_passed_is_not_due():
    line = make.line(lamp_on_the_shelf(), 1, reference="SO-1")
    Warehouse.objects.update(is_open=False)
    sweep.sweep(at=after(0))

    line.refresh_from_db()
    assert (line.promised_date, line.allocated) == (None, 1)
    assert [answers(name, at=after(29)) for name in ("due", "past")] == [[], []]


@pytest.mark.parametrize(("late", "past"), [(0, []), (1, ["SO-1"])], ids=["on its day", "the day after"])
def test_a_day_that_was_taken_back_before_it_was_over_is_not_broken(late, past):
    lamp = make.product("LAMP")
    make.coming(lamp, 1, on=in_days(1))
    line = make.line(lamp, 1, reference="SO-1")
    days = (line.promised_date - in_days(0)).days
    by_hand.set_date([line.pk], in_days(40), reason="They rang", by=None, at=after(days + late))

    make.on_hand(lamp, 1)

    assert OrderLine.objects.get().allocated == 1
    assert answers("past", at=after(days + 5)) == past


def test_what_has_left_in_time_is_neither_due_nor_broken():
    line = make.line(lamp_on_the_shelf(), 1)
    fulfillment.ship_order(line.order_id, by=None, at=after(1))

    assert [answers(name, at=after(9)) for name in ("due", "past")] == [[], []]
    assert kept(OrderLine.objects.get(), in_days(9)).text == "shipped"


def test_units_of_a_line_that_wait_are_past_their_promise_and_those_here_are_due():
    lamp = make.product("LAMP")
    make.on_hand(lamp, 1)
    make.coming(lamp, 1, on=in_days(1))
    make.order((lamp, 2), reference="SO-1")

    found = {name: answers(name, at=after(9)) for name in ("due", "past", "decide")}

    assert found == {"due": ["SO-1"], "past": ["SO-1"], "decide": ["SO-1"]}
    assert counting.summary(at=after(9)).past_lines == 1


def test_what_is_here_needs_no_decision_but_a_parcel():
    make.line(lamp_on_the_shelf(), 1)

    assert answers("decide", at=after(9)) == []
    assert counting.counts(at=after(9))["decide"] == 0


def test_what_may_not_leave_yet_is_not_due_but_its_order_is_past_its_promise():
    lamp, mug = lamp_on_the_shelf(), make.product("MUG")
    make.coming(mug, 1, on=in_days(1))
    make.order((lamp, 1), (mug, 1), reference="COMPLETE", is_ship_complete=True)

    found = {name: answers(name, at=after(9)) for name in ("ship", "due", "past")}

    assert found == {"ship": [], "due": [], "past": ["COMPLETE", "COMPLETE"]}


def test_more_than_can_be_counted_are_asked_for_in_one_piece(monkeypatch):
    lamp = lamp_on_the_shelf()
    for number in range(3):
        make.line(lamp, 1, reference=f"SO-{number}")
    monkeypatch.setattr(counting.paging, "BOUND", 2)

    assert answers("past", at=after(9)) == ["SO-0", "SO-1", "SO-2"]
