"""Random shops: what a shop says of an order is what placing it gives, and a refusal names the most possible."""

import contextlib
from dataclasses import astuple, replace
from datetime import time, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from inventory.models import Stock
from inventory.supply import calendars
from orders import fulfillment
from orders.fulfillment import availability, holds
from orders.fulfillment.availability import Word
from orders.models import Hold, Refusal

from . import books, make

pytestmark = pytest.mark.proof

units = st.integers(1, 6)
few = st.integers(0, 5)
policies = st.one_of(
    st.sampled_from([{"backorder_policy": "never"}, {"backorder_policy": "always"}, {"is_discontinued": True}]),
    st.integers(0, 20).map(lambda days: {"backorder_policy": "covered", "covered_days": days}),
    st.sampled_from([None, 0, 1, 4]).map(lambda most: {"backorder_policy": "limit", "backorder_limit": most}),
)
products = st.fixed_dictionaries(
    {
        "policy": policies,
        "stock": st.tuples(few, few, few),
        "inbound": st.lists(st.tuples(st.integers(0, 1), units, st.sampled_from([None, -3, 2, 8, 14, 25])), max_size=3),
        "lead_time": st.sampled_from([None, 2, 9]),
        "held": st.sampled_from([0, 0, 1, 2]),
    }
)
orders = st.fixed_dictionaries(
    {
        "lines": st.lists(st.tuples(st.integers(0, 1), units), min_size=1, max_size=3),
        "who": st.integers(0, 1),
        "place": st.integers(0, 1),
        "is_ship_complete": st.booleans(),
        "warehouse_rule": st.sampled_from(["any", "preferred"]),
        "wanted": st.sampled_from([None, None, 0, 3, 4, 12, 30, 31, 90]),
    }
)


class Shop:
    """Two products in three warehouses, one of them closed since; two customers, one of whom units are held for."""

    def __init__(self, lamp, mug, queue):
        self.places = [make.warehouse("BER"), make.warehouse("HAM", rank=2, handling_days=3), make.warehouse("OLD")]
        bavarian = calendars.WorkingDays("1111110", "DE", "BY", time(8), 1, 3)
        calendars.change(self.places[1].pk, bavarian, by=None, at=make.MONDAY)
        self.customers = [make.customer(), make.customer()]
        self.boss = User.objects.create(username="boss")
        self.things = [self._stocked(lamp), self._stocked(mug)]
        self.places[2].is_open = False
        self.places[2].save()
        for number, order in enumerate(queue):
            with contextlib.suppress(fulfillment.BackorderLimit):
                fulfillment.place(self.draft(order, f"EARLIER-{number}"), by=None, at=make.MONDAY)

    def _stocked(self, about):
        thing = make.product(**about["policy"])
        for place, here in zip(self.places, about["stock"], strict=True):
            if here:
                make.on_hand(thing, here, place=place)
        for place, coming, days in about["inbound"]:
            day = None if days is None else make.TODAY + timedelta(days=days)
            make.coming(thing, coming, on=day, place=self.places[place], at=make.MONDAY - timedelta(days=5))
        if about["lead_time"]:
            make.lead_time(thing, about["lead_time"], about["lead_time"] + 2)
        if about["held"]:
            last = make.TODAY + timedelta(days=9)
            held = holds.HoldDraft(thing.pk, self.places[0].pk, self.customers[0].pk, about["held"], last, "a caller")
            with contextlib.suppress(holds.NotAHold):
                holds.hold(held, by=self.boss, at=make.MONDAY)
        return thing

    def draft(self, order, reference="SO-1"):
        return fulfillment.OrderDraft(
            channel="shop",
            reference=reference,
            customer_id=self.customers[order["who"]].pk,
            warehouse_id=self.places[order["place"]].pk,
            lines=tuple(fulfillment.LineDraft(self.things[thing].pk, count) for thing, count in order["lines"]),
            placed_at=make.MONDAY,
            is_ship_complete=order["is_ship_complete"],
            warehouse_rule=order["warehouse_rule"],
            wanted_date=None if order["wanted"] is None else make.TODAY + timedelta(days=order["wanted"]),
        )

    def free(self, draft, product_id):
        """Units on the shelf that this order may have: nobody's, or held for its customer."""
        shelves = Stock.objects.filter(product=product_id, warehouse__is_open=True)
        if draft.warehouse_rule == "preferred":
            shelves = shelves.filter(warehouse=draft.warehouse_id)
        held = Hold.objects.filter(stock__in=shelves, customer=draft.customer_id)
        return sum(row.available for row in shelves) + sum(row.units for row in held)


