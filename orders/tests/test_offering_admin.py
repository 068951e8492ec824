"""What staff are told before they offer another product: what there is of it."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.core.cache import cache

from orders.models import Order, WarehouseRule

from . import make
from .test_controls import NOW, preview, url

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def staff(client):
    user = User.objects.create_user("olga", is_staff=True)
    names = ["view_orderline", "view_order", "substitute_orderline"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    return client


@pytest.fixture
def queue():
    lamp = make.product("LAMP")
    return [make.line(lamp, 2) for _ in range(2)]


@pytest.mark.parametrize(
    ("here", "policy", "words"),
    [
        (4, {}, "All 4 of BIRCH lie free. Nothing is kept for an offer."),
        (3, {}, "Of the 4 of BIRCH 3 lie free, and all could ship by 24 Mar 2026. Nothing is kept for an offer."),
        (1, {"backorder_policy": "never"}, "Of the 4 of BIRCH only 1 may be sold now. Nothing is kept for an offer."),
    ],
)
def test_who_offers_another_product_is_told_what_there_is_of_it(staff, queue, here, policy, words):
    birch = make.product("BIRCH", **policy)
    make.on_hand(birch, here)
    make.coming(birch, 9, on=make.TODAY + timedelta(days=20))

    page = preview(staff, "offer", *queue, product="birch")

    assert words in page.content.decode()
    assert "lie free" not in staff.get(url("offer", *queue)).content.decode()
    assert "of BIRCH" not in preview(staff, "offer", *queue, product="").content.decode()


def test_units_from_where_an_order_does_not_ship_do_not_lie_free_for_it(staff, queue):
    birch = make.product("BIRCH")
    make.on_hand(birch, 9, place=make.warehouse("FAR"))
    bound = Order.objects.filter(pk=queue[0].order_id)
    bound.update(warehouse_rule=WarehouseRule.PREFERRED)

    page = preview(staff, "offer", *queue, product="birch")

    assert "Of the 4 of BIRCH 2 lie free, and no date can be given for what is missing." in page.content.decode()
