"""Random histories: whatever happens, in whatever order, the books balance and nobody is overtaken."""

import contextlib
from datetime import time, timedelta

from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from inventory.formulas.calendars.working_days import Closed
from inventory.models import Inbound, MovementKind, Stock
from inventory.supply import calendars, inbound, stock
from orders import allocation, fulfillment
from orders.fulfillment import holds
from orders.models import Hold, OrderLine
from orders.promising import sweep
from orders.queue import ordering, simulation
from orders.rules.strategies import Strategy

from . import books, make

small = st.integers(1, 6)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("place"), small, st.integers(0, 2)),
        st.tuples(st.just("expect"), small, st.integers(1, 9)),
        st.tuples(st.just("receive"), st.integers(0, 9), small),
        st.tuples(st.just("find"), small, st.integers(0, 1)),
        st.tuples(st.just("lose"), small, st.integers(0, 1)),
        st.tuples(st.just("redate"), st.integers(0, 9), st.integers(1, 30)),
        st.tuples(st.just("drop"), st.integers(0, 9), small),
        st.tuples(st.just("cancel"), st.integers(0, 9), small),
        st.tuples(st.just("ship"), st.integers(0, 9), small),
        st.tuples(st.just("priority"), st.integers(0, 9), st.integers(0, 3)),
        st.tuples(st.just("pin"), st.integers(0, 9), st.integers(1, 3)),
        st.tuples(st.just("move_up"), st.integers(0, 9), st.integers(1, 3)),
        st.tuples(st.just("change_quantity"), st.integers(0, 9), st.integers(1, 9)),
        st.tuples(st.just("substitute"), st.integers(0, 9), small),
        st.tuples(st.just("together"), small, small),
        st.tuples(st.just("later"), small, st.integers(1, 30)),
        st.tuples(st.just("change_terms"), st.integers(0, 9), st.integers(0, 5)),
        st.tuples(st.just("add_product"), st.integers(0, 9), small),
        st.tuples(st.just("stop"), st.integers(0, 9), st.integers(0, 9)),
        st.tuples(st.just("go_on"), st.integers(0, 9), small),
        st.tuples(st.just("reserve"), small, st.integers(0, 1)),
        st.tuples(st.just("give_back"), st.integers(0, 9), small),
        st.tuples(st.just("wait"), st.integers(1, 9), small),
        st.tuples(st.just("simulate"), st.integers(0, 4), st.booleans()),
        st.tuples(st.just("work"), st.integers(0, 1), st.integers(0, 3)),
        st.tuples(st.just("close"), st.integers(0, 1), st.integers(0, 9)),
    ),
    min_size=1,
    max_size=14,
)

CALENDARS = [
    calendars.WorkingDays("1111100", "", "", None, 0, 1),
    calendars.WorkingDays("1111110", "DE", "BY", time(14), 1, 1),
    calendars.WorkingDays("0000011", "", "", None, 0, 0),
    calendars.WorkingDays("1010100", "US", "", time(1), 2, 3),
]


