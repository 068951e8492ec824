"""Customers are joined while their orders are placed, moved, asked about, received and mailed: nobody is given up."""

import random
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.http import QueryDict

from backoffice.books import audit
from inventory.supply import inbound
from orders import fulfillment, joining
from orders.mail import notices
from orders.models import Customer, NoticeState, Order, OrderLine
from orders.models.customer import Hears
from orders.pages import deciding, standing
from orders.pages.acts import BY_NAME
from orders.pages.deeds import NotNow
from orders.tests import make
from orders.tests.books import assert_balanced

from . import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
AT = make.MONDAY
PAIRS, ORDERS, TURNS = 8, 4, 40
JUST_NOW = "Somebody is just changing one of the two. Nothing was joined: try again."
LEAVING = "A mail to this customer is just leaving. Try again in a minute."


def shop():
    """Eight who are two customers each, with orders of two things that are awaited."""
    lamp, mug = make.product("LAMP"), make.product("MUG")
    lorries = [make.coming(thing, 400, on=make.TODAY + timedelta(days=5)).pk for thing in (lamp, mug)]
    pairs = []
    for number in range(PAIRS):
        one = make.customer(f"Ann {number}", f"ann{number}@shop.example")
        twin = make.customer(f"Anna {number}", f"anna{number}@shop.example")
        for who in (one, twin):
            for _ in range(ORDERS):
                make.order((lamp, 2), (mug, 1), who=who)
        pairs.append((twin.pk, one.pk))
    return pairs, lorries, (lamp.pk, mug.pk), make.warehouse().pk


def join(pairs, dice):
    """Join them, asking again as a person does who reads that it cannot be done just now."""
    found = []
    for one, other in dice.sample(pairs, len(pairs)):
        for _ in range(400):
            try:
                joining.join(one, other, by=None, at=AT)
            except joining.NotJoinable as why:
                found.append(str(why))
                time.sleep(0.02 * dice.random())
            else:
                found.append("joined")
                break
    return found


def move(order, dice, *given):
    there = fulfillment.Address("Lena", f"{dice.randint(1, 999)} Quay", "Reno", postal_code="89501", country="US")
    fulfillment.ship_to(order.pk, there, reason="", keeps=True, by=None, at=AT)


def act(name, typed, order):
    deed, seen = BY_NAME[name], standing.of(order, at=AT)
    data = QueryDict(mutable=True)
    data.update({**typed, deciding.SEEN: deciding.seen(deed, seen), deciding.DO: "1"})
    deciding.decide(deed, order, data, at=AT)


def ask(order, dice, *given):
    act("ask", {"question": "Where is it?"}, order)


def hear(order, dice, *given):
    act("hears", {"hears": dice.choice(Hears.values)}, order)


def receive(order, dice, lorries, *given):
    inbound.receive([inbound.Receipt(dice.choice(lorries), 1)], by=None, at=AT)


def call_off(order, dice, *given):
    line = order.lines.order_by("?").first()
    fulfillment.cancel([fulfillment.LineUnits(line.pk, 1)], reason="called", by=None, at=AT)


def place(order, dice, lorries, products, warehouse):
    lines = tuple(fulfillment.LineDraft(pk, 1) for pk in products)
    reference = f"N-{dice.random()}"
    fulfillment.place(
        fulfillment.OrderDraft("race", reference, order.customer_id, warehouse, lines, AT), by=None, at=AT
    )


def mail(order, dice, *given):
    notices.send_due(at=AT + timedelta(days=2), limit=5)


DEEDS = (move, ask, hear, receive, call_off, place, mail)
REFUSED = (fulfillment.NothingToCancel, fulfillment.NotAnAddress, deciding.StandsOtherwise, NotNow)


def write(pairs, dice, *given):
    found = []
    people = [pk for pair in pairs for pk in pair]
    for _ in range(TURNS):
        deed = dice.choice(DEEDS)
        order = Order.objects.filter(customer__in=people).order_by("?").first()
        try:
            deed(order, dice, *given)
        except REFUSED:
            continue
        except OperationalError as error:
            found.append(f"{deed.__name__}: {type(error.__cause__).__name__}")
    return found


