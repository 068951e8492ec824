"""Each strategy keeps its own rule, and none hands out a unit twice."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.rules.planning import HERE, Demand, Share, Supply, plan
from orders.rules.strategies import Strategy, Waiter, equally, ordered

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
FRIDAY = date(2026, 3, 6)
UNPINNED = 2**31 - 1


def waiter(line_id, units=1, *, days_ago=0, order=None, product=1, pin=None, only=0, **fields):
    placed_at = MONDAY - timedelta(days=days_ago)
    demand = Demand(line_id, units, only, is_preferred_only=bool(only))
    rank = UNPINNED if pin is None else pin
    return Waiter(demand, product, order or line_id, placed_at, placed_at, rank, pin is not None, **fields)


def order_of(strategy, waiters, supplies=None):
    return [row.line_id for row in ordered(strategy, waiters, supplies or {}, lift_days=7)]


units = st.integers(1, 9)
waiters = st.lists(
    st.fixed_dictionaries(
        {
            "units": units,
            "days_ago": st.integers(0, 30),
            "order": st.integers(1, 4),
            "product": st.integers(1, 2),
            "pin": st.sampled_from([None, None, None, 1, 2]),
            "only": st.sampled_from([0, 0, 1, 2]),
            "priority": st.integers(0, 3),
            "value": st.integers(0, 5).map(Decimal),
        }
    ),
    max_size=10,
).map(lambda rows: [waiter(line_id, **row) for line_id, row in enumerate(rows, start=1)])
supplies = st.lists(st.tuples(units, st.integers(0, 3), st.integers(1, 2)), max_size=5).map(
    lambda rows: [
        Supply(
            quantity,
            HERE if not days else FRIDAY + timedelta(days=days),
            stock_id=None if days else number,
            inbound_id=number if days else None,
            warehouse_id=place,
        )
        for number, (quantity, days, place) in enumerate(rows, start=1)
    ]
)


@given(st.sampled_from(Strategy), waiters, supplies)
def test_no_unit_is_handed_out_twice_and_nobody_gets_more_than_they_want(strategy, lines, there):
    share = plan if strategy.is_an_order else equally
    queue = [row for row in ordered(strategy, lines, {1: there, 2: there}, lift_days=7) if row.product_id == 1]

    shares = list(share([row.demand for row in queue], there))

    given_out, got = Counter(), Counter()
    for part in shares:
        assert part.quantity > 0
        given_out[part.supply.key] += part.quantity
        got[part.line_id] += part.quantity
    assert all(given_out[supply.key] <= supply.quantity for supply in there)
    assert all(got[row.line_id] <= row.demand.quantity for row in queue)


@given(st.sampled_from(Strategy), waiters, supplies)
def test_every_line_stands_in_the_order_once_and_pinned_ones_before_all(strategy, lines, there):
    found = ordered(strategy, lines, {1: there, 2: there}, lift_days=7)

    pinned = [row for row in found if row.is_pinned]
    assert sorted(row.line_id for row in found) == [row.line_id for row in lines]
    assert found[: len(pinned)] == pinned == sorted(pinned, key=lambda row: (row.pin_rank, row.queue_at, row.line_id))


@pytest.mark.parametrize(
    ("strategy", "rule"),
    [
        (Strategy.HOUSE, lambda row: (row.placed_at - timedelta(days=7 * row.priority), row.line_id)),
        (Strategy.AGE, lambda row: (row.placed_at, row.line_id)),
        (Strategy.PRIORITY, lambda row: (-row.priority, row.placed_at, row.line_id)),
        (Strategy.VALUE, lambda row: (-row.value, row.placed_at, row.line_id)),
    ],
)
@given(lines=waiters)
def test_each_order_keeps_its_own_rule(strategy, rule, lines):
    rest = [row for row in ordered(strategy, lines, {}, lift_days=7) if not row.is_pinned]

    assert rest == sorted(rest, key=rule)


def test_strict_age_ignores_a_priority_and_the_house_rule_counts_it_as_days():
    lines = [waiter(1, days_ago=10), waiter(2, days_ago=5, priority=1), waiter(3, days_ago=2, priority=9)]

    assert order_of(Strategy.AGE, lines) == [1, 2, 3]
    assert order_of(Strategy.HOUSE, lines) == [3, 2, 1]
    assert order_of(Strategy.HOUSE, [lines[0], waiter(4, days_ago=2, priority=1)]) == [1, 4]


def test_the_smallest_order_is_completed_first():
    lines = [waiter(1, 8, days_ago=9), waiter(2, 3), waiter(3, 2)]

    assert order_of(Strategy.COMPLETE, lines, {1: [Supply(5, HERE, stock_id=1)]}) == [3, 2, 1]


def test_an_order_that_cannot_be_completed_does_not_stand_before_one_that_can():
    short = [waiter(1, 1, order=1, product=1), waiter(2, 1, order=1, product=2)]
    long = waiter(3, 4, order=2, product=1)

    there = {1: [Supply(4, HERE, stock_id=1)], 2: []}

    assert order_of(Strategy.COMPLETE, [*short, long], there) == [3, 1, 2]


def test_an_order_that_waits_for_something_else_is_not_completed_first():
    lines = [waiter(1, 1, is_stuck=True), waiter(2, 4)]

    assert order_of(Strategy.COMPLETE, lines, {1: [Supply(4, HERE, stock_id=1)]}) == [2, 1]


@given(waiters, supplies)
def test_with_one_product_no_order_by_age_completes_more_orders(lines, there):
    lines = [row._replace(product_id=1, demand=row.demand._replace(is_preferred_only=False)) for row in lines]
    lines = [row._replace(is_pinned=False, pin_rank=UNPINNED) for row in lines]

    def completed(strategy):
        found = ordered(strategy, lines, {1: there}, lift_days=7)
        got = Counter()
        for part in plan([row.demand for row in found], there):
            got[part.line_id] += part.quantity
        orders = defaultdict(list)
        for row in found:
            orders[row.order_id].append(got[row.line_id] == row.demand.quantity)
        return sum(all(lines) for lines in orders.values())

    assert completed(Strategy.COMPLETE) >= completed(Strategy.AGE)


@given(waiters, supplies)
def test_no_order_releases_more_value_than_the_dearest_first(lines, there):
    lines = [row._replace(product_id=1, demand=row.demand._replace(is_preferred_only=False)) for row in lines]
    lines = [row._replace(is_pinned=False, pin_rank=UNPINNED) for row in lines]
    prices = {row.line_id: row.value for row in lines}

    def value(strategy):
        found = ordered(strategy, lines, {1: there}, lift_days=7)
        return sum(part.quantity * prices[part.line_id] for part in plan([row.demand for row in found], there))

    assert value(Strategy.VALUE) == max(value(strategy) for strategy in Strategy)


@given(st.lists(units, max_size=8), supplies)
def test_of_equal_shares_nobody_gets_two_units_more_than_somebody_who_wants_more(wants, there):
    demands = [Demand(line_id, quantity) for line_id, quantity in enumerate(wants, start=1)]

    got = Counter({demand.line_id: 0 for demand in demands})
    for part in equally(demands, there):
        got[part.line_id] += part.quantity

    assert sum(got.values()) == min(sum(wants), sum(supply.quantity for supply in there))
    for demand in demands:
        if got[demand.line_id] < demand.quantity:
            assert max(got.values()) <= got[demand.line_id] + 1


def test_what_does_not_divide_goes_to_the_first_in_line():
    shelf, lorry = Supply(4, HERE, stock_id=1), Supply(1, FRIDAY, inbound_id=1)

    shares = list(equally([Demand(1, 9), Demand(2, 9), Demand(3, 9)], [lorry, shelf]))

    assert [(part.line_id, part.supply.key, part.quantity) for part in shares] == [
        (1, (1, None), 2),
        (2, (1, None), 1),
        (3, (1, None), 1),
        (2, (None, 1), 1),
    ]


def test_equal_shares_respect_who_may_use_which_warehouse():
    shelf = Supply(4, HERE, stock_id=1, warehouse_id=2)

    shares = list(equally([Demand(1, 9, 1, is_preferred_only=True), Demand(2, 9, 1)], [shelf]))

    assert [(part.line_id, part.quantity) for part in shares] == [(2, 4)]


def test_only_equal_shares_are_no_order():
    assert [strategy for strategy in Strategy if not strategy.is_an_order] == [Strategy.EQUAL]
    assert Strategy.VALUE.label == "Most value: the dearest units first"


def test_equal_shares_are_taken_from_the_warehouse_ranked_first_too():
    far = Supply(2, HERE, stock_id=1, warehouse_id=1, warehouse_rank=2)
    near = Supply(2, HERE, stock_id=2, warehouse_id=2, warehouse_rank=1)

    shares = list(equally([Demand(1, 1), Demand(2, 2)], [far, near]))

    assert shares == [Share(1, near, 1), Share(2, near, 1), Share(2, far, 1)]
