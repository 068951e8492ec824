"""Random histories: whatever happens, in whatever order, the books balance and nobody is overtaken."""

import contextlib
from datetime import time, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import F
from django.http import QueryDict
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from inventory.formulas.calendars.working_days import Closed
from inventory.models import BackorderPolicy, CountSheet, Inbound, MovementKind, Stock
from inventory.supply import calendars, inbound, sheets, stock, unasked, unreceiving
from inventory.supply.arriving import dividing
from orders import allocation, fulfillment
from orders.fulfillment import holds
from orders.fulfillment.afterwards import parcels, returns
from orders.models import (
    WITH_CUSTOMER,
    Allocation,
    Channel,
    Customer,
    Hold,
    Order,
    OrderLine,
    OrderPayment,
    RestockLetter,
    RestockRequest,
    Return,
    ReturnWish,
    ShipmentLine,
)
from orders.models.payment import UNSOLD
from orders.pages import acts, deciding, standing
from orders.pages.deeds import NotNow
from orders.promising import sweep
from orders.queue import ordering, simulation
from orders.rules.strategies import Strategy
from orders.waiting_list import asking, holding

from . import books, make

pytestmark = pytest.mark.proof

EXAMPLES = 60 if connection.vendor == "sqlite" else 20
"""Histories of one run: a step costs a server several times what it costs a file."""
ON_THE_PAGE: tuple[tuple[str, dict[str, str]], ...] = (
    ("agree", {}),
    ("now", {}),
    ("together", {}),
    ("cancel", {"keep-1": "0"}),
    ("cancel", {"keep-1": "1"}),
    ("offer", {"offer-1": "take"}),
    ("offer", {"offer-1": "no"}),
    ("hears", {"hears": "later"}),
    ("hears", {"hears": "all"}),
)
"""What a customer may do on the page of an order, and what they type."""
small = st.integers(1, 6)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("place"), small, st.integers(0, 2)),
        st.tuples(st.just("expect"), small, st.integers(1, 9)),
        st.tuples(st.just("receive"), st.integers(0, 9), small),
        st.tuples(st.just("find"), small, st.integers(0, 1)),
        st.tuples(st.just("lose"), small, st.integers(0, 1)),
        st.tuples(st.just("count"), small, st.integers(0, 1)),
        st.tuples(st.just("post_count"), st.integers(0, 9), st.integers(0, 1)),
        st.tuples(st.just("comes_over"), st.integers(0, 9), st.integers(0, 9)),
        st.tuples(st.just("decide_surplus"), st.integers(0, 9), st.integers(0, 1)),
        st.tuples(st.just("gift"), small, st.integers(0, 1)),
        st.tuples(st.just("another"), st.integers(0, 9), small),
        st.tuples(st.just("carry"), st.integers(0, 9), small),
        st.tuples(st.just("redate"), st.integers(0, 9), st.integers(1, 30)),
        st.tuples(st.just("divide"), st.integers(0, 9), st.integers(1, 30)),
        st.tuples(st.just("drop"), st.integers(0, 9), small),
        st.tuples(st.just("cancel"), st.integers(0, 9), small),
        st.tuples(st.just("ship"), st.integers(0, 9), small),
        st.tuples(st.just("lose_parcel"), st.integers(0, 9), small),
        st.tuples(st.just("reverse"), st.integers(0, 9), small),
        st.tuples(st.just("take_back"), st.integers(0, 9), st.integers(0, 11)),
        st.tuples(st.just("find_parcel"), st.integers(0, 9), st.integers(0, 5)),
        st.tuples(st.just("decide"), st.integers(0, 9), st.integers(0, 3)),
        st.tuples(st.just("unreceive"), st.integers(0, 9), small),
        st.tuples(st.just("priority"), st.integers(0, 9), st.integers(0, 3)),
        st.tuples(st.just("pin"), st.integers(0, 9), st.integers(1, 3)),
        st.tuples(st.just("move_up"), st.integers(0, 9), st.integers(1, 3)),
        st.tuples(st.just("change_quantity"), st.integers(0, 9), st.integers(1, 9)),
        st.tuples(st.just("substitute"), st.integers(0, 9), small),
        st.tuples(st.just("offer"), st.integers(0, 9), small),
        st.tuples(st.just("by_page"), st.integers(0, 9), st.integers(0, len(ON_THE_PAGE) - 1)),
        st.tuples(st.just("by_page"), st.integers(0, 9), st.integers(0, len(ON_THE_PAGE) - 1)),
        st.tuples(st.just("together"), small, small),
        st.tuples(st.just("later"), small, st.integers(1, 30)),
        st.tuples(st.just("change_terms"), st.integers(0, 9), st.integers(0, 5)),
        st.tuples(st.just("add_product"), st.integers(0, 9), small),
        st.tuples(st.just("stop"), st.integers(0, 9), st.integers(0, 9)),
        st.tuples(st.just("go_on"), st.integers(0, 9), small),
        st.tuples(st.just("place_unpaid"), small, st.integers(0, 1)),
        st.tuples(st.just("place_unpaid"), small, st.integers(0, 1)),
        st.tuples(st.just("pay"), st.integers(0, 9), small),
        st.tuples(st.just("expire"), st.integers(0, 9), small),
        st.tuples(st.just("sell_on"), st.integers(0, 9), small),
        st.tuples(st.just("reserve"), small, st.integers(0, 1)),
        st.tuples(st.just("give_back"), st.integers(0, 9), small),
        st.tuples(st.just("ask_to_be_told"), small, st.integers(0, 2)),
        st.tuples(st.just("leave_the_list"), st.integers(0, 9), small),
        st.tuples(st.just("order_what_is_offered"), st.integers(0, 9), small),
        st.tuples(st.just("let_offers_pass"), st.integers(1, 9), st.integers(0, 1)),
        st.tuples(st.just("wait"), st.integers(1, 9), small),
        st.tuples(st.just("simulate"), st.integers(0, 4), st.booleans()),
        st.tuples(st.just("work"), st.integers(0, 1), st.integers(0, 3)),
        st.tuples(st.just("close"), st.integers(0, 1), st.integers(0, 9)),
    ),
    min_size=1,
    max_size=14,
)

