"""A simulation writes nothing; applied, it does exactly what it showed, and later plans leave it standing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from inventory.models import Inbound, Owed, Stock
from orders import allocation, fulfillment
from orders.models import Allocation, LineEvent, Notice, NoticeLine, OrderLine, Promise, SimulationRun
from orders.queue import ordering, outcomes, simulation
from orders.rules.strategies import Strategy

from . import make
from .books import assert_balanced

pytestmark = pytest.mark.django_db
TUESDAY = make.MONDAY + timedelta(days=1)
BOOKS = (OrderLine, Allocation, Stock, Inbound, Owed, Promise, LineEvent, Notice, NoticeLine)


def books():
    return [sorted(map(repr, model.objects.values_list())) for model in BOOKS]


def in_days(days):
    return make.TODAY + timedelta(days=days)


def priced(thing, units, price, **fields):
    order = fulfillment.place(
        fulfillment.OrderDraft(
            channel="shop",
            reference=f"P-{OrderLine.objects.count()}",
            customer_id=make.customer().pk,
            warehouse_id=make.warehouse().pk,
            lines=(fulfillment.LineDraft(thing.pk, units, Decimal(price)),),
            placed_at=make.MONDAY,
            **fields,
        ),
        by=None,
        at=make.MONDAY,
    )
    return order.lines.get()


def run(strategy, *things, **fields):
    return simulation.run(strategy, [thing.pk for thing in things] or None, by=None, at=TUESDAY, **fields)


def apply(found, at=TUESDAY):
    return simulation.apply(found.pk, by=None, at=at)


def standing():
    """How every line stands, by number."""
    columns = ("allocated", "pegged", "uncovered", "likely_date", "safe_date")
    return {pk: outcomes.Standing(*row) for pk, *row in OrderLine.objects.values_list("pk", *columns)}


def shown(found):
    """How every line would stand."""
    return standing() | {move.line_id: move.after for move in outcomes.moves(found.before, found.after)}


@pytest.fixture
def shop():
    """A cheap line, then a dear one; two units come in three days, two in twenty."""
    lamp = make.product("LAMP-1")
    make.coming(lamp, 2, on=in_days(3))
    make.coming(lamp, 2, on=in_days(20))
    return {"lamp": lamp, "cheap": priced(lamp, 2, "10.00"), "dear": priced(lamp, 2, "90.00")}


# --- computed without writing -----------------------------------------------------------------


@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("moves_on_hand", [False, True])
def test_a_simulation_writes_nothing_but_itself(shop, strategy, moves_on_hand):
    make.on_hand(shop["lamp"], 1)
    before = books()

    found = run(strategy, moves_on_hand=moves_on_hand)

    assert books() == before
    assert SimulationRun.objects.get() == found
    assert (found.at, found.applied_at) == (TUESDAY, None)


def test_the_run_tells_who_gains_and_who_loses_and_by_how_many_days(shop):
    found = run(Strategy.VALUE, shop["lamp"])

    gain, loss = outcomes.moves(found.before, found.after)
    assert (gain.line_id, gain.days, gain.after.safe_date) == (shop["dear"].pk, -18, shop["cheap"].safe_date)
    assert (loss.line_id, loss.days, loss.after.safe_date) == (shop["cheap"].pk, 18, shop["dear"].safe_date)
    assert (gain.gain, loss.gain) == (18, -18)


def test_the_figures_are_given_before_and_after(shop):
    make.moved(Inbound.objects.latest("pk"), in_days(60), at=make.MONDAY)

    found = run(Strategy.VALUE, shop["lamp"])

    assert found.summary == {
        "orders": 2,
        "orders_completed": [1, 1],
        "value_released": ["20.00", "180.00"],
        "promises_breaking": [0, 1],
        "newly_broken": [shop["cheap"].pk],
        "gain": 1,
        "lose": 1,
        "days_gained": 59,
        "days_lost": 59,
        "told": 2,
    }
    assert found.inputs == {
        "product_ids": [shop["lamp"].pk],
        "is_all": False,
        "lines": 2,
        "horizon": "2026-04-02",
    }


def test_completing_orders_serves_the_small_one_first():
    lamp = make.product()
    make.coming(lamp, 4, on=in_days(3))
    big, small = make.line(lamp, 5), make.line(lamp, 2)

    found = run(Strategy.COMPLETE, lamp)

    assert found.summary["orders_completed"] == [0, 1]
    assert (shown(found)[big.pk].coming, shown(found)[small.pk].coming) == (2, 2)


def test_an_order_that_waits_for_a_product_outside_the_plan_does_not_count_as_completed():
    lamp, mug = make.product(), make.product()
    make.coming(lamp, 2, on=in_days(3))
    make.order((lamp, 1), (mug, 1))
    make.line(lamp, 1)

    assert run(Strategy.AGE, lamp).summary["orders_completed"] == [1, 1]


def test_only_the_named_products_are_planned(shop):
    mug = make.product()
    make.coming(mug, 1, on=in_days(3))
    priced(mug, 1, "1.00")
    priced(mug, 1, "2.00")

    found = run(Strategy.VALUE, mug)

    assert found.inputs["lines"] == 2
    assert set(found.before).isdisjoint({str(shop["cheap"].pk), str(shop["dear"].pk)})


def test_too_many_lines_are_refused(shop, monkeypatch):
    monkeypatch.setattr(simulation, "MOST_LINES", 1)

    with pytest.raises(simulation.TooManyLines, match="more than 1 lines"):
        run(Strategy.AGE)

    assert not SimulationRun.objects.exists()


def test_equal_shares_give_everybody_a_part_and_can_only_be_looked_at(shop):
    found = run(Strategy.EQUAL, shop["lamp"])

    was = books()
    assert {line_id: state.coming for line_id, state in shown(found).items()} == {
        shop["cheap"].pk: 2,
        shop["dear"].pk: 2,
    }
    assert {move.after.safe_date for move in outcomes.moves(found.before, found.after)} == {shop["dear"].safe_date}
    with pytest.raises(simulation.NotAnOrdering, match="no order of the queue"):
        apply(found)
    assert books() == was


# --- applied ------------------------------------------------------------------------------------


def test_applying_does_exactly_what_was_shown_and_a_new_plan_leaves_it_standing(shop):
    found = run(Strategy.VALUE, shop["lamp"])
    expected = shown(found)

    moved = apply(found)

    found.refresh_from_db()
    assert moved == 2
    assert standing() == expected
    assert found.applied_at == TUESDAY
    assert list(OrderLine.objects.in_queue_order()) == [shop["dear"], shop["cheap"]]
    assert allocation.settle({shop["lamp"].pk}, cause="again", by=None, at=TUESDAY) == 0
    assert_balanced(at=TUESDAY)


def test_applying_is_in_the_history_of_each_line_and_told_to_those_whose_date_moves(shop):
    found = run(Strategy.VALUE, shop["lamp"])

    apply(found)

    history = LineEvent.objects.filter(kind="ranked").values_list("line", "text", "at")
    text = f"simulation {found.pk}, Most value: the dearest units first"
    assert sorted(history) == [(shop["cheap"].pk, text, TUESDAY), (shop["dear"].pk, text, TUESDAY)]
    news = NoticeLine.objects.filter(event=f"simulation:{found.pk}").values_list("line", "kind")
    assert sorted(news) == [(shop["cheap"].pk, "backordered"), (shop["dear"].pk, "backordered")]


def test_a_line_that_comes_later_still_joins_at_the_tail(shop):
    apply(run(Strategy.VALUE, shop["lamp"]))

    new = make.line(shop["lamp"], 1, at=TUESDAY)

    assert list(OrderLine.objects.in_queue_order()) == [shop["dear"], shop["cheap"], new]
    assert_balanced(at=TUESDAY)


def test_a_line_that_staff_pinned_keeps_its_place(shop):
    ordering.pin(shop["cheap"].pk, 1, reason="board", by=None, at=make.MONDAY)
    was = standing()

    found = run(Strategy.VALUE, shop["lamp"])
    apply(found)

    assert found.before == {}
    assert standing() == was


def test_the_house_rule_takes_another_order_back(shop):
    OrderLine.objects.filter(pk=shop["dear"].pk).update(placed_at=make.MONDAY + timedelta(hours=1))
    was = standing()
    apply(run(Strategy.VALUE, shop["lamp"]))

    apply(run(Strategy.HOUSE, shop["lamp"]))

    assert standing() == was
    assert list(OrderLine.objects.in_queue_order()) == [shop["cheap"], shop["dear"]]


def test_applied_twice_it_is_done_once(shop):
    found = run(Strategy.VALUE, shop["lamp"])
    apply(found)
    was = books()

    with pytest.raises(simulation.AlreadyApplied, match="applied before"):
        apply(found, at=TUESDAY + timedelta(hours=1))

    assert books() == was
    assert SimulationRun.objects.get().applied_at == TUESDAY


def test_running_an_applied_strategy_again_shows_that_nothing_is_left_to_do(shop):
    apply(run(Strategy.VALUE, shop["lamp"]))

    again = run(Strategy.VALUE, shop["lamp"])

    assert (again.before, again.after) == ({}, {})
    assert apply(again) == 0


def test_too_many_lines_of_several_products_are_not_moved_at_once(shop, monkeypatch):
    monkeypatch.setattr(simulation, "MOST_APPLIED", 2)
    make.line(make.product(), 1)
    several, single = run(Strategy.VALUE), run(Strategy.VALUE, shop["lamp"])
    was = books()

    with pytest.raises(simulation.TooManyLines, match="more than 2 lines to move at once"):
        apply(several)

    assert books() == was
    monkeypatch.setattr(simulation, "MOST_APPLIED", 1)
    assert apply(single) == 2


MOVES = {
    "an order was placed": lambda shop: make.line(shop["lamp"], 1),
    "an order was canceled": lambda shop: fulfillment.cancel(
        [fulfillment.LineUnits(shop["cheap"].pk, 1)], reason="no", by=None, at=TUESDAY
    ),
    "stock was found": lambda shop: make.on_hand(shop["lamp"], 1),
    "goods were received": lambda shop: make.arrived(Inbound.objects.earliest("pk"), 1, at=TUESDAY),
    "a date moved": lambda shop: make.moved(Inbound.objects.latest("pk"), in_days(21), at=TUESDAY),
    "a priority was given": lambda shop: ordering.set_priority(
        [shop["dear"].pk], 1, reason="hospital", by=None, at=TUESDAY
    ),
}


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_a_run_whose_facts_have_moved_is_refused_and_nothing_is_written(shop, move):
    found = run(Strategy.VALUE, shop["lamp"])
    move(shop)
    was = books()

    with pytest.raises(simulation.SimulationOutdated, match="run the simulation again"):
        apply(found)

    found.refresh_from_db()
    assert books() == was
    assert found.applied_at is None


# --- units on hand ------------------------------------------------------------------------------


@pytest.fixture
def shelf():
    """Two units are here, set aside for a cheap line; a dear one waits for two that come."""
    lamp = make.product()
    make.on_hand(lamp, 2)
    make.coming(lamp, 2, on=in_days(9))
    return {"lamp": lamp, "cheap": priced(lamp, 2, "10.00"), "dear": priced(lamp, 2, "90.00")}


def test_units_on_hand_stay_with_whom_they_are_set_aside_for(shelf):
    was = standing()

    apply(run(Strategy.VALUE, shelf["lamp"]))

    assert standing() == was


def test_units_on_hand_move_if_the_run_says_so(shelf):
    found = run(Strategy.VALUE, shelf["lamp"], moves_on_hand=True)
    expected = shown(found)

    apply(found)

    assert standing() == expected
    assert (expected[shelf["dear"].pk].here, expected[shelf["cheap"].pk].here) == (2, 0)
    assert allocation.settle({shelf["lamp"].pk}, cause="again", by=None, at=TUESDAY) == 0
    assert_balanced(at=TUESDAY)


def test_units_behind_a_closed_door_stay_where_they_are(shelf):
    make.warehouse().__class__.objects.update(is_open=False)
    was = {pk: each[:3] for pk, each in standing().items()}

    apply(run(Strategy.VALUE, shelf["lamp"], moves_on_hand=True))

    assert {pk: each[:3] for pk, each in standing().items()} == was


small = st.integers(1, 5)
worlds = st.tuples(
    st.lists(st.tuples(small, st.integers(0, 2), st.integers(0, 30), st.integers(0, 2)), min_size=1, max_size=7),
    st.lists(st.tuples(small, st.integers(0, 1)), max_size=2),
    st.lists(st.tuples(small, st.integers(1, 40), st.integers(0, 1)), max_size=3),
)


@pytest.mark.proof
class RandomWorlds(TestCase):
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(worlds, st.sampled_from([each for each in Strategy if each.is_an_order]), st.booleans())
    def test_what_is_applied_is_what_was_shown_and_the_books_balance(self, world, strategy, moves_on_hand):
        lines, shelves, roads = world
        lamp, places = make.product(), [make.warehouse("BER"), make.warehouse("HAM", rank=2)]
        for units, place in shelves:
            make.on_hand(lamp, units, place=places[place])
        for units, days, place in roads:
            make.coming(lamp, units, on=in_days(days), place=places[place])
        for units, rule, days, priority in lines:
            placed_at = make.MONDAY - timedelta(days=days)
            only = {"warehouse_rule": "preferred"} if rule == 2 else {}
            place = places[rule % 2]
            make.order((lamp, units), place=place, placed_at=placed_at, keeps_age=True, priority=priority, **only)
        found = run(strategy, lamp, moves_on_hand=moves_on_hand)
        expected = shown(found)

        apply(found)

        assert standing() == expected
        assert_balanced(at=TUESDAY)


# --- places -------------------------------------------------------------------------------------


def test_lines_exchange_the_places_they_hold_and_nobody_else_moves(shop):
    last = make.line(shop["lamp"], 1, at=TUESDAY)
    places = list(OrderLine.objects.in_queue_order().values_list("queue_at", flat=True))
    wanted = {shop["lamp"].pk: [shop["dear"].pk, shop["cheap"].pk, 999_999]}

    moved = ordering.rank(wanted, reason="fair", cause="test:1", by=None, at=TUESDAY)

    assert moved == 2
    assert list(OrderLine.objects.in_queue_order()) == [shop["dear"], shop["cheap"], last]
    assert list(OrderLine.objects.in_queue_order().values_list("queue_at", flat=True)) == places
    assert ordering.rank(wanted, reason="fair", cause="test:2", by=None, at=TUESDAY) == 0


def test_a_new_order_of_the_queue_without_a_reason_is_refused(shop):
    was = books()

    with pytest.raises(ordering.NotAPlace, match="has a reason"):
        ordering.rank({shop["lamp"].pk: [shop["dear"].pk]}, reason=" ", cause="test", by=None, at=TUESDAY)

    assert books() == was
