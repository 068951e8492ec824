"""Two customers who are one person are joined: what is of the one goes to the other, and nothing is lost."""

import pytest
from django.contrib.auth.models import User

from inventory.models import Assignment, Note
from inventory.notebook import assignments, hanging, notes, owners
from orders import joining
from orders.models import Customer, CustomerAddress, CustomerKey, Notice, NoticeState, Order
from orders.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def both():
    """Ann, and her twin from before there were keys; both wait for the same lamp."""
    lamp = make.product("LAMP")
    ann, twin = make.customer("Ann", "ann@shop.example"), make.customer("Anna", "other@shop.example")
    make.line(lamp, 2, who=ann, reference="A-1")
    make.line(lamp, 3, who=twin, reference="A-2")
    CustomerKey.objects.create(channel="shop", key="77", customer=twin)
    CustomerAddress.objects.create(name="Anna", street="1 Main St", city="Reno", customer=twin)
    Customer.objects.filter(pk=twin.pk).update(email="ann@shop.example\u200b", key=None, phone="555")
    return ann, Customer.objects.get(pk=twin.pk)


def test_orders_mails_and_numbers_go_to_the_one_that_stays(both):
    ann, twin = both

    shown = joining.preview(twin.pk)
    moved = joining.join(twin.pk, ann.pk, by=None, at=make.MONDAY)

    assert (
        moved
        == shown
        == {"orders": 1, "holds": 0, "numbers": 1, "addresses": 1, "refusals": 0, "notices": 1, "notes": 0}
    )
    assert set(Order.objects.values_list("customer", flat=True)) == {ann.pk}
    assert set(Notice.objects.values_list("customer", flat=True)) == {ann.pk}
    ann.refresh_from_db()
    twin.refresh_from_db()
    assert (ann.name, ann.email, ann.phone, ann.key) == ("Ann", "ann@shop.example", "555", "ANN@SHOP.EXAMPLE")
    assert (twin.name, twin.email, twin.phone, twin.key) == ("Anna (joined)", "", "", None)


def test_the_younger_one_may_stay_and_has_the_key_then(both):
    ann, twin = both

    joining.join(ann.pk, twin.pk, by=None, at=make.MONDAY)

    twin.refresh_from_db()
    assert (twin.email, twin.key) == ("ann@shop.example\u200b", "ANN@SHOP.EXAMPLE")
    assert set(Order.objects.values_list("customer", flat=True)) == {twin.pk}


def test_one_event_that_was_told_to_both_stays_two_mails(both):
    ann, twin = both
    Notice.objects.update(cause="inbound:7:1")

    joining.join(twin.pk, ann.pk, by=None, at=make.MONDAY)

    causes = list(Notice.objects.order_by("pk").values_list("customer", "cause"))
    assert causes == [(ann.pk, "inbound:7:1"), (ann.pk, f"inbound:7:1~{Notice.objects.latest('pk').pk}")]


def test_what_cannot_be_joined_is_said_and_nothing_moves(both):
    ann, twin = both
    Notice.objects.filter(customer=twin).update(state=NoticeState.CLAIMED)

    with pytest.raises(joining.NotJoinable, match="just leaving"):
        joining.join(twin.pk, ann.pk, by=None, at=make.MONDAY)
    with pytest.raises(joining.NotJoinable, match="the same customer"):
        joining.join(ann.pk, ann.pk, by=None, at=make.MONDAY)

    assert Order.objects.filter(customer=twin).count() == 1


@pytest.mark.parametrize("is_busy", [True, False])
def test_notes_and_whose_turn_it_is_go_along_and_one_turn_stands(both, is_busy):
    ann, twin = both
    nils, mia = (User.objects.create_user(name, is_staff=True) for name in ("nils", "mia"))
    notes.write([hanging.key(ann), hanging.key(twin)], "Called.", by=nils, at=make.MONDAY, key="page-7")
    assignments.assign([hanging.key(twin)], owners.person(nils), by=nils, at=make.MONDAY)
    if is_busy:
        assignments.assign([hanging.key(ann)], owners.person(mia), by=nils, at=make.MONDAY)

    shown = joining.preview(twin.pk)
    moved = joining.join(twin.pk, ann.pk, by=mia, at=make.MONDAY)

    assert moved["notes"] == shown["notes"] == 1
    assert set(Note.objects.values_list("object_id", "text")) == {(ann.pk, "Called.")}
    assert Note.objects.count() == 2
    standing = Assignment.objects.get(ended_at=None)
    assert (standing.object_id, standing.person) == (ann.pk, mia if is_busy else nils)
    assert set(Assignment.objects.values_list("object_id", flat=True)) == {ann.pk}
