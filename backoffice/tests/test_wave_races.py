"""Waves that hold nothing, with several clocks at once: at the end of one the next are told, once, of what is there."""

from collections import Counter
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connections

from inventory.models import BackorderPolicy, Stock
from inventory.supply import inbound
from orders import fulfillment
from orders.models import RestockLetter, RestockRequest
from orders.tests import make
from orders.tests.askers import waiting
from orders.tests.books import assert_balanced
from orders.waiting_list import holding
from orders.waiting_list.letters import restock_outbox

from . import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
NOON = make.MONDAY.replace(hour=12, minute=0)
DEADLINE = NOON + timedelta(hours=4)
ASKERS, WANTED, UNITS = 60, 5, 16
FIRST = 16
"""Told first: one in ten orders five, as long as nothing is known, and half of 16 is what they are likely to order."""
NEXT = 29
"""Told next: none of 16 has ordered, so that 2 of 36 are believed to."""


def opened():
    """As the shop is set, in this process."""
    settings.RESTOCK_LIST, settings.SHOP_ADDRESS, settings.WAVES_HOLD = True, "Quay 4", False


@pytest.fixture(autouse=True)
def _opened(settings):
    settings.RESTOCK_LIST, settings.SHOP_ADDRESS, settings.WAVES_HOLD = True, "Quay 4", False


def tick(at):
    """What the clock does, and how many it has told."""
    opened()
    try:
        holding.expire(at=at)
        holding.close(at=at)
        return holding.go_on(at=at)
    finally:
        connections.close_all()


def buy(product_id, customer_id, warehouse_id):
    opened()
    lines = (fulfillment.LineDraft(product_id, 2),)
    draft = fulfillment.OrderDraft("shop", f"SO-{customer_id}", customer_id, warehouse_id, lines, DEADLINE)
    try:
        return fulfillment.place(draft, by=None, at=DEADLINE).reference
    finally:
        connections.close_all()


def wave():
    """Sixteen were told, by mail, of units of which nobody has ordered any."""
    thing = make.product("LAMP", backorder_policy=BackorderPolicy.NEVER)
    askers = [waiting(thing, WANTED).pk for _ in range(ASKERS)]
    row = make.coming(thing, UNITS, on=make.TODAY + timedelta(days=1), at=NOON)
    inbound.receive([inbound.Receipt(row.pk, UNITS)], by=None, at=NOON)
    RestockLetter.objects.filter(state="queued", kind="offer").update(state="sent", sent_at=NOON)
    assert states(askers) == ["offered"] * FIRST + ["waiting"] * (ASKERS - FIRST)
    return thing, askers


def states(askers):
    return list(RestockRequest.objects.filter(pk__in=askers).order_by("pk").values_list("state", flat=True))


def told(askers):
    """How many offers each was told of."""
    letters = RestockLetter.objects.filter(kind="offer", request__in=askers)
    times = Counter(letters.values_list("request", flat=True))
    return [times[asker] for asker in askers]


def test_eight_clocks_at_the_end_of_a_wave_tell_the_next_once():
    _, askers = wave()

    found = race.run(tick, [(DEADLINE,)] * 8)

    assert sorted(found) == [0] * 7 + [NEXT]
    assert states(askers) == ["lapsed"] * FIRST + ["offered"] * NEXT + ["waiting"] * (ASKERS - FIRST - NEXT)
    assert told(askers) == [1] * (FIRST + NEXT) + [0] * (ASKERS - FIRST - NEXT)
    assert tick(DEADLINE) == 0
    assert_balanced(at=DEADLINE)


def test_with_the_lock_taken_out_the_same_race_is_lost():
    _, askers = wave()

    found = race.run(tick, [(DEADLINE,)] * 8, unguarded=True)

    assert Counter(found) != {0: 7, NEXT: 1} or max(told(askers)) > 1, found


def test_what_is_sold_while_the_clocks_tell_is_sold_once_and_nobody_reads_of_it():
    thing, askers = wave()
    place = Stock.objects.get(product=thing).warehouse_id
    buyers = [(thing.pk, make.customer().pk, place) for _ in range(UNITS // 2)]

    found = race.run(one, [("tick", (DEADLINE,))] * 4 + [("buy", buyer) for buyer in buyers])

    assert len({reference for reference in found if isinstance(reference, str)}) == len(buyers)
    assert Stock.objects.values_list("allocated", "held", "available").get(product=thing) == (UNITS, 0, 0)
    count = sum(told(askers))
    assert told(askers) == [1] * count + [0] * (ASKERS - count)
    queued = list(RestockLetter.objects.filter(kind="offer", state="queued"))
    assert [restock_outbox.compose(letter, at=DEADLINE) for letter in queued] == [None] * len(queued)
    assert_balanced(at=DEADLINE)


def one(name, given):
    return {"tick": tick, "buy": buy}[name](*given)