def work(is_joiner, seed, pairs, *given):
    dice = random.Random(seed)
    return join(pairs, dice) if is_joiner else write(pairs, dice, *given)


def test_customers_are_joined_while_all_is_done_to_their_orders_and_nobody_is_given_up():
    pairs, lorries, products, place_of = shop()
    halves = pairs[::2], pairs[1::2]
    given = [(True, 1, halves[0]), (True, 2, halves[1])]
    given += [(False, seed, pairs, lorries, products, place_of) for seed in range(3, 7)]

    found = race.run(work, given)

    joined, written = found[:2], found[2:]
    assert written == [[], [], [], []]
    assert [each.count("joined") for each in joined] == [PAIRS // 2, PAIRS // 2]
    assert {why for each in joined for why in each} <= {"joined", JUST_NOW, LEAVING}
    left = Customer.objects.filter(pk__in=[one for one, _ in pairs])
    assert {(row.email, row.name.endswith(" (joined)")) for row in left} == {("", True)}
    assert [finding.rule for finding in audit.run(at=AT) if finding.broken] == []
    assert_balanced(at=AT)
    for one, other in pairs:  # what was just being placed for them is joined the same way
        joining.join(one, other, by=None, at=AT)
    assert not Order.objects.filter(customer__in=left).exists()


# --- how it was ---------------------------------------------------------------------------------


def as_before(customer_id, into_id):
    """Hold the two customers against who only points at them, before the rows that point at them."""
    both = Customer.objects.filter(pk__in=(customer_id, into_id)).order_by("pk").select_for_update()
    return {row.pk: row for row in both}


def meet(is_joiner, was, pair, order_id):
    """One moves an order, looks for a while, and tells its customer; one joins that customer meanwhile."""
    if was:
        joining.lock_orders = lambda ids: None
        joining._locked = as_before
    try:
        if is_joiner:
            time.sleep(0.5)
            joining.join(*pair, by=None, at=AT)
            return "joined"
        with transaction.atomic():
            move(Order.objects.get(pk=order_id), random.Random(1))
            time.sleep(1.5)
            ask(Order.objects.get(pk=order_id), random.Random(1))
    except OperationalError as error:
        return type(error.__cause__).__name__
    return "told"


@pytest.mark.parametrize(("was", "ends"), [(False, {"joined", "told"}), (True, {"DeadlockDetected"})])
def test_who_writes_an_order_and_then_tells_its_customer_is_waited_for(was, ends):
    pairs, *_ = shop()
    order_id = Order.objects.filter(customer=pairs[0][0]).values_list("pk", flat=True)[0]

    found = set(race.run(meet, [(True, was, pairs[0], order_id), (False, was, pairs[0], order_id)]))

    assert ends <= found
    if not was:
        assert found == ends
        assert set(Order.objects.filter(pk=order_id).values_list("customer", flat=True)) == {pairs[0][1]}


def opposite(pair):
    try:
        return joining.join(*pair, by=None, at=AT) and "joined"
    except joining.NotJoinable as why:
        return str(why)


def test_two_who_join_the_same_two_the_other_way_round_do_not_wait_for_each_other():
    pairs, *_ = shop()

    found = race.run(opposite, [(pairs[0],), (pairs[0][::-1],)])

    assert set(found) <= {"joined", JUST_NOW}
    assert "joined" in found


def test_a_customer_whom_somebody_holds_is_not_waited_for_and_nothing_moves():
    pairs, *_ = shop()
    one, other = pairs[0]
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=other)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        found = race.run(opposite, [((one, other),)])

    assert found == [JUST_NOW]
    assert Order.objects.filter(customer=one).count() == ORDERS
    assert OrderLine.objects.filter(order__customer=one, notice_lines__notice__state=NoticeState.CLAIMED).count() == 0