LEFT_TO_THE_LIST = [("later", 5, 25), ("ask_to_be_told", 4, 1), ("gift", 6, 0)]
LEFT_TO_THEMSELVES = [("later", 5, 25), ("ask_to_be_told", 4, 2), ("gift", 6, 0)]
"""A wave holds what a line had left to others: for somebody else, and for the customer of that line."""
READY_ELSEWHERE = [("gift", 6, 0), ("place_unpaid", 4, 1), ("work", 0, 3)]
"""A line that waits for the rest of its order could be sent from another warehouse, which works on other days now."""

CALENDARS = [
    calendars.WorkingDays("1111100", "", "", None, 0, 1),
    calendars.WorkingDays("1111110", "DE", "BY", time(14), 1, 1),
    calendars.WorkingDays("0000011", "", "", None, 0, 0),
    calendars.WorkingDays("1010100", "US", "", time(1), 2, 3),
]


class World:
    """Two products in two warehouses; every step is a real use case, refused when it is impossible."""

    def __init__(self):
        self.lamp = make.product("LAMP")
        self.mug = make.product("MUG", backorder_policy=BackorderPolicy.LIMIT, backorder_limit=12)
        Channel.objects.create(name="bank", arrives_unpaid=True, cancel_after_days=4)
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

    def place_unpaid(self, units, both):
        wanted = ((self.lamp, units), (self.mug, units))[: 1 + both]
        terms = {"place": self.places[both], "is_ship_complete": bool(both)}
        make.order(*wanted, who=self.lena, at=self.at, channel="bank", **terms)

    def pay(self, number, units):
        order = self._pick(Order.objects.filter(is_unpaid=True), number)
        if order:
            fulfillment.pay(order.pk, by=self.boss, at=self.at)

    def expire(self, number, units):
        self.at += timedelta(minutes=20 * units)
        fulfillment.release_due(at=self.at)

    def sell_on(self, number, units):
        row = self._pick(OrderPayment.objects.filter(UNSOLD), number)
        if row:
            with contextlib.suppress(fulfillment.BackorderLimit, fulfillment.NotToPay):
                fulfillment.resume(row.pk, by=self.boss, at=self.at)

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
            with contextlib.suppress(fulfillment.NotToStop):  # it is not stopped: it was not paid in time
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

    def ask_to_be_told(self, units, who):
        """Nobody, or Lena herself, asks; one of three never confirms it."""
        email = self.lena.email if who == 2 else f"asker{RestockRequest.objects.count()}@example.com"
        asked = asking.ask(asking.RestockWish(self._thing(units).sku, email, units), at=self.at)
        if asked and who:
            asking.confirm(asked.pk, at=self.at)

    def leave_the_list(self, number, units):
        row = self._pick(RestockRequest.objects.all(), number)
        if row:
            asking.leave(row.pk, at=self.at)

    def order_what_is_offered(self, number, units):
        row = self._pick(Hold.objects.filter(request__isnull=False, units__gt=0), number)
        if row:
            email = row.request.email
            who = Customer.objects.filter(email=email).first() or make.customer(email=email)
            make.order((row.request.product, min(units, row.units)), who=who, place=row.stock.warehouse, at=self.at)

    def let_offers_pass(self, hours, is_told):
        if is_told:
            RestockLetter.objects.filter(kind="offer", due_at__lte=self.at).update(state="sent", sent_at=self.at)
        self.at += timedelta(hours=hours)
        holding.expire(at=self.at)
        holding.close(at=self.at)
        holding.go_on(at=self.at)

    def wait(self, days, units):
        self.at += timedelta(days=days)
        holds.expire(at=self.at)
        fulfillment.go_on_due(at=self.at)
        fulfillment.release_due(at=self.at)
        fulfillment.cancel_due(at=self.at)
        sweep.together(at=self.at)
        both = [self.lamp.pk, self.mug.pk]
        allocation.settle(both, cause=f"time:{self.at.date()}", dates_all=True, by=None, at=self.at)

    def work(self, where, which):
        with contextlib.suppress(calendars.NotACalendar):
            calendars.change(self.places[where].pk, CALENDARS[which], by=None, at=self.at)

    def close(self, where, days):
        today = self.at.date()
        closed = Closed(today + timedelta(days=days), today + timedelta(days=days * 2), "Stocktaking")
        with contextlib.suppress(calendars.NotACalendar):  # it is closed on all these days already
            calendars.close(self.places[where].pk, closed, by=None, at=self.at)

    def lose(self, units, where):
        row = Stock.objects.filter(warehouse=self.places[where], on_hand__gt=0).first()
        if row:
            gone = -min(units, row.on_hand)
            stock.adjust([stock.Post(row.product_id, row.warehouse_id, gone, MovementKind.DAMAGE)], by=None, at=self.at)

    def count(self, units, where):
        """Somebody counts, and posts it when more has happened."""
        with contextlib.suppress(sheets.NotASheet):
            (sheet,) = sheets.open_sheets(sheets.Wanted(self.places[where].pk), by=None, at=self.at)
            figures = {line.product_id: units for line in sheet.lines.all()[: 1 + units % 2]}
            sheets.enter(sheet.pk, figures, counted_at=self.at, by=None, at=self.at)

    def post_count(self, number, zero):
        sheet = self._pick(CountSheet.objects.filter(posted_at=None), number)
        if sheet:
            before = dict(Stock.objects.filter(warehouse=sheet.warehouse).values_list("product", "on_hand"))
            found = sheets.post(sheet.pk, are_others_zero=bool(zero), by=None, at=self.at)
            after = dict(Stock.objects.filter(warehouse=sheet.warehouse).values_list("product", "on_hand"))
            assert after == before | {each.line.product_id: each.becomes for each in found}

    def comes_over(self, number, more):
        """All of it comes, and more; some of it may be damaged and replaced."""
        row = self._pick(Inbound.objects.open(), number)
        if row:
            came = inbound.Receipt(row.pk, row.outstanding + more, min(more, 2))
            unasked.receive([came], replaced=[row.pk] if more % 2 else [], by=None, at=self.at)

    def decide_surplus(self, number, keeps):
        row = self._pick(Inbound.objects.filter(set_apart__gt=0), number)
        if row:
            unasked.decide(row.pk, keeps=keeps, sends_back=1 - keeps, reason="", by=None, at=self.at)

    def gift(self, units, where):
        units_of = {self._thing(units).pk: units}
        unasked.without_order(self.places[where].pk, units_of, sender="Nordlys", reason="!", by=None, at=self.at)

    def another(self, number, units):
        row = self._pick(Inbound.objects.open(), number)
        if row:
            other = self.mug if row.product_id == self.lamp.pk else self.lamp
            unasked.in_place_of(row.pk, other.pk, units, closes=units > 3, by=None, at=self.at)

    def carry(self, number, units):
        claim = self._pick(Allocation.objects.filter(stock__isnull=False), number)
        if claim:
            there = next(place for place in self.places if place.pk != claim.stock.warehouse_id)
            sent = min(units, claim.quantity)
            wanted = fulfillment.Carried(claim.line_id, claim.stock.warehouse_id, there.pk, sent, self.at.date())
            with contextlib.suppress(fulfillment.NotCarried):
                fulfillment.send_along(wanted, by=None, at=self.at)

    def redate(self, number, days):
        row = self._pick(Inbound.objects.open(), number)
        if row:
            make.moved(row, make.TODAY + timedelta(days=days), at=self.at)

    def divide(self, number, days):
        """Some of it comes on a day, and some on a later one or on none that anybody knows."""
        row = self._pick(Inbound.objects.filter(outstanding__gt=1), number)
        if row:
            units = 1 + days % (row.outstanding - 1)
            soon, late = (make.TODAY + timedelta(days=count) for count in (days, 2 * days))
            parts = [
                dividing.DatedPart(units, soon, is_confirmed=True),
                dividing.DatedPart(row.outstanding - units, late if days % 3 else None),
            ]
            dividing.divide(row.pk, parts, by=None, at=self.at)

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

    def lose_parcel(self, number, units):
        row = self._pick(ShipmentLine.objects.alias(left=WITH_CUSTOMER).filter(left__gt=0), number)
        if row:
            wanted = {row.pk: min(units, row.with_customer)}
            parcels.lose(row.shipment_id, wanted, reason="gone", by=None, at=self.at)

    def reverse(self, number, units):
        row = self._pick(ShipmentLine.objects.alias(left=WITH_CUSTOMER).filter(left__gt=0), number)
        if row:
            wanted = {row.pk: min(units, row.with_customer)}
            parcels.reverse(row.shipment_id, wanted, reason="still here", by=None, at=self.at)

    def take_back(self, number, how):
        row = self._pick(ShipmentLine.objects.alias(left=WITH_CUSTOMER).filter(left__gt=0), number)
        if row:
            back = returns.CameBack(
                wish=ReturnWish.EXCHANGE if how % 2 else ReturnWish.REFUND,
                becomes=list(returns.Becomes)[how % 3],
                may_be_theirs=how > 5,
            )
            wanted = {row.pk: min(1 + how % 4, row.with_customer)}
            returns.take_in(row.shipment_id, wanted, back, by=None, at=self.at)

    def find_parcel(self, number, how):
        row = self._pick(ShipmentLine.objects.filter(lost__gt=F("found")), number)
        if row:
            back = returns.CameBack(is_found=True, becomes=list(returns.Becomes)[how % 3], may_be_theirs=how > 2)
            returns.take_in(row.shipment_id, {row.pk: row.lost - row.found}, back, by=None, at=self.at)

    def decide(self, number, how):
        row = self._pick(Return.objects.filter(inspecting__gt=0), number)
        if row:
            becomes = returns.Becomes.DISCARD if how == 0 else returns.Becomes.RESTOCK
            with contextlib.suppress(returns.NotToDecide):
                returns.decide(row.pk, becomes, row.inspecting, may_be_theirs=how == 1, by=None, at=self.at)

    def unreceive(self, number, units):
        row = self._pick(Inbound.objects.filter(received__gt=0), number)
        if row:
            wanted = unreceiving.Reversal(row.pk, min(units, row.received + row.surplus))
            with contextlib.suppress(unreceiving.NotHere):
                unreceiving.take_back([wanted], reason="another lorry", by=None, at=self.at)

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

    def offer(self, number, units):
        line = self._pick(OrderLine.objects.backordered(), number)
        if line and units == 1:
            fulfillment.withdraw_offers([line.pk], reason="sold", by=None, at=self.at)
        elif line:
            other = self.mug if line.product_id == self.lamp.pk else self.lamp
            with contextlib.suppress(fulfillment.NotASubstitute):  # it is stopped
                fulfillment.offer_substitute([line.pk], other.pk, reason="why not", by=None, at=self.at)

    def by_page(self, number, which):
        order = self._pick(Order.objects.all(), number)
        if order:
            name, typed = ON_THE_PAGE[which]
            deed, sent = acts.BY_NAME[name], QueryDict(mutable=True)
            sent.update({**typed, deciding.SEEN: deciding.seen(deed, standing.of(order, at=self.at))})
            with contextlib.suppress(NotNow, deciding.StandsOtherwise):
                first = deciding.decide(deed, order, sent, at=self.at)
                assert deciding.decide(deed, order, sent, at=self.at) == deciding.Decided(first.act, is_again=True)

    def simulate(self, number, moves_on_hand):
        strategy = [each for each in Strategy if each.is_an_order][number]
        made = simulation.run(strategy, [self.lamp.pk, self.mug.pk], moves_on_hand=moves_on_hand, by=None, at=self.at)
        simulation.apply(made.pk, by=None, at=self.at)

    @staticmethod
    def _pick(rows, number):
        found = list(rows.order_by("pk"))
        return found[number % len(found)] if found else None


def assert_offers_stand():
    """Who is offered something has it, or had; nobody has units who was not offered them, or more than they want."""
    for request in RestockRequest.objects.all():
        kept = sum(request.holds.values_list("units", flat=True))
        assert kept <= request.quantity
        assert not kept or request.state == "offered"
        assert request.letters.filter(kind="offer").count() == request.offers


class RandomHistories(TestCase):
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(steps)
    @example(LEFT_TO_THE_LIST)
    @example(LEFT_TO_THEMSELVES)
    @example(READY_ELSEWHERE)
    def test_the_books_balance_and_a_new_plan_changes_nothing(self, history):
        with self.settings(RESTOCK_LIST=True, SHOP_ADDRESS="Quay 4"):
            world = World()
            for step in history:
                world.run(step)
                books.assert_balanced(at=world.at)
                assert_offers_stand()
