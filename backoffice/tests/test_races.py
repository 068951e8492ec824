import importlib
import os
import signal
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Sum

from backoffice.books import audit
from inventory.models import Movement, Stock
from inventory.supply import counts, inbound
from orders import fulfillment
from orders.models import Allocation, OrderLine
from orders.tests import make

from . import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def buy(products, customer, place, name, orders):
    """Place so many orders of one unit of each product; give how many went in, and the errors of the others."""
    errors = []
    for number in range(orders):
        lines = tuple(fulfillment.LineDraft(product, 1) for product in products)
        draft = fulfillment.OrderDraft("race", f"{name}-{number}", customer, place, lines, NOW)
        try:
            fulfillment.place(draft, by=None, at=NOW)
        except Exception as error:
            errors.append(type(error).__name__)
    return errors


def test_many_buyers_for_few_units_get_each_unit_once():
    lamp = make.product()
    make.on_hand(lamp, 50)
    lena, ber = make.customer(), make.warehouse()

    errors = race.run(buy, [([lamp.pk], lena.pk, ber.pk, f"p{place}", 20) for place in range(4)])

    assert errors == [[], [], [], []]
    assert OrderLine.objects.aggregate(here=Sum("allocated"), waits=Sum("backordered")) == {"here": 50, "waits": 30}
    assert Stock.objects.get().allocated == 50
    assert len(set(OrderLine.objects.values_list("queue_at", flat=True))) == 80
    assert audit.balances(audit.run(at=NOW))


def test_without_the_lock_the_same_race_is_lost():
    lamp = make.product()
    make.on_hand(lamp, 50)
    lena, ber = make.customer(), make.warehouse()

    errors = race.run(buy, [([lamp.pk], lena.pk, ber.pk, f"p{place}", 20) for place in range(4)], unguarded=True)

    places = OrderLine.objects.values_list("queue_at", flat=True)
    balanced = audit.balances(audit.run(at=NOW))
    assert any(errors) or len(set(places)) < len(places) or not balanced


def test_orders_that_name_products_in_opposite_order_never_deadlock():
    lamp, mug = make.product(), make.product()
    make.on_hand(lamp, 10)
    make.on_hand(mug, 10)
    lena, ber = make.customer(), make.warehouse()
    there, back = [lamp.pk, mug.pk], [mug.pk, lamp.pk]

    errors = race.run(buy, [(order, lena.pk, ber.pk, f"p{place}", 15) for place, order in enumerate((there, back) * 2)])

    assert errors == [[], [], [], []]
    assert [row.allocated for row in Stock.objects.order_by("pk")] == [10, 10]
    assert audit.balances(audit.run(at=NOW))


def receive_one_by_one(inbound_id, times):
    got = 0
    for _ in range(times):
        try:
            inbound.receive([inbound.Receipt(inbound_id, 1)], by=None, at=NOW)
            got += 1
        except inbound.OverReceipt:
            pass
    return got


def test_two_people_who_receive_the_same_lorry_get_its_units_once_and_the_one_more_that_may_come():
    lamp = make.product()
    lorry = make.coming(lamp, 10, on=make.TODAY)
    make.line(lamp, 7)

    got = race.run(receive_one_by_one, [(lorry.pk, 8), (lorry.pk, 8)])

    lorry.refresh_from_db()
    assert sum(got) == 11
    assert (lorry.received, lorry.surplus, Stock.objects.get().on_hand) == (10, 1, 11)
    assert audit.balances(audit.run(at=NOW))


def cancel_all(line_ids):
    for pk in line_ids:
        try:
            fulfillment.cancel([fulfillment.LineUnits(pk)], reason="race", by=None, at=NOW)
        except fulfillment.NothingToCancel:
            continue
    return []


def count_again_and_again(product_id, place, times):
    for number in range(times):
        counts.count([counts.Count(product_id, place, 20 + number % 3)], by=None, at=NOW)
    return []


def ship_what_is_here(times):
    for _ in range(times):
        for pk in OrderLine.objects.filter(allocated__gt=0).values_list("pk", flat=True):
            try:
                fulfillment.ship([fulfillment.LineUnits(pk, 1)], by=None, at=NOW)
            except fulfillment.NothingToShip:
                continue
    return []


def test_counting_shipping_canceling_and_receiving_at_once_leaves_the_books_balanced():
    lamp = make.product()
    ber = make.warehouse()
    make.on_hand(lamp, 20)
    lorry = make.coming(lamp, 30, on=make.TODAY + timedelta(days=1))
    lines = [make.line(lamp, 3) for _ in range(20)]
    work = [
        ("count_again_and_again", lamp.pk, ber.pk, 10),
        ("ship_what_is_here", 2),
        ("cancel_all", [line.pk for line in lines[10:]]),
        ("receive_one_by_one", lorry.pk, 12),
    ]

    results = race.run(call, work)

    assert results == [[], [], [], 12]
    assert audit.balances(audit.run(at=NOW))


def call(name, *arguments):
    return globals()[name](*arguments)


POINTS = {
    "before the first write": ("inventory.ground.sql.bulk", "update"),
    "between the stock and its queue": ("orders.allocation", "settle"),
    "between the queue and its news": ("orders.allocation.writing", "tell"),
    "before the commit": ("django.db.backends.base.base", "BaseDatabaseWrapper.commit"),
}


def stop_at(point, reached):
    """Let this process stand still there, until it is killed."""

    def stop(*args, **kwargs):
        reached.set()
        time.sleep(60)

    module, name = POINTS[point]
    holder = importlib.import_module(module)
    *path, last = name.split(".")
    setattr(getattr(holder, *path) if path else holder, last, stop)


def receive_and_die(point, inbound_id, reached):
    stop_at(point, reached)
    inbound.receive([inbound.Receipt(inbound_id, 5)], by=None, at=NOW)


def books(lorry):
    lorry.refresh_from_db()
    claims = Allocation.objects.order_by("pk").values_list("quantity", "stock", "inbound")
    return lorry.received, Movement.objects.count(), list(Stock.objects.values_list("on_hand")), list(claims)


@pytest.mark.parametrize("point", POINTS)
def test_a_process_killed_in_a_receipt_leaves_nothing_of_it(point):
    lamp = make.product()
    lorry = make.coming(lamp, 5, on=make.TODAY)
    make.line(lamp, 3)
    before = books(lorry)
    reached = race.PROCESSES.Event()
    worker = race.start(receive_and_die, point, lorry.pk, reached)
    assert reached.wait(60)

    os.kill(worker.pid, signal.SIGKILL)
    worker.join(30)

    assert books(lorry) == before
    assert audit.balances(audit.run(at=NOW))
    make.arrived(lorry, 5)
    assert Allocation.objects.get().stock is not None
    assert audit.balances(audit.run(at=NOW))


def receive_and_live_on(inbound_id, done):
    inbound.receive([inbound.Receipt(inbound_id, 5)], by=None, at=NOW)
    done.set()
    time.sleep(60)


def test_a_process_killed_after_a_receipt_leaves_all_of_it():
    lamp = make.product()
    lorry = make.coming(lamp, 5, on=make.TODAY)
    line = make.line(lamp, 3)
    done = race.PROCESSES.Event()
    worker = race.start(receive_and_live_on, lorry.pk, done)
    assert done.wait(60)

    os.kill(worker.pid, signal.SIGKILL)
    worker.join(30)

    line.refresh_from_db()
    lorry.refresh_from_db()
    assert (lorry.received, Stock.objects.get().on_hand, line.allocated) == (5, 5, 3)
    assert audit.balances(audit.run(at=NOW))
