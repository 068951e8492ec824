from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from orders.rules.planning import HERE, Demand, Share, Supply, keep, plan, queue_at

FRIDAY = date(2026, 3, 6)
MONDAY = date(2026, 3, 9)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_stock_on_hand_is_used_before_inbound():
    shelf = Supply(5, HERE, stock_id=1)
    lorry = Supply(5, FRIDAY, inbound_id=1)

    shares = list(plan([Demand(1, 7)], [lorry, shelf]))

    assert shares == [Share(1, shelf, 5), Share(1, lorry, 2)]


def test_the_earlier_inbound_goes_to_the_first_in_the_queue():
    late = Supply(3, MONDAY, inbound_id=1)
    early = Supply(3, FRIDAY, inbound_id=2)

    shares = list(plan([Demand(1, 3), Demand(2, 3)], [late, early]))

    assert shares == [Share(1, early, 3), Share(2, late, 3)]


def test_of_two_inbound_on_one_day_the_older_one_is_used_first():
    second = Supply(3, FRIDAY, inbound_id=2)
    first = Supply(3, FRIDAY, inbound_id=1)

    shares = list(plan([Demand(1, 4)], [second, first]))

    assert shares == [Share(1, first, 3), Share(1, second, 1)]


def test_the_preferred_warehouse_is_asked_first_then_the_best_ranked():
    near = Supply(1, HERE, stock_id=1, warehouse_id=1, warehouse_rank=2)
    best = Supply(1, HERE, stock_id=2, warehouse_id=2, warehouse_rank=0)
    other = Supply(1, HERE, stock_id=3, warehouse_id=3, warehouse_rank=1)

    shares = list(plan([Demand(1, 3, warehouse_id=1)], [other, best, near]))

    assert [share.supply for share in shares] == [near, best, other]


def test_a_line_that_may_use_only_its_warehouse_waits_for_it():
    here = Supply(2, HERE, stock_id=1, warehouse_id=1)
    elsewhere = Supply(9, HERE, stock_id=2, warehouse_id=2)

    shares = list(plan([Demand(1, 5, 1, is_preferred_only=True), Demand(2, 9, 1)], [here, elsewhere]))

    assert shares == [Share(1, here, 2), Share(2, elsewhere, 9)]


def test_a_lost_unit_is_taken_from_the_last_in_the_queue():
    assert keep([(1, 4), (2, 4), (3, 1)], 5) == {1: 4, 2: 1}


def test_a_priority_lifts_a_line_by_its_days_and_no_further():
    tail = NOON

    lifted = queue_at(NOON + timedelta(days=1), tail=tail, priority=1, lift_days=7)

    assert lifted == NOON + timedelta(days=1) - timedelta(days=7)


units = st.integers(1, 9)
demands = st.lists(st.tuples(units, st.integers(1, 3), st.booleans()), max_size=12)
supplies = st.lists(st.tuples(units, st.integers(0, 3), st.integers(1, 3)), max_size=8)


def world(wanted, there):
    queue = [Demand(place, quantity, where, only) for place, (quantity, where, only) in enumerate(wanted)]
    shelf = [
        Supply(quantity, FRIDAY + timedelta(days=day), inbound_id=place + 1, warehouse_id=where)
        if day
        else Supply(quantity, HERE, stock_id=place + 1, warehouse_id=where, warehouse_rank=where)
        for place, (quantity, day, where) in enumerate(there)
    ]
    return queue, shelf


@given(demands, supplies)
def test_no_unit_is_given_twice_and_nobody_gets_more_than_asked(wanted, there):
    queue, shelf = world(wanted, there)

    shares = list(plan(queue, shelf))

    for supply in shelf:
        assert sum(share.quantity for share in shares if share.supply is supply) <= supply.quantity
    for demand in queue:
        assert sum(share.quantity for share in shares if share.line_id == demand.line_id) <= demand.quantity


@given(demands, supplies)
def test_no_unit_is_free_while_somebody_who_may_have_it_waits(wanted, there):
    queue, shelf = world(wanted, there)

    shares = list(plan(queue, shelf))

    for demand in queue:
        got = sum(share.quantity for share in shares if share.line_id == demand.line_id)
        for supply in shelf:
            used = sum(share.quantity for share in shares if share.supply is supply)
            may = not demand.is_preferred_only or supply.warehouse_id == demand.warehouse_id
            assert got == demand.quantity or not may or used == supply.quantity


@given(demands, supplies, units, st.integers(1, 3), st.booleans())
def test_a_line_at_the_tail_gets_the_same_from_what_is_left_as_from_a_new_plan(wanted, there, quantity, where, only):
    queue, shelf = world(wanted, there)
    tail = Demand(99, quantity, where, only)
    whole = [(share.supply.key, share.quantity) for share in plan([*queue, tail], shelf) if share.line_id == 99]

    taken: dict = {}
    for share in plan(queue, shelf):
        taken[share.supply.key] = taken.get(share.supply.key, 0) + share.quantity
    left = [supply._replace(quantity=supply.quantity - taken.get(supply.key, 0)) for supply in shelf]

    assert [(share.supply.key, share.quantity) for share in plan([tail], left)] == whole
