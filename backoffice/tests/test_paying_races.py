"""The last units of orders that are not paid: paid, given back by the clock and bought by others, all at one moment."""

import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Count, Sum

from backoffice.books import audit
from inventory.models import BackorderPolicy, Stock
from orders import fulfillment
from orders.fulfillment.payment import lapsing
from orders.models import Allocation, Channel, NoticeLine, OrderEvent, OrderLine, OrderPayment
from orders.models.payment import OUT, RESERVED
from orders.tests import make

from . import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OVER = NOW + timedelta(hours=1)
UNITS = 30


def unpaid_orders(units=UNITS):
    """So many orders of one lamp each, which have all that is here and are not paid; the lamp may not wait."""
    lamp = make.product("LAMP", backorder_policy=BackorderPolicy.NEVER)
    make.on_hand(lamp, units)
    Channel.objects.create(name="bank", arrives_unpaid=True)
    lena, ber = make.customer(), make.warehouse()
    orders = [make.order((lamp, 1), who=lena, place=ber, channel="bank", at=NOW).pk for _ in range(units)]
    return lamp, lena, ber, orders


def pay(orders):
    found = []
    for pk in orders:
        try:
            found.append(fulfillment.pay(pk, by=None, at=OVER).name)
        except Exception as error:
            found.append(type(error).__name__)
    return found


def release(units):
    done = 0
    while OrderPayment.objects.filter(RESERVED).exists():
        done += fulfillment.release_due(at=OVER)
    return [done]


def buy(product, customer, place, name):
    """Ask for a lamp again and again until none can be free any more; then as often as there were lamps."""
    found, left = [], UNITS
    while left:
        left -= not OrderPayment.objects.filter(RESERVED).exists()
        lines = (fulfillment.LineDraft(product, 1),)
        draft = fulfillment.OrderDraft("race", f"{name}-{len(found)}", customer, place, lines, OVER)
        try:
            fulfillment.place(draft, by=None, at=OVER)
            found.append("BOUGHT")
        except Exception as error:
            found.append(type(error).__name__)
    return found


def at(work, *given):
    return globals()[work](*given)


def all_at_once(*, unguarded=False):
    lamp, lena, ber, orders = unpaid_orders()
    buyers = [("buy", lamp.pk, lena.pk, ber.pk, f"p{number}") for number in range(3)]
    work = [("pay", orders[::-1]), ("release", UNITS), ("release", UNITS), *buyers]
    return race.run(at, work, unguarded=unguarded)


def is_sold_once(found):
    here = OrderLine.objects.aggregate(here=Sum("allocated"))["here"]
    twice = Allocation.objects.values("line").annotate(n=Count("pk")).filter(n__gt=1).exists()
    expected = {"IN_TIME", "LATE", "UNSOLD", "NotToPay", "BOUGHT", "BackorderLimit"}
    told = {word for some in found for word in some if isinstance(word, str)}
    return (
        told <= expected and here == UNITS == Stock.objects.get().allocated and not twice
        and not OrderLine.objects.filter(backordered__gt=0, is_stopped=False).exists()
        and audit.balances(audit.run(at=OVER))
    )  # fmt: skip


def test_the_last_units_are_sold_once_whoever_pays_gives_back_or_buys_at_that_moment():
    found = all_at_once()

    assert is_sold_once(found)
    paid = found[0]
    assert len(paid) == UNITS == OrderPayment.objects.filter(paid_at__isnull=False).count()
    assert paid.count("UNSOLD") == OrderPayment.objects.filter(OUT, paid_at__isnull=False).count()
    bought = [word for some in found[3:] for word in some].count("BOUGHT")
    assert bought + paid.count("IN_TIME") + paid.count("LATE") == UNITS
    assert OrderEvent.objects.filter(kind="paid").count() == UNITS


def test_without_the_lock_the_same_race_is_lost():
    assert not is_sold_once(all_at_once(unguarded=True))


def release_and_die(after):
    """In a process of its own: a worker that is killed in the middle of an order, when it has written part of it."""
    commit, done = lapsing.whole.allocation.door.Queue.commit, 0

    def commit_and_die(self, **given):
        nonlocal done
        done += 1
        result = commit(self, **given)
        if done > after:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    lapsing.whole.allocation.door.Queue.commit = commit_and_die
    fulfillment.release_due(at=OVER)


def test_a_worker_killed_in_the_middle_leaves_whole_orders_and_the_next_one_goes_on():
    unpaid_orders(6)
    worker = race.start(release_and_die, 3)
    worker.join(60)

    assert worker.exitcode == -signal.SIGKILL
    assert OrderPayment.objects.filter(released_at__isnull=False).count() == 3
    assert OrderEvent.objects.filter(kind="released").count() == 3
    assert OrderLine.objects.filter(is_stopped=True, allocated=0).count() == 3
    assert Stock.objects.get().allocated == 3
    assert audit.balances(audit.run(at=OVER))

    assert fulfillment.release_due(at=OVER) == 3
    assert Stock.objects.get().allocated == 0
    assert audit.balances(audit.run(at=OVER))


def cancel_and_die(after):
    cancel, done = lapsing.cancellation.cancel, 0

    def cancel_then_die(wanted, **given):
        nonlocal done
        done += 1
        units = cancel(wanted, **given)
        if done > after:
            os.kill(os.getpid(), signal.SIGKILL)
        return units

    lapsing.cancellation.cancel = cancel_then_die
    fulfillment.cancel_due(at=NOW + timedelta(days=7))


def test_who_never_paid_hears_once_that_it_is_canceled_though_a_worker_was_killed_in_the_middle():
    unpaid_orders(5)
    worker = race.start(cancel_and_die, 2)
    worker.join(60)

    assert worker.exitcode == -signal.SIGKILL
    assert OrderLine.objects.filter(canceled=1).count() == NoticeLine.objects.filter(kind="canceled").count() == 2

    assert fulfillment.cancel_due(at=NOW + timedelta(days=7)) == 3
    assert NoticeLine.objects.filter(kind="canceled").values("line").distinct().count() == 5
    assert NoticeLine.objects.filter(kind="canceled").count() == 5
    assert audit.balances(audit.run(at=NOW + timedelta(days=7)))


def test_two_clocks_at_once_release_and_cancel_each_order_once():
    unpaid_orders(20)

    assert sum(found[0] for found in race.run(release, [(20,)] * 3)) == 20

    assert OrderEvent.objects.filter(kind="released").count() == 20
