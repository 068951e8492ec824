"""What is named is a link for those who may open it, and plain text with the reason for the others."""

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.people import roles
from backoffice.people.roles import AUDITOR, BUYER, CUSTOMER_SERVICE, OPERATIONS
from backoffice.tests import people
from inventory.desk import reader
from inventory.desk.tables import link
from inventory.models import Stock, Warehouse
from inventory.tests.hands import Hands
from orders.models import Notice, OrderLine, Shipment
from orders.queue import counting
from orders.tests import make
from suppliers.models import PurchaseOrder
from suppliers.tests import make as buy

pytestmark = pytest.mark.django_db
CHIP = re.compile(r'<(a|span) class="chip (\w+)"(?: href="([^"]*)")?(?: title="([^"]*)")?>([^<]*)</')


@pytest.fixture(autouse=True)
def _monday(settings) -> Iterator[None]:
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    with time_machine.travel(people.MONDAY, tick=False):
        yield


@pytest.fixture
def shop() -> people.Shop:
    return people.shop()


def read_by(role: str):
    request = RequestFactory().get("/")
    request.user = people.person(role)
    return reader.of(request)


def page(role: str, name: str, *args, **query) -> str:
    known = User.objects.filter(groups__name=role).first()
    client = Hands() if known else people.browser(role)
    if known:
        client.force_login(known)
    return str(client.get(reverse(f"admin:{name}", args=args), query).content.decode())


def change(label: str, shop: people.Shop) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_change", args=[shop.pk(label)])


def chips(text: str) -> dict[str, tuple[str, str]]:
    """By its words: where a chip leads, and what it says of itself."""
    return {found[4]: (found[2], found[3]) for found in CHIP.findall(text)}


@pytest.mark.parametrize(
    ("role", "told"), [(CUSTOMER_SERVICE, "You may not open purchase orders."), (BUYER, ""), (OPERATIONS, "")]
)
def test_a_name_is_a_link_or_says_why_it_is_none(shop, role, told):
    pk = shop.pk("suppliers.purchaseorder")
    with read_by(role):
        shown = link("PO-1", "suppliers_purchaseorder_change", pk)

    plain = f'<span title="{told}">PO-1</span>'
    assert shown == (plain if told else f'<a href="{change("suppliers.purchaseorder", shop)}">PO-1</a>')


def test_what_is_added_and_what_screens_of_their_own_do_have_their_own_permission(shop):
    lamp = shop.pk("inventory.product")
    with read_by(AUDITOR):
        assert reader.why_not("suppliers_offer_add") == "You may not add offers."
        assert reader.why_not("auth_user_change") == "You may not open users."
        assert reader.why_not("order_product") == "You may not add purchase orders."
        assert reader.why_not("suppliers_offer_changelist") == ""
        assert reader.why_not("receive_inbound") == reader.why_not("nobody_knows_change") == ""
    with read_by(BUYER):
        assert link("order it", "order_product", lamp).startswith("<a ")
    assert reader.why_not("suppliers_offer_add") == ""


def test_who_reads_is_forgotten_with_the_request(shop):
    people.browser(CUSTOMER_SERVICE).get(reverse("admin:index"))

    assert reader.why_not("suppliers_purchaseorder_change") == ""


NAMED = {
    # the page of a row: what it leads to
    "orders.backorder": (
        "orders.order",
        "orders.customer",
        "inventory.product",
        "orders.notice",
        "inventory.warehouse",
    ),
    "suppliers.sent": ("inventory.product", "inventory.inbound"),
    "inventory.inbound": ("inventory.product", "inventory.warehouse"),
    "inventory.stock": ("inventory.product", "inventory.warehouse"),
    "suppliers.orderletter": ("suppliers.supplier", "suppliers.sent"),
    "suppliers.slip": ("suppliers.supplier", "inventory.product", "suppliers.sent"),
    "suppliers.delivery": ("suppliers.supplier", "inventory.product"),
    "orders.notice": ("orders.customer", "orders.order", "inventory.product"),
}


