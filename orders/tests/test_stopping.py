"""An order that is stopped keeps its place and what is set aside for it, asks for nothing, and goes on where it was."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from inventory.models import Inbound, Owed, Product, Stock
from inventory.supply import position
from orders import allocation, fulfillment
from orders import books as audited
from orders.answering import briefs, chronicle, spoken, why
from orders.fulfillment import availability, holds, ready
from orders.mail import notices
from orders.models import (
    Backorder,
    EventKind,
    LineEvent,
    Notice,
    NoticeLine,
    Order,
    OrderEvent,
    OrderLine,
    OrderStop,
    StopReason,
)
from orders.promising import by_hand, order_by, sweep
from orders.queue import counting, ordering, questions, simulation
from orders.rules.strategies import Strategy

from . import books, make

pytestmark = pytest.mark.django_db
LATER = make.MONDAY + timedelta(hours=1)
SOON = LATER + timedelta(minutes=30)


@pytest.fixture
def boss():
    return User.objects.create(username="boss", is_staff=True)


def minutes(number):
    return make.MONDAY + timedelta(minutes=number)


def in_days(days):
    return make.TODAY + timedelta(days=days)


def stopped(order, boss, reason=StopReason.CUSTOMER, at=LATER, **more):
    return fulfillment.stop(order.pk, fulfillment.Stop(reason, boss.pk, **more), by=boss, at=at)


def went_on(order, boss, at=SOON):
    fulfillment.go_on(order.pk, reason="it is well", by=boss, at=at)


def fresh(line):
    return OrderLine.objects.get(pk=line.pk)


def lamp_of_two():
    """Two orders of two lamps each: one lamp is here, two come in ten days; the first has a lamp and a claim."""
    lamp = make.product("LAMP")
    make.lead_time(lamp, likely=20, safe=30)
    make.on_hand(lamp, 1)
    make.coming(lamp, 2, on=in_days(10))
    first = make.line(lamp, 2)
    second = make.line(lamp, 2, at=minutes(1))
    return lamp, first, second


def test_a_stopped_line_keeps_what_is_here_and_lets_go_of_what_is_on_its_way_to_the_next(boss):
    _, first, second = lamp_of_two()
    assert [(line.allocated, line.pegged) for line in (first, second)] == [(1, 1), (0, 1)]

    stop = stopped(first.order, boss)

    first, second = fresh(first), fresh(second)
    assert (first.is_stopped, first.allocated, first.pegged, first.backordered) == (True, 1, 0, 1)
    assert (second.is_stopped, second.allocated, second.pegged) == (False, 0, 2)
    assert Inbound.objects.get().committed == 2
    assert (Stock.objects.get().allocated, Stock.objects.get().stopped) == (1, 1)
    assert str(stop) == f"{first.order}: the customer asked"
    books.assert_balanced(at=LATER)


def test_nothing_is_owed_to_it_and_what_it_keeps_is_not_in_the_position(boss):
    lamp, first, _ = lamp_of_two()
    place = first.order.warehouse_id

    def stand():
        found = position.of([lamp.pk], [place], on=make.TODAY, days=[40.0])
        return int(found.on_hand[0]), int(found.inbound[0]), int(found.owed[0])

    assert stand() == (1, 2, 4)
    assert sum(Owed.objects.values_list("lines", flat=True)) == 2

    stopped(first.order, boss)

    assert stand() == (0, 2, 2)
    assert sum(Owed.objects.values_list("lines", flat=True)) == 1

    went_on(first.order, boss)

    assert stand() == (1, 2, 4)
    assert Stock.objects.get().stopped == 0


def test_the_position_leaves_out_what_a_stopped_order_keeps_and_no_unit_more(boss):
    lamp = make.product("LAMP")
    make.on_hand(lamp, 5)
    line = make.line(lamp, 2)

    stopped(line.order, boss)

    found = position.of([lamp.pk], [line.order.warehouse_id], on=make.TODAY, days=[40.0])
    assert (int(found.on_hand[0]), int(found.owed[0]), int(found.units[0])) == (3, 0, 3)


def test_it_goes_on_at_the_place_that_it_kept(boss):
    lamp, first, second = lamp_of_two()
    queue_at = first.queue_at
    stopped(first.order, boss)
    third = make.line(lamp, 1, at=LATER + timedelta(minutes=5))

    went_on(first.order, boss)

    first, second, third = fresh(first), fresh(second), fresh(third)
    assert first.queue_at == queue_at
    assert [(line.allocated, line.pegged) for line in (first, second, third)] == [(1, 1), (0, 1), (0, 0)]
    books.assert_balanced(at=SOON)


def test_it_takes_no_units_that_come_though_it_stands_before_all_others(boss):
    lamp, first, second = lamp_of_two()
    stopped(first.order, boss)

    make.on_hand(lamp, 1, at=SOON)

    assert (fresh(first).allocated, fresh(second).allocated) == (1, 1)
    books.assert_balanced(at=SOON)


def test_units_held_for_its_customer_are_not_handed_to_it(boss):
    lamp = make.product("LAMP")
    make.lead_time(lamp, likely=5, safe=8)
    lena = make.customer()
    line = make.line(lamp, 1, who=lena)
    stopped(line.order, boss)
    make.on_hand(lamp, 1, at=LATER)
    draft = holds.HoldDraft(lamp.pk, line.order.warehouse_id, lena.pk, 1, in_days(9), "she rang")

    holds.hold(draft, by=boss, at=SOON)

    assert (fresh(line).allocated, Stock.objects.get().held) == (0, 1)
    went_on(line.order, boss, at=SOON + timedelta(minutes=1))
    assert (fresh(line).allocated, Stock.objects.get().held) == (1, 0)


@pytest.mark.parametrize("way", ["dates_all", "moves_on_hand"])
def test_nor_does_it_take_any_where_all_that_is_set_aside_is_looked_at(boss, way):
    lamp, lena = make.product("LAMP"), make.customer()
    make.on_hand(lamp, 1)
    line = make.line(lamp, 3, who=lena)
    stopped(line.order, boss)
    make.on_hand(lamp, 2, at=LATER)
    draft = holds.HoldDraft(lamp.pk, line.order.warehouse_id, lena.pk, 1, in_days(9), "she rang")
    holds.hold(draft, by=boss, at=SOON)

    changed = allocation.settle([lamp.pk], cause="x", by=None, at=SOON, **{way: True})

    stock = Stock.objects.get()
    assert (changed, fresh(line).allocated, stock.held, stock.available) == (0, 1, 1, 1)


def test_all_lines_of_an_order_are_stopped_and_none_of_another(boss):
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.on_hand(mug, 1)
    order, other = make.order((lamp, 1), (mug, 1)), make.line(lamp, 1, at=minutes(1))

    stopped(order, boss)

    assert list(order.lines.values_list("is_stopped", flat=True)) == [True, True]
    assert not fresh(other).is_stopped
    went_on(order, boss)
    assert not OrderLine.objects.filter(is_stopped=True).exists()


def test_a_stop_and_its_end_stand_in_the_history(boss):
    _, first, _ = lamp_of_two()

    stop = stopped(first.order, boss, note="no such street", until_date=in_days(3))
    went_on(first.order, boss)

    told = [(event.kind, event.text, event.by) for event in OrderEvent.objects.order_by("pk")]
    text = f"the customer asked, no such street, until {in_days(3)}; boss looks after it"
    assert told == [("stopped", text, boss), ("goes_on", "it is well", boss)]
    stop.refresh_from_db()
    assert (stop.ended_by, stop.ended_at) == (boss, SOON)
    words = [entry.word for entry in chronicle.of_order(first.order_id, kind="changed").entries]
    assert {"stopped", "goes_on"} <= set(words)


@pytest.mark.parametrize(
    ("reason", "more", "words"),
    [
        (StopReason.OTHER, {"note": " "}, "Say why it is stopped."),
        (StopReason.FRAUD, {"until_date": make.TODAY + timedelta(days=3)}, "An order under suspicion goes on when"),
        (StopReason.CUSTOMER, {"until_date": make.TODAY}, "is no day to come"),
        (StopReason.CUSTOMER, {"until_date": make.TODAY + timedelta(days=3_000)}, "is too far ahead"),
    ],
)
def test_a_stop_has_a_reason_and_a_day_that_can_be(boss, reason, more, words):
    _, first, _ = lamp_of_two()

    with pytest.raises(fulfillment.NotToStop, match=words):
        stopped(first.order, boss, reason, **more)

    assert not OrderStop.objects.exists()
    assert not OrderLine.objects.filter(is_stopped=True).exists()


def test_the_database_refuses_a_second_stop_and_an_end_of_one_for_fraud(boss):
    _, first, _ = lamp_of_two()
    stop = stopped(first.order, boss)
    again = {"order": first.order, "reason": "other", "owner": boss, "by": boss, "at": LATER}

    with pytest.raises(IntegrityError), transaction.atomic():
        OrderStop.objects.create(**again)
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderStop.objects.filter(pk=stop.pk).update(reason="fraud", until_date=in_days(3))


def test_what_is_stopped_is_not_stopped_again_and_what_is_not_does_not_go_on(boss):
    _, first, _ = lamp_of_two()
    with pytest.raises(fulfillment.NotToStop, match="is not stopped"):
        went_on(first.order, boss)
    stopped(first.order, boss)

    with pytest.raises(fulfillment.NotToStop, match="is stopped already: the customer asked"):
        stopped(first.order, boss)

    fulfillment.cancel([fulfillment.LineUnits(first.pk)], reason="no", by=boss, at=SOON)
    went_on(first.order, boss)
    with pytest.raises(fulfillment.NotToStop, match="is open: it is shipped or canceled"):
        stopped(first.order, boss)


def test_shipping_refuses_it_by_name_and_it_blocks_nobody(boss):
    lamp = make.product("LAMP")
    make.on_hand(lamp, 2)
    order, other = make.order((lamp, 1), reference="SO-1"), make.order((lamp, 1), reference="SO-2")
    stopped(order, boss, StopReason.OTHER, note="waits for a call")

    with pytest.raises(fulfillment.OrderStopped, match=r"SO-1 is stopped: waits for a call[.] It ships when"):
        fulfillment.ship_order(order.pk, by=boss, at=SOON)
    parcels, left_out = ready.of_orders([order, other])

    assert [parcel.order for parcel in parcels] == [other]
    assert left_out == {order: "is stopped: waits for a call"}
    went_on(order, boss)
    assert len(fulfillment.ship_order(order.pk, by=boss, at=SOON)) == 1


def test_no_tab_but_its_own_no_figure_and_no_place_know_of_it(boss):
    lamp = make.product("LAMP")
    make.lead_time(lamp, likely=5, safe=8)
    make.on_hand(lamp, 1)
    late = make.line(lamp, 2)
    others = make.line(lamp, 1, at=minutes(1))
    stopped(late.order, boss)
    in_a_while = make.MONDAY + timedelta(days=60)

    answers = {
        name: set(OrderLine.objects.filter(each.ask(in_a_while)).values_list("pk", flat=True))
        for name, each in questions.QUESTIONS.items()
    }

    own = {name for name, found in answers.items() if late.pk in found}
    assert own == {"stopped"}
    assert others.pk in answers["waiting"]
    figures = counting.figures(at=in_a_while)
    assert (figures.summary.lines, figures.summary.units, figures.summary.past_here) == (1, 1, 0)
    assert (figures.counts["stopped"], figures.counts["ship"], figures.counts["due"]) == (1, 0, 0)
    assert figures.summary.oldest_at == others.placed_at
    lines = list(Backorder.objects.order_by("pk"))
    assert questions.places(lines) == {others.pk: (1, 1)}
    assert questions.ahead([late.pk, others.pk]) == {others.pk: None}
    assert order_by.passed(in_a_while.date()) == {lamp.pk}
    fulfillment.cancel([fulfillment.LineUnits(others.pk)], reason="no", by=boss, at=SOON)
    assert order_by.passed(in_a_while.date()) == set()


def test_what_it_lacks_does_not_count_under_a_limit(boss):
    lamp = make.product("LAMP", backorder_policy="limit", backorder_limit=2)
    line = make.line(lamp, 2)
    assert availability.of([lamp.pk], at=LATER)[lamp.pk].most == 0

    stopped(line.order, boss)

    assert availability.of([lamp.pk], at=LATER)[lamp.pk].most == 2
    make.line(lamp, 2, at=LATER)
    went_on(line.order, boss)
    assert not fresh(line).is_stopped  # it was sold before


def test_time_makes_no_news_of_it_and_its_promise_is_decided_anew_when_it_goes_on(boss):
    lamp = make.product("LAMP")
    make.lead_time(lamp, likely=5, safe=8)
    line = make.line(lamp, 1)
    stopped(line.order, boss)
    told, promised = NoticeLine.objects.count(), fresh(line).promised_date
    much_later = make.MONDAY + timedelta(days=40)

    assert sweep.sweep(at=much_later) == 0
    assert allocation.settle([lamp.pk], cause="time:x", dates_all=True, by=None, at=much_later) == 0

    assert (fresh(line).promised_date, NoticeLine.objects.count()) == (promised, told)
    went_on(line.order, boss, at=much_later)
    assert fresh(line).promised_date > much_later.date()
    assert NoticeLine.objects.filter(is_superseded=False).count() == 1


def test_units_set_aside_whose_day_passed_are_promised_anew_when_it_goes_on(boss):
    lamp = make.product("LAMP")
    make.on_hand(lamp, 1)
    line = make.line(lamp, 1)
    stopped(line.order, boss)

    went_on(line.order, boss, at=make.MONDAY + timedelta(days=40))

    assert (fresh(line).allocated, fresh(line).promised_date > in_days(39)) == (1, True)


def test_a_mail_that_waits_when_it_stops_is_told_when_it_goes_on(boss):
    lamp = make.product("LAMP")
    make.lead_time(lamp, likely=5, safe=8)
    line = make.line(lamp, 1)
    assert [(each.kind, each.is_superseded) for each in NoticeLine.objects.all()] == [("backordered", False)]
    stopped(line.order, boss)

    notices.send_due(at=SOON)

    assert (Notice.objects.get().state, NoticeLine.objects.get().is_superseded) == ("superseded", True)
    went_on(line.order, boss, at=SOON)
    alive = NoticeLine.objects.get(is_superseded=False)
    assert (alive.kind, alive.waiting, alive.promised_date) == ("backordered", 1, fresh(line).promised_date)


def test_nothing_is_told_again_when_it_goes_on_as_it_was(boss):
    lamp = make.product("LAMP")
    make.lead_time(lamp, likely=5, safe=8)
    line = make.line(lamp, 1)
    notices.send_due(at=minutes(30))
    assert Notice.objects.get().state == "sent"
    stopped(line.order, boss)

    went_on(line.order, boss)

    assert Notice.objects.get().state == "sent"
    assert NoticeLine.objects.count() == 1


def test_stock_that_is_missing_is_taken_from_the_last_in_the_queue_be_it_stopped_or_not(boss):
    lamp = make.product("LAMP")
    make.on_hand(lamp, 2)
    first, last = make.line(lamp, 1), make.line(lamp, 1, at=minutes(1))
    stopped(last.order, boss)

    make.lost(lamp, 1, at=SOON)

    assert (fresh(first).allocated, fresh(last).allocated) == (1, 0)
    assert (Stock.objects.get().allocated, Stock.objects.get().stopped) == (1, 0)
    assert LineEvent.objects.get(line=last, kind=EventKind.LOST).text == "1 unit lost, 1 waiting"
    assert not NoticeLine.objects.filter(line=last).exists()
    books.assert_balanced(at=SOON)


def test_its_units_stay_when_all_on_hand_are_handed_out_anew(boss):
    lamp = make.product("LAMP")
    make.on_hand(lamp, 2)
    last, first = make.line(lamp, 1, at=minutes(5)), make.line(lamp, 2, at=minutes(6))
    assert (last.allocated, first.allocated) == (1, 1)
    ordering.set_priority([first.pk], 3, reason="why not", by=boss, at=minutes(7))
    stopped(last.order, boss)

    made = simulation.run(Strategy.PRIORITY, [lamp.pk], moves_on_hand=True, by=boss, at=SOON)
    simulation.apply(made.pk, by=boss, at=SOON)
    allocation.settle([lamp.pk], cause="x", moves_on_hand=True, by=boss, at=SOON)

    assert (fresh(last).allocated, fresh(first).allocated) == (1, 1)
    books.assert_balanced(at=SOON)


def test_what_is_canceled_of_it_goes_to_the_next(boss):
    lamp = make.product("LAMP")
    make.on_hand(lamp, 2)
    first, second = make.line(lamp, 2), make.line(lamp, 1, at=minutes(1))
    stopped(first.order, boss)

    fulfillment.cancel([fulfillment.LineUnits(first.pk, 1)], reason="no", by=boss, at=SOON)

    assert (fresh(first).allocated, fresh(second).allocated, Stock.objects.get().stopped) == (1, 1, 1)
    fulfillment.change_quantity([fulfillment.LineUnits(first.pk, 3)], reason="no", by=boss, at=SOON)
    books.assert_balanced(at=SOON)


def test_a_line_that_joins_it_is_stopped_too_and_is_covered_when_it_goes_on(boss):
    lamp, mug, vase = make.product("LAMP"), make.product("MUG"), make.product("VASE")
    for thing in (lamp, mug, vase):
        make.on_hand(thing, 5)
    order = make.order((lamp, 2))
    line = order.lines.get()
    stopped(order, boss)

    fulfillment.change_quantity([fulfillment.LineUnits(line.pk, 3)], reason="more", by=boss, at=SOON)
    fulfillment.add_product(order.pk, mug.pk, 1, reason="", by=boss, at=SOON)
    fulfillment.substitute([fulfillment.LineUnits(line.pk, 1)], vase.pk, reason="gone", by=boss, at=SOON)

    rows = list(order.lines.order_by("position").values_list("open", "allocated", "is_stopped", "promised_date"))
    assert rows[1:] == [(1, 0, True, None)] * 3
    assert rows[0][:3] == (1, 1, True)
    books.assert_balanced(at=SOON)
    went_on(order, boss, at=SOON + timedelta(minutes=1))
    assert list(order.lines.order_by("position").values_list("open", "allocated", "is_stopped")) == [(1, 1, False)] * 4
    books.assert_balanced(at=SOON + timedelta(minutes=1))


def test_what_is_set_aside_stays_so_when_its_order_is_wanted_later(boss):
    _, first, _ = lamp_of_two()
    stopped(first.order, boss)

    fulfillment.change_terms(first.order_id, {"wanted_date": in_days(40)}, reason="", by=boss, at=SOON)

    assert (fresh(first).allocated, fresh(first).is_stopped) == (1, True)
    assert audited.broken(at=SOON) == []


@pytest.mark.parametrize("wish", [{"wanted_date": in_days(100)}, {"warehouse_rule": "preferred"}])
def test_what_its_new_terms_leave_to_others_is_given_back_when_it_goes_on(boss, wish):
    lamp, other = make.product("LAMP"), make.warehouse("HAM", rank=2)
    make.lead_time(lamp, likely=5, safe=8)
    make.on_hand(lamp, 2, place=other)
    first = make.line(lamp, 2, place=make.warehouse(), at=minutes(1))
    second = make.line(lamp, 1, place=other, at=minutes(2))
    stopped(first.order, boss)
    fulfillment.change_terms(first.order_id, wish, reason="", by=boss, at=SOON)
    assert (fresh(first).allocated, fresh(second).allocated) == (2, 0)

    went_on(first.order, boss, at=SOON + timedelta(minutes=1))

    assert (fresh(first).allocated, fresh(second).allocated) == (0, 1)
    assert list(Stock.objects.values_list("allocated", "stopped")) == [(1, 0)]
    books.assert_balanced(at=SOON + timedelta(minutes=1))


def test_whose_terms_were_changed_before_it_stopped_keeps_what_is_here(boss):
    _, first, _ = lamp_of_two()
    fulfillment.change_terms(first.order_id, {"is_ship_complete": True}, reason="", by=boss, at=minutes(30))
    stopped(first.order, boss)

    went_on(first.order, boss)

    assert fresh(first).allocated == 1


def test_what_takes_the_place_of_all_that_was_open_is_stopped_too(boss):
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.coming(mug, 5, on=in_days(9))
    line = make.line(lamp, 2)
    stopped(line.order, boss)

    fulfillment.substitute([fulfillment.LineUnits(line.pk)], mug.pk, reason="sold out", by=boss, at=SOON)

    came = OrderLine.objects.get(product=mug)
    assert (came.is_stopped, came.pegged, came.uncovered) == (True, 0, 2)
    assert audited.broken(at=SOON) == []


def test_what_may_not_wait_is_not_sold_to_a_stopped_order_either(boss):
    lamp, mug = make.product("LAMP"), make.product("MUG", backorder_policy="never")
    make.on_hand(lamp, 1)
    make.on_hand(mug, 1)
    order = make.order((lamp, 1))
    stopped(order, boss)

    with pytest.raises(fulfillment.BackorderLimit):
        fulfillment.add_product(order.pk, mug.pk, 2, reason="", by=boss, at=SOON)
    fulfillment.add_product(order.pk, mug.pk, 1, reason="", by=boss, at=SOON)

    assert OrderLine.objects.get(product=mug).is_stopped


def test_an_order_that_ships_complete_waits_for_the_rest_again_when_it_goes_on(boss):
    lamp, mug = make.product("LAMP"), make.product("MUG")
    for thing in (lamp, mug):
        make.lead_time(thing, likely=5, safe=8)
    make.coming(mug, 1, on=in_days(20))
    order = make.order((lamp, 1), (mug, 1), is_ship_complete=True)
    before = list(order.lines.order_by("pk").values_list("promised_date", "pegged"))
    stopped(order, boss)
    assert list(order.lines.values_list("is_held_back", "pegged")) == [(False, 0)] * 2
    books.assert_balanced(at=LATER)

    went_on(order, boss)

    assert list(order.lines.order_by("pk").values_list("promised_date", "pegged")) == before
    books.assert_balanced(at=SOON)


def test_nobody_types_a_day_for_it_or_moves_it_up(boss):
    _, _, second = lamp_of_two()
    stopped(second.order, boss)

    with pytest.raises(by_hand.NotAPromise, match="is stopped: it gets a date when it goes on"):
        by_hand.set_date([second.pk], in_days(9), reason="r", by=boss, at=SOON)
    with pytest.raises(ordering.NotAPlace, match="is stopped"):
        ordering.move_up(second.pk, 1, reason="r", by=boss, at=SOON)


def test_the_answer_says_that_it_is_stopped_and_to_staff_alone_why(boss):
    _, first, _ = lamp_of_two()
    stopped(first.order, boss, StopReason.FRAUD)
    order = Order.objects.get(pk=first.order_id)

    said = spoken.of_order(order, briefs.of_order(order.pk, at=make.MONDAY), today=make.TODAY)
    explained = why.explain(first.pk, at=LATER)

    assert said == (
        f"In your order {order}, of 2 × {Product.objects.get().name or 'LAMP'}, 1 is here and set aside for you and 1 "
        f"is not here. Your order {order} is stopped for now: nothing of it ships until it goes on."
    )
    assert explained.sentence == "The order is stopped for now: nothing of it ships until it goes on."
    assert explained.facts[0].text == "suspicion of fraud; boss looks after it, until somebody lets it go on"


def test_an_order_goes_on_by_itself_on_its_day_and_not_before(boss):
    _, first, second = lamp_of_two()
    stopped(first.order, boss, StopReason.CUSTOMER, until_date=in_days(3))
    stopped(second.order, boss)

    assert fulfillment.go_on_due(at=make.MONDAY + timedelta(days=2)) == 0
    assert fresh(first).is_stopped
    assert fulfillment.go_on_due(at=make.MONDAY + timedelta(days=3)) == 1

    assert (fresh(first).is_stopped, fresh(second).is_stopped) == (False, True)
    event = OrderEvent.objects.get(kind="goes_on")
    assert (event.text, event.by) == ("its day has come", None)
    assert fulfillment.go_on_due(at=make.MONDAY + timedelta(days=3)) == 0


def rules():
    return {each.rule for each in audited.broken(at=LATER)}


def test_the_audit_names_what_disagrees_with_a_stop(boss):
    _, first, _ = lamp_of_two()
    stop = stopped(first.order, boss)
    assert rules() == set()

    Stock.objects.update(stopped=0)
    assert rules() == {"Stopped is what is set aside for stopped orders"}
    Stock.objects.update(stopped=1)
    OrderStop.objects.filter(pk=stop.pk).update(ended_at=LATER)
    assert rules() == {"The lines of a stopped order are stopped, and claim nothing on its way"}
    OrderStop.objects.filter(pk=stop.pk).update(ended_at=None)
    OrderLine.objects.filter(pk=first.pk).update(is_stopped=False)
    assert "The lines of a stopped order are stopped, and claim nothing on its way" in rules()
    assert "Owed is what lines still wait for" in rules()
