"""Random worlds that age by days and nights: no promise outlives its day, and nobody is told for ever."""

import contextlib
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from backoffice.books import audit
from inventory.models import Warehouse
from inventory.supply import transfers
from orders import fulfillment
from orders.mail import notices
from orders.models import NoticeLine, OrderLine
from orders.promising import by_hand
from orders.tests import make
from suppliers import closing, purchasing
from suppliers.models import Closure, Offer
from suppliers.tests.make import learned, line, offer, sent

from . import told_truly
from .grounds import facts, night_of, past

pytestmark = pytest.mark.proof

small = st.integers(1, 4)
ACTS = (
    "order",
    "ship",
    "send",
    "receive",
    "type",
    "hold",
    "withdraw",
    "close",
    "open",
    "transfer",
    "shut",
    "reopen",
    "none",
)
days = st.tuples(st.sampled_from(ACTS), small, st.integers(1, 12))


class RandomMonths(TestCase):
    """Worlds that age day by day, with now and then an act of somebody, and a night after each day."""

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(days, min_size=3, max_size=14), st.booleans(), st.integers(1, 3))
    def test_after_any_night_no_promise_lies_in_the_past_and_no_other_day_is_told_more_than_three_times(
        self, acts, is_complete, gap
    ):
        world = _World(is_complete)
        at = make.MONDAY
        for act, units, ahead in acts:
            world.do(act, units, ahead, at)
            at += timedelta(days=gap)
            night_of(at)
            assert past(at) == 0
        quiet = {row.pk: facts(row).count() for row in OrderLine.objects.open()}
        for _ in range(15):
            at += timedelta(days=2)
            night_of(at)
            assert past(at) == 0
            assert all(row.redated <= 3 for row in OrderLine.objects.open())
        for row in OrderLine.objects.open():
            assert facts(row).count() - quiet[row.pk] <= 6, row
        assert audit.balances(audit.run(at=at))


class _World:
    """Two products, one supplied and one not, in two warehouses."""

    def __init__(self, is_complete):
        self.berlin, self.hamburg = make.warehouse("BER"), make.warehouse("HAM", rank=2)
        self.offer = offer(make.product(), days=6)
        self.lamp, self.mug = self.offer.product, make.product()
        self.is_complete = is_complete
        self.orders = []
        make.on_hand(self.lamp, 3)
        make.on_hand(self.mug, 2, place=self.hamburg)
        learned()

    def do(self, act, units, ahead, at):
        getattr(self, f"_{act}")(units, at.date() + timedelta(days=ahead), at)

    def _none(self, units, day, at): ...

    def _order(self, units, day, at):
        wanted = day if units == 4 else None
        make.order((self.lamp, units), (self.mug, 1), at=at, is_ship_complete=self.is_complete, wanted_date=wanted)

    def _ship(self, units, day, at):
        here = OrderLine.objects.filter(allocated__gt=0, order__is_ship_complete=False).first()
        if here:
            with contextlib.suppress(fulfillment.WantedLater):
                fulfillment.ship([fulfillment.LineUnits(here.pk)], by=None, at=at)

    def _send(self, units, day, at):
        self.offer.refresh_from_db()
        is_shut = Closure.objects.filter(starts_on__lte=at.date(), ends_on__gte=at.date()).exists()
        if self.offer.is_active and not self.offer.supplier.is_on_hold and not is_shut:
            order = sent((self.offer, units), at=at)
            if units > 2:
                purchasing.confirm(order.pk, {line(order).pk: day}, by=None, at=at)
            self.orders.append(order)

    def _receive(self, units, day, at):
        if self.orders:
            order = self.orders.pop()
            purchasing.receive(order.pk, {line(order).pk: (line(order).quantity, 0)}, by=None, at=at)

    def _type(self, units, day, at):
        waiting = OrderLine.objects.backordered().first()
        if waiting:
            by_hand.set_date([waiting.pk], day, reason="called", by=None, at=at)

    def _hold(self, units, day, at):
        self.offer.supplier.is_on_hold = not self.offer.supplier.is_on_hold
        self.offer.supplier.save()
        make.on_hand(self.mug, units, place=self.hamburg, at=at)

    def _withdraw(self, units, day, at):
        Offer.objects.filter(pk=self.offer.pk).update(is_active=units > 2)

    def _shut(self, units, day, at):
        """The supplier closes from some day on, perhaps from days ago on."""
        first = day - timedelta(days=3)
        with contextlib.suppress(closing.NotAClosure):
            closing.close(self.offer.supplier_id, first, day + timedelta(days=units * 3), by=None, at=at)

    def _reopen(self, units, day, at):
        with contextlib.suppress(closing.NotAClosure):
            ids = Closure.objects.order_by("pk").values_list("pk", flat=True)[:1]
            closing.reopen(self.offer.supplier_id, list(ids), by=None, at=at)

    def _close(self, units, day, at):
        Warehouse.objects.filter(pk=self.hamburg.pk).update(is_open=False)

    def _open(self, units, day, at):
        Warehouse.objects.filter(pk=self.hamburg.pk).update(is_open=True)

    def _transfer(self, units, day, at):
        make.on_hand(self.mug, units, place=self.hamburg, at=at)
        try:
            draft = transfers.TransferDraft(self.hamburg.pk, self.berlin.pk, {self.mug.pk: units}, day)
            transfers.send(draft, by=None, at=at)
        except transfers.NotATransfer:
            """All of them are set aside for somebody."""


class RandomMonthsTold(TestCase):
    """The same worlds, with a clock that comes by and sends what is due."""

    @settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(days, min_size=3, max_size=8), st.booleans(), st.integers(1, 3))
    @example([("order", 3, 5), ("order", 4, 9), ("send", 3, 4)], False, 3)
    def test_no_day_that_was_told_passes_without_newer_news_and_none_is_computed_of_what_is_late(
        self, acts, is_complete, gap
    ):
        with self.settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
            world = _World(is_complete)
            for at in _days_of(world, acts, gap):
                assert list(told_truly.passed(at)) == []
        assert NoticeLine.objects.filter(notice__state="sent").exists() or not OrderLine.objects.exists()


def _days_of(world, acts, gap):
    """Let days pass, with the mails of each and a night behind it; gives each moment after a night."""
    at = make.MONDAY
    for act, units, ahead in [*acts, *[("none", 1, 1)] * 8]:
        world.do(act, units, ahead, at)
        for day in range(gap):
            _send(at + timedelta(days=day, hours=3))
            night = (at + timedelta(days=day + 1)).replace(hour=2, minute=10)
            night_of(night)
            yield night
            _send(night + timedelta(hours=8))
        at += timedelta(days=gap)


def _send(at):
    notices.send_due(at=at)
    assert list(told_truly.computed_while_late(at)) == []