@pytest.mark.proof
@pytest.mark.parametrize("label", NAMED)
def test_the_page_of_a_row_leads_to_all_that_it_names(shop, label):
    shop.rows["suppliers.sent"] = PurchaseOrder.objects.get(pk=shop.pk("suppliers.sent"))
    places = {"suppliers.sent": "suppliers.purchaseorder"}
    name = places.get(label, label).replace(".", "_")
    text = page(AUDITOR, f"{name}_change", shop.pk(label))

    wanted = {
        reverse(f"admin:{places.get(each, each).replace('.', '_')}_change", args=[shop.pk(each)])
        for each in NAMED[label]
    }
    assert {address for address in wanted if f'href="{address}"' not in text} == set()


def test_a_page_names_what_customer_service_may_not_open_without_a_link(shop):
    buyers = page(BUYER, "inventory_product_change", shop.pk("inventory.product"))
    text = page(CUSTOMER_SERVICE, "inventory_product_change", shop.pk("inventory.product"))

    offers = reverse("admin:suppliers_offer_changelist")
    assert f'href="{offers}' in buyers
    assert f'href="{offers}' not in text
    assert '<span title="You may not open offers.">Offers</span>' in text


def test_lists_lead_to_what_their_rows_belong_to(shop):
    text = page(OPERATIONS, "suppliers_purchaseorder_changelist")
    shipments = page(OPERATIONS, "orders_shipment_changelist")

    assert f'<a href="{change("suppliers.supplier", shop)}">Nordlys</a>' in text
    [left] = Shipment.objects.select_related("order")
    assert f'<a href="{reverse("admin:orders_order_change", args=[left.order_id])}">SO-2</a>' in shipments


def waiting() -> OrderLine:
    """Two here, three on their way, five that nobody brings."""
    lamp = make.product("LAMP-1", name="Oak lamp")
    make.on_hand(lamp, 2)
    make.coming(lamp, 3, on=people.in_days(10), reference="C-7")
    return make.line(lamp, 10, who=make.customer("Lena Ortiz"))


def test_the_chips_of_the_queue_are_links():
    roles.keep()
    line = waiting()
    shown = chips(page(BUYER, "orders_backorder_changelist"))

    inbound = line.product.inbound.get()
    assert shown["on hand · BER · 2"][0] == reverse(
        "admin:inventory_stock_change", args=[Stock.objects.get(product=line.product).pk]
    )
    assert shown["C-7 · 3"][0] == reverse("admin:inbound_order", args=[inbound.pk])
    assert shown["no supply · 5"] == (
        f"{reverse('admin:order_product', args=[line.product_id])}?warehouse={Warehouse.objects.get().pk}",
        "No inbound covers these units: order it, or add a supplier.",
    )
    assert shown["queued"][0] == reverse("admin:orders_notice_change", args=[Notice.objects.get().pk])
    assert shown["no date"][0] == reverse("admin:orders_backorder_change", args=[line.pk])


def test_no_supply_is_plain_for_those_who_may_not_order_and_says_so():
    roles.keep()
    waiting()

    shown = chips(page(CUSTOMER_SERVICE, "orders_backorder_changelist"))

    assert shown["no supply · 5"] == (
        "",
        "No inbound covers these units: order it, or add a supplier. You may not add purchase orders.",
    )


def test_links_cost_the_queue_no_query():
    roles.keep()
    counts, client = [], people.browser(OPERATIONS)
    client.get("/admin/")  # what they have not read is counted once in a while
    for _ in range(2):
        for _ in range(4):
            waiting_for = make.product()
            make.line(waiting_for, 3, who=make.customer(f"Lena {waiting_for.pk}"))
        counting.forget()
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("admin:orders_backorder_changelist"))
        counts.append(len(captured))

    assert counts[0] == counts[1]


# --- no supply ---------------------------------------------------------------------------------


def order_it(role: str, pk: int, **query):
    return people.browser(role).get(reverse("admin:order_product", args=[pk]), query)