class World:
    """Two products in two warehouses; every step is a real use case, refused when it is impossible."""

    def __init__(self):
        self.lamp, self.mug = make.product("LAMP"), make.product("MUG")
        make.lead_time(self.lamp, likely=5, safe=8)
        self.places = [make.warehouse("BER"), make.warehouse("HAM", rank=2)]
        self.lena = make.customer()
        self.boss = User.objects.create(username="boss")
        self.at = make.MONDAY

    def run(self, step):
        self.at += timedelta(minutes=7)
        name, one, two = step
        getattr(self, name)(one, two)

    def place(self, units, where):
        only = {"warehouse_rule": "preferred"} if where == 2 else {}
        thing = self.mug if units == 6 else self.lamp
        make.order((thing, units), who=self.lena, place=self.places[where % 2], at=self.at, **only)

    def expect(self, units, days):
        place = self.places[days % 2]
        day = make.TODAY + timedelta(days=days * 3)
        make.coming(self._thing(units), units, on=day, safe=day + timedelta(days=2), place=place, at=self.at)

    def receive(self, number, units):
        row = self._pick(Inbound.objects.open(), number)
        if row:
            inbound.receive([inbound.Receipt(row.pk, min(units, row.outstanding))], by=None, at=self.at)

    def find(self, units, where):
        make.on_hand(self._thing(units), units, place=self.places[where], at=self.at)

    def _thing(self, units):
        return self.mug if units % 2 else self.lamp

    def together(self, lamps, mugs):
        make.order(
            (self.lamp, lamps), (self.mug, mugs), who=self.lena, place=self.places[0], at=self.at, is_ship_complete=True
        )

    def later(self, units, days):
        wanted = make.TODAY + timedelta(days=days + 200)
        make.order((self.lamp, units), who=self.lena, place=self.places[0], at=self.at, wanted_date=wanted)

    def change_terms(self, number, what):
        line = self._pick(OrderLine.objects.open(), number)
        wanted_date = self.at.date() + timedelta(days=what * 9)
        terms = (
            {"is_ship_complete": True}, {"is_ship_complete": False}, {"warehouse_rule": "preferred"},
            {"warehouse_rule": "any", "note": "!"}, {"wanted_date": wanted_date}, {"wanted_date": None},
        )[what]  # fmt: skip
        if line:
            with contextlib.suppress(fulfillment.NotTheseTerms):
                fulfillment.change_terms(line.order_id, terms, reason="", by=self.boss, at=self.at)

    def add_product(self, number, units):
        line = self._pick(OrderLine.objects.open(), number)
        if line:
            thing = self._thing(units).pk
            fulfillment.add_product(line.order_id, thing, units, reason="", by=self.boss, at=self.at)

    def stop(self, number, days):
        line = self._pick(OrderLine.objects.open().filter(is_stopped=False), number)
        if line:
            until = self.at.date() + timedelta(days=days) if days else None
            wanted = fulfillment.Stop("customer", self.boss.pk, until_date=until)
            fulfillment.stop(line.order_id, wanted, by=self.boss, at=self.at)

    def go_on(self, number, units):
        line = self._pick(OrderLine.objects.open().filter(is_stopped=True), number)
        if line:
            fulfillment.go_on(line.order_id, by=self.boss, at=self.at)

    def reserve(self, units, where):
        draft = holds.HoldDraft(
            self.lamp.pk, self.places[where].pk, self.lena.pk, units, self.at.date() + timedelta(days=9), "a caller"
        )
        with contextlib.suppress(holds.NotAHold):
            holds.hold(draft, by=self.boss, at=self.at)

    def give_back(self, number, units):
        row = self._pick(Hold.objects.filter(units__gt=0), number)
        if row:
            holds.release([row.pk], by=self.boss, at=self.at)

    def wait(self, days, units):
        self.at += timedelta(days=days)
        holds.expire(at=self.at)
        fulfillment.go_on_due(at=self.at)
        sweep.together(at=self.at)
        both = [self.lamp.pk, self.mug.pk]
        allocation.settle(both, cause=f"time:{self.at.date()}", dates_all=True, by=None, at=self.at)

    def work(self, where, which):
        with contextlib.suppress(calendars.NotACalendar):
            calendars.change(self.places[where].pk, CALENDARS[which], by=None, at=self.at)

    def close(self, where, days):
        today = self.at.date()
        closed = Closed(today + timedelta(days=days), today + timedelta(days=days * 2), "Stocktaking")
        calendars.close(self.places[where].pk, closed, by=None, at=self.at)

    def lose(self, units, where):
        row = Stock.objects.filter(warehouse=self.places[where], on_hand__gt=0).first()
        if row:
            gone = -min(units, row.on_hand)
            stock.adjust([stock.Post(row.product_id, row.warehouse_id, gone, MovementKind.DAMAGE)], by=None, at=self.at)

    def redate(self, number, days):
        row = self._pick(Inbound.objects.open(), number)
        if row:
            make.moved(row, make.TODAY + timedelta(days=days), at=self.at)

    def drop(self, number, units):
        row = self._pick(Inbound.objects.open(), number)
        if row:
            inbound.cancel([inbound.Cancellation(row.pk, min(units, row.outstanding))], by=None, at=self.at)

    def cancel(self, number, units):
        line = self._pick(OrderLine.objects.open(), number)
        if line:
            wanted = [fulfillment.LineUnits(line.pk, min(units, line.open))]
            fulfillment.cancel(wanted, reason="no", by=None, at=self.at)

    def ship(self, number, units):
        line = self._pick(OrderLine.objects.filter(allocated__gt=0), number)
        if line:
            wanted = [fulfillment.LineUnits(line.pk, min(units, line.allocated))]
            # an order that ships only complete, or is wanted on a later day
            with contextlib.suppress(fulfillment.NothingToShip, fulfillment.WantedLater):
                fulfillment.ship(wanted, by=None, at=self.at)

    def priority(self, number, lift):
        line = self._pick(OrderLine.objects.open(), number)
        if line:
            ordering.set_priority([line.pk], lift, reason="why not", by=None, at=self.at)

    def pin(self, number, rank):
        line = self._pick(OrderLine.objects.open(), number)
        if line:
            ordering.pin(line.pk, rank, reason="why not", by=None, at=self.at)

    def move_up(self, number, place):
        line = self._pick(OrderLine.objects.backordered(), number)
        if line:
            with contextlib.suppress(ordering.NotAPlace):
                ordering.move_up(line.pk, place, reason="why not", by=None, at=self.at)

    def change_quantity(self, number, units):
        line = self._pick(OrderLine.objects.open(), number)
        if line:
            with contextlib.suppress(fulfillment.NotAQuantity):
                wanted = [fulfillment.LineUnits(line.pk, units)]
                fulfillment.change_quantity(wanted, reason="why not", by=None, at=self.at)

    def substitute(self, number, units):
        line = self._pick(OrderLine.objects.open(), number)
        if line:
            other = self.mug if line.product_id == self.lamp.pk else self.lamp
            wanted = [fulfillment.LineUnits(line.pk, min(units, line.open))]
            fulfillment.substitute(wanted, other.pk, reason="why not", by=None, at=self.at)

    def simulate(self, number, moves_on_hand):
        strategy = [each for each in Strategy if each.is_an_order][number]
        made = simulation.run(strategy, [self.lamp.pk, self.mug.pk], moves_on_hand=moves_on_hand, by=None, at=self.at)
        simulation.apply(made.pk, by=None, at=self.at)

    @staticmethod
    def _pick(rows, number):
        found = list(rows.order_by("pk"))
        return found[number % len(found)] if found else None


class RandomHistories(TestCase):
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(steps)
    def test_the_books_balance_and_a_new_plan_changes_nothing(self, history):
        world = World()
        for step in history:
            world.run(step)
            books.assert_balanced(at=world.at)