def answer(ask):
    """What comes of it: what each line gets, or the refusal in full."""
    try:
        return ask()
    except fulfillment.BackorderLimit as refused:
        return type(refused), str(refused), refused.product_id, refused.units, refused.possible


def placed(draft):
    order = fulfillment.place(draft, by=None, at=make.MONDAY)
    rows = order.lines.order_by("position").values_list("product_id", "allocated", "backordered", "promised_date")
    return [availability.LineQuote(*row) for row in rows]


def tried(draft):
    """Place it, look, and take it back."""
    with transaction.atomic():
        found = answer(lambda: placed(draft))
        transaction.set_rollback(True)
    return found


def asking(draft, product_id, count):
    """The same order, for so many units of this product in its first line of it."""
    rest = [line for line in draft.lines if line.product_id != product_id]
    return replace(draft, lines=(fulfillment.LineDraft(product_id, count), *rest))


def is_refusal_of(found, product_id):
    return isinstance(found, tuple) and found[2] == product_id


class OneAnswer(TestCase):
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(products, products, st.lists(orders, max_size=4), orders)
    def test_what_a_shop_says_of_an_order_is_what_placing_it_gives(self, lamp, mug, queue, order):
        shop = Shop(lamp, mug, queue)
        draft = shop.draft(order)

        said = answer(lambda: availability.of_order(draft, at=make.MONDAY))

        assert not Refusal.objects.filter(reference="SO-1").exists()
        assert said == answer(lambda: placed(draft))
        assert books.balance(at=make.MONDAY)

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(products, products, st.lists(orders, max_size=4), orders)
    def test_a_refusal_names_the_most_that_is_possible_and_nothing_free_is_refused(self, lamp, mug, queue, order):
        shop = Shop(lamp, mug, queue)
        draft = shop.draft(order)
        found = tried(draft)
        if not isinstance(found, tuple) or found[0] is fulfillment.WantedTooLate:
            return

        product_id, possible = found[2], found[4]

        assert possible >= shop.free(draft, product_id)
        assert is_refusal_of(tried(asking(draft, product_id, possible + 1)), product_id)
        if possible:
            assert not is_refusal_of(tried(asking(draft, product_id, possible)), product_id)

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(products, products, st.lists(orders, max_size=4))
    def test_what_a_shop_says_of_a_product_is_what_one_who_orders_it_now_gets(self, lamp, mug, queue):
        shop = Shop(lamp, mug, queue)
        said = availability.of([thing.pk for thing in shop.things], at=make.MONDAY)

        for number, thing in enumerate(shop.things):
            now = {"who": 1, "place": 0, "is_ship_complete": False, "warehouse_rule": "any", "wanted": None}
            one = tried(shop.draft({"lines": [(number, 1)], **now}))
            word, here, most, ships_on = astuple(said[thing.pk])
            if word == Word.OUT_OF_STOCK:
                assert (one[4], here, most, ships_on) == (0, 0, 0, None)
                continue
            assert one == [
                availability.LineQuote(thing.pk, int(word == Word.IN_STOCK), int(word == Word.ON_BACKORDER), ships_on)
            ]
            sold = tried(shop.draft({"lines": [(number, most or 1_000)], **now}))
            assert sum(offer.here for offer in sold) == here
            if most is not None:
                assert tried(shop.draft({"lines": [(number, most + 1)], **now}))[4] == most
