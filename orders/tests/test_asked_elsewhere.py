"""What a customer asked to have sent elsewhere does not leave by the desk until somebody answers."""

import pytest
from django.contrib.auth.models import Group, User

from inventory.models import Alert
from inventory.notebook import alerts, hanging, owners
from orders import fulfillment, shipping
from orders.fulfillment.changes import addressing
from orders.models import PageAct, PageActKind, Parcel
from orders.tests import make
from orders.tests.make import MONDAY

pytestmark = pytest.mark.django_db
FIRST = "is asked for at another address, and nobody has answered: do so first, or ship it from its own page"
STOP = "is asked for at another address, and nobody has answered: do so first, or stop its parcel"
ELM = fulfillment.Address("Lena", "Elm Street 4", "Springfield", postal_code="12345", country="DE")


@pytest.fixture
def floor() -> User:
    return User.objects.create_user("robin")


@pytest.fixture
def orders():
    make.on_hand(lamp := make.product(), 9)
    return [make.order((lamp, 2), reference=f"SO-{number}") for number in (1, 2)]


def wish(order, number=1):
    return PageAct.objects.create(order=order, number=number, kind=PageActKind.ADDRESS, sent="", text="", at=MONDAY)


def seen():
    choice = shipping.look(make.warehouse().pk, at=MONDAY)
    return [str(each.order) for each in choice.leaving], {str(order): why for order, why in choice.staying.items()}


def printed(orders, by):
    batch, staying = shipping.make(make.warehouse().pk, [order.pk for order in orders], by=by, at=MONDAY)
    return batch, {str(order): why for order, why in staying.items()}


def handed_over(batch, by):
    done = shipping.hand_over(batch.pk, by=by, at=MONDAY)
    return [str(each.order) for each in done.shipments], {str(each.order): why for each, why in done.staying.items()}


def move(order):
    fulfillment.ship_to(order.pk, ELM, reason="asked", keeps=False, by=None, at=MONDAY)


def solve(act, by):
    key, role = hanging.key(act), Group.objects.create(name="service")
    alerts.raise_all([alerts.Matter("asked", key, "x", MONDAY.date(), owners.role(role))], by=None, at=MONDAY)
    alerts.solve([Alert.objects.get().pk], reason="It stays as it is.", by=by, at=MONDAY)


def test_the_desk_leaves_it_out_and_says_why_and_holds_up_nobody(orders, floor):
    wish(orders[0])

    assert seen() == (["SO-2"], {"SO-1": FIRST})
    batch, staying = printed(orders, floor)
    assert staying == {"SO-1": FIRST}
    assert [str(parcel.order) for parcel in Parcel.objects.all()] == ["SO-2"]
    assert handed_over(batch, floor) == (["SO-2"], {})


def test_what_was_asked_for_in_the_moment_in_which_its_batch_was_printed_stays_in_it(orders, floor):
    batch, _ = printed(orders, floor)
    wish(orders[0])

    assert handed_over(batch, floor) == (["SO-2"], {"SO-1": STOP})
    with pytest.raises(shipping.NothingLeaves, match=f"Nothing of this batch leaves now. SO-1 {STOP}"):
        handed_over(batch, floor)
    assert orders[0].parcels.get().stands


@pytest.mark.parametrize("answer", ["another address", "solved"])
def test_what_is_answered_leaves(orders, floor, answer):
    act = wish(orders[0])
    if answer == "solved":
        solve(act, floor)
    else:
        move(orders[0])

    assert seen() == (["SO-1", "SO-2"], {})
    assert handed_over(printed(orders, floor)[0], floor) == (["SO-1", "SO-2"], {})


def test_an_answer_is_of_the_wish_that_it_answers(orders, floor):
    solve(wish(orders[0]), floor)
    newer = wish(orders[0], 2)

    assert addressing.unanswered([order.pk for order in orders]) == {orders[0].pk: newer.pk}
    assert seen() == (["SO-2"], {"SO-1": FIRST})


def test_what_solved_itself_answers_nobody(orders, floor):
    act = wish(orders[0])
    solve(act, floor)
    Alert.objects.update(solved_by=None)

    assert seen() == (["SO-2"], {"SO-1": FIRST})


def test_it_leaves_from_its_own_page(orders):
    wish(orders[0])

    assert [str(each.order) for each in fulfillment.ship_order(orders[0].pk, by=None, at=MONDAY)] == ["SO-1"]