def test_what_waits_without_supply_is_typed_into_an_order_already_in_whole_packs():
    roles.keep()
    line = waiting()
    offer = buy.offer(line.product, pack=4)
    place = Warehouse.objects.get()
    client = people.browser(BUYER)

    response = client.get(reverse("admin:order_product", args=[line.product_id]), {"warehouse": place.pk}, follow=True)

    form, row = response.context["form"], response.context["lines"].forms[0]
    assert (form["supplier"].value(), form["warehouse"].value()) == (str(offer.supplier_id), str(place.pk))
    assert (row["sku"].value(), row["units"].value()) == ("LAMP-1", "8")

    sent = {"supplier": offer.supplier_id, "warehouse": place.pk, "lines-0-sku": "LAMP-1", "lines-0-units": "8"}
    client.post(response.redirect_chain[0][0], {"lines-TOTAL_FORMS": "5", "lines-INITIAL_FORMS": "0", **sent})

    assert [(each.product, each.quantity) for each in PurchaseOrder.objects.get().lines.all()] == [(line.product, 8)]


def test_what_is_approved_and_not_sent_is_named_first_and_not_asked_for_again():
    roles.keep()
    line = waiting()
    offer = buy.offer(line.product)
    orders = [buy.approved((offer, 2)), buy.approved((buy.offer(line.product, buy.supplier("Osen")), 1))]
    url = reverse("admin:order_product", args=[line.product_id])

    response = people.browser(BUYER).get(url, follow=True)

    [told] = response.context["messages"]
    links = ", ".join(
        f'<a href="{reverse("admin:suppliers_purchaseorder_change", args=[each.pk])}">{each}</a>' for each in orders
    )
    said = f"3 LAMP-1 are approved and not sent: {links}. Send that first; the units below come on top."
    assert (str(told), response.context["lines"].forms[0]["units"].value()) == (said, "2")


def test_a_product_that_nobody_offers_leads_to_a_new_offer_of_it():
    roles.keep()
    lamp = waiting().product

    response = order_it(BUYER, lamp.pk)

    assert response.url == f"{reverse('admin:suppliers_offer_add')}?product={lamp.pk}"


def test_a_capacity_below_the_minimum_still_leads_to_an_order():
    roles.keep()
    lamp = waiting().product
    buy.offer(lamp, minimum=10, capacity=4)

    assert "units=1" in order_it(BUYER, lamp.pk).url


@pytest.mark.parametrize("warehouse", ["x", "9" * 30, "", "-1"])
def test_a_warehouse_that_nobody_made_is_left_out(warehouse):
    roles.keep()
    lamp = waiting().product
    buy.offer(lamp)

    assert "warehouse" not in order_it(BUYER, lamp.pk, warehouse=warehouse).url


# --- can ship now -------------------------------------------------------------------------------


def offered(role: str, **query) -> list[str]:
    text = page(role, "orders_backorder_changelist", **query)
    return re.findall(r'type="hidden" name="action" value="(\w+)"', text)


def test_can_ship_now_has_ship_first_for_those_who_may_and_other_lists_have_not():
    roles.keep()
    lamp = make.product("LAMP-1")
    make.on_hand(lamp, 2)
    make.line(lamp, 10)

    assert offered(OPERATIONS, tab="ship")[0] == "ship"
    assert offered(OPERATIONS, tab="due") == []
    assert "ship" not in offered(OPERATIONS)
    assert "ship" not in offered(CUSTOMER_SERVICE, tab="ship")


def test_ship_leads_the_orders_of_the_chosen_lines_to_the_shipping_desk():
    roles.keep()
    lamp, mug = make.product("LAMP-1"), make.product("MUG-1")
    make.on_hand(lamp, 5)
    make.on_hand(mug, 5)
    one, other = make.order((lamp, 2), (mug, 1)), make.order((lamp, 1))
    make.order((mug, 1))
    chosen = [*one.lines.values_list("pk", flat=True), *other.lines.values_list("pk", flat=True)]
    client = people.browser(OPERATIONS)

    response = client.post(
        f"{reverse('admin:orders_backorder_changelist')}?tab=ship", {"action": "ship", "_selected_action": chosen}
    )

    assert response.url == f"{reverse('admin:orders_order_ship')}?ids={one.pk},{other.pk}"
    client.agree(response.url)
    assert set(Shipment.objects.values_list("order", flat=True)) == {one.pk, other.pk}
