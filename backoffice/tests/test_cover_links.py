"""What covers a line leads to its purchase order, for others to what is on its way, else it says why it does not."""

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from backoffice.people import roles
from backoffice.people.roles import BUYER, CUSTOMER_SERVICE
from backoffice.tests import people
from backoffice.tests.test_links import change, chips, page, waiting
from inventory.models import Inbound
from inventory.tests.hands import Hands
from orders.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(settings) -> Iterator[None]:
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    with time_machine.travel(people.MONDAY, tick=False):
        yield


@pytest.fixture
def shop() -> people.Shop:
    return people.shop()


WHERE_COVER_IS_NAMED = {
    "orders_backorder_changelist": r"{} · \d+",  # the queue
    "orders_backorder_change": "{}",  # the page of a line
    "orders_order_change": "{}",  # the pages that answer a caller
    "orders_customer_change": "{}",
}


@pytest.mark.parametrize("name", WHERE_COVER_IS_NAMED)
def test_what_covers_a_line_leads_to_the_purchase_order_or_for_others_to_what_is_on_its_way(shop, name):
    sent, inbound = shop.rows["suppliers.sent"], shop.rows["inventory.inbound"]
    label = {"orders_order_change": "orders.order", "orders_customer_change": "orders.customer"}
    pks = [] if name.endswith("changelist") else [shop.pk(label.get(name, "orders.backorder"))]
    words = WHERE_COVER_IS_NAMED[name].format(inbound.reference)
    order, coming = change("suppliers.purchaseorder", shop), change("inventory.inbound", shop)
    order = order.replace(f"/{shop.pk('suppliers.purchaseorder')}/", f"/{sent.pk}/")
    way = reverse("admin:inbound_order", args=[inbound.pk])

    led = {
        role: set(re.findall(rf'href="([^"]*)"[^>]*>{words}</a>', page(role, name, *pks)))
        for role in (BUYER, CUSTOMER_SERVICE)
    }

    assert led == {BUYER: {way}, CUSTOMER_SERVICE: {coming}}
    assert follow(BUYER, inbound.pk) == order
    assert follow(CUSTOMER_SERVICE, inbound.pk) == coming


def follow(role: str, inbound_id: int) -> str:
    client = Hands()
    client.force_login(User.objects.get(groups__name=role))
    return str(client.get(reverse("admin:inbound_order", args=[inbound_id]))["Location"])


def test_what_is_no_purchase_order_leads_even_a_buyer_to_what_is_on_its_way(shop):
    people.person(BUYER)
    transfer = Inbound.objects.exclude(pk=shop.pk("inventory.inbound")).get(sender="HAM")

    assert follow(BUYER, transfer.pk) == reverse("admin:inventory_inbound_change", args=[transfer.pk])


def test_what_covers_a_line_is_plain_with_the_reason_for_who_may_open_neither():
    roles.keep()
    line = waiting()
    sight = Permission.objects.filter(codename__in=["view_orderline", "view_order"])
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(sight)
    client = Hands()
    client.force_login(clerk)

    shown = chips(client.get(reverse("admin:orders_backorder_changelist")).content.decode())

    assert shown["C-7 · 3"] == ("", "Nordlys, to BER You may not open inbound.")
    assert client.get(reverse("admin:inbound_order", args=[line.product.inbound.get().pk])).status_code == 403


def test_what_ships_together_and_what_is_here_lead_to_their_pages():
    roles.keep()
    lamp, mug = make.product("LAMP-1"), make.product("MUG-1")
    stock = make.on_hand(lamp, 2)
    partly = make.order((lamp, 3))
    complete = make.order((lamp, 3), (mug, 1), is_ship_complete=True)
    first, other = complete.lines.order_by("position")

    shelf = f'<a href="{reverse("admin:inventory_stock_change", args=[stock.pk])}">Here</a>'
    beside = f'<a href="{reverse("admin:orders_backorder_change", args=[other.pk])}">1 unit of MUG-1'
    assert shelf in page(BUYER, "orders_order_change", partly.pk)
    assert shelf in page(BUYER, "orders_backorder_change", partly.lines.get().pk)
    assert beside in page(BUYER, "orders_order_change", complete.pk)
    assert beside in page(BUYER, "orders_backorder_change", first.pk)
