"""The lists and pages of orders: their query budgets, an order typed in, shipped and canceled, a mail sent again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from inventory.ground.post import braking
from orders import fulfillment
from orders.fulfillment.afterwards import returns
from orders.models import Customer, Notice, NoticeState, Order, OrderLine, Refusal, Return, Shipment
from orders.tests import make

pytestmark = pytest.mark.django_db

BUDGET = {
    # statements of a list and of a page, however many rows: log-in, navigation, inbox, notes and kept views included
    "customer": (9, 12),
    "order": (10, 12),
    "notice": (10, 10),
    "shipment": (10, 9),
    "return": (10, 10),
    "refusal": (10, 9),
}


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(make.MONDAY, tick=False):
        yield


def world(size: int) -> None:
    """So many of everything, and one order with so many lines."""
    never = make.product(backorder_policy="never")
    things = [make.product() for _ in range(size)]
    for thing in things:
        make.on_hand(thing, 3)
        order = make.order((thing, 2))
        [parcel] = fulfillment.ship_order(order.pk, by=None, at=make.MONDAY)
        held = {row.pk: 1 for row in parcel.lines.all()}
        returns.take_in(parcel.pk, held, returns.CameBack(), by=None, at=make.MONDAY)
        with pytest.raises(fulfillment.BackorderLimit):
            make.order((never, 1))
    make.order(*((thing, 4) for thing in things))


@pytest.mark.parametrize("size", [2, 15])
def test_a_list_and_a_page_keep_their_query_budget(admin_client, django_assert_max_num_queries, subtests, size):
    ContentType.objects.get_for_models(*apps.get_models())  # read once by a process
    world(size)
    models = {
        "customer": Customer,
        "order": Order,
        "notice": Notice,
        "shipment": Shipment,
        "return": Return,
        "refusal": Refusal,
    }

    for model, (most_of_list, most_of_page) in BUDGET.items():
        last = models[model].objects.order_by("-pk")[0]
        cache.clear()  # each is the first that is opened
        with subtests.test(model=model):
            with django_assert_max_num_queries(most_of_list):
                listed = admin_client.get(reverse(f"admin:orders_{model}_changelist"))
            with django_assert_max_num_queries(most_of_page):
                page = admin_client.get(reverse(f"admin:orders_{model}_change", args=[last.pk]))

            assert (listed.status_code, page.status_code) == (200, 200)


def typed(**fields) -> dict:
    return {
        "customer": "lena@example.com", "reference": "CS-1", "warehouse": make.warehouse().pk, "warehouse_rule": "any",
        "lines-TOTAL_FORMS": 5, "lines-INITIAL_FORMS": 0, **fields,
    }  # fmt: skip


def test_customer_service_types_an_order_and_it_stands_in_the_queue(admin_client):
    make.customer("Lena Ortiz", "lena@example.com")
    lamp = make.product("LAMP-1", price="29.90")
    make.on_hand(lamp, 2)

    response = admin_client.post(
        reverse("admin:orders_order_add"),
        typed(**{"customer": "LENA@example.com", "lines-0-sku": "lamp-1", "lines-0-units": 5}),
    )

    line = OrderLine.objects.get()
    assert (line.order.channel, line.order.reference, line.order.customer.name) == ("staff", "CS-1", "Lena Ortiz")
    assert (line.allocated, line.backordered, str(line.unit_price)) == (2, 3, "29.90")
    assert response.url == reverse("admin:orders_order_change", args=[line.order_id])


def test_an_order_that_is_sent_twice_is_placed_once(admin_client):
    make.customer(email="lena@example.com")
    make.product("LAMP-1")
    data = typed(**{"lines-0-sku": "LAMP-1", "lines-0-units": 5, "lines-0-price": "3.50"})

    admin_client.post(reverse("admin:orders_order_add"), data)
    admin_client.post(reverse("admin:orders_order_add"), data)

    assert Order.objects.count() == 1


def test_who_places_an_order_that_somebody_has_placed_is_told_by_whom_and_when(admin_client, client):
    make.customer(email="lena@example.com")
    make.product("LAMP-1")
    data = typed(**{"lines-0-sku": "LAMP-1", "lines-0-units": 5, "lines-0-price": "3.50"})
    admin_client.post(reverse("admin:orders_order_add"), data)
    other = type(admin_client)()
    other.force_login(User.objects.create_superuser("max"))

    with time_machine.travel(make.MONDAY + timedelta(minutes=5), tick=False):
        second = other.post(reverse("admin:orders_order_add"), data, follow=True)

    when = f"{timezone.localtime(make.MONDAY):%-d %B %Y, %H:%M}"
    assert [str(message) for message in second.context["messages"]] == [
        f"CS-1 was placed before by admin, on {when}, for Lena Ortiz. Nothing was placed now."
    ]
    assert Order.objects.count() == 1


@pytest.mark.parametrize("reference", ["A-1001", "a-1001 "])
def test_an_order_of_staff_does_not_take_the_number_that_a_shop_has_given(admin_client, reference):
    lena = make.customer(email="lena@example.com")
    lamp = make.product("LAMP-1")
    make.order((lamp, 2), reference="A-1001", who=lena, at=make.MONDAY)

    response = admin_client.post(
        reverse("admin:orders_order_add"),
        typed(reference=reference, **{"lines-0-sku": "LAMP-1", "lines-0-units": 5}),
    )

    assert (
        "A-1001 is the number of another order already: that of shop, placed for Lena Ortiz on 2 March 2026. "
        "Nothing was placed."
    ) in response.content.decode()
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"customer": "nobody@example.com"}, "There is no customer with this address. Add them under Customers first."),
        ({"lines-0-sku": "LAMP-9"}, "There is no product with the SKU “LAMP-9”."),
        ({"lines-0-units": "0"}, "That is too little: the least is 1."),
        ({"lines-0-price": "-1"}, "That is too little: the least is 0."),
        ({"lines-0-sku": "OLD-1"}, "OLD-1: 5 asked for, 0 can be sold now."),
        ({"reference": ""}, "This field is required."),
    ],
)
def test_an_order_that_cannot_be_placed_is_refused_with_the_reason(admin_client, fields, told):
    make.customer(email="lena@example.com")
    make.product("LAMP-1")
    make.product("OLD-1", backorder_policy="never")

    response = admin_client.post(
        reverse("admin:orders_order_add"), typed(**{"lines-0-sku": "LAMP-1", "lines-0-units": 5, **fields})
    )

    assert told in response.content.decode()
    assert Order.objects.count() == 0


def test_the_form_comes_with_a_reference_of_its_own_and_the_customer_it_was_opened_for(admin_client):
    make.warehouse()

    response = admin_client.get(reverse("admin:orders_order_add"), {"customer": "lena@example.com"})

    html = response.content.decode()
    assert 'value="lena@example.com"' in html
    assert 'value="CS-260302-' in html


def operation(name: str, *orders: Order) -> str:
    return f"{reverse(f'admin:orders_order_{name}')}?ids={','.join(str(order.pk) for order in orders)}"


def test_what_is_here_of_several_orders_ships_at_once(admin_client):
    lamp = make.product()
    make.on_hand(lamp, 5)
    first, second = make.order((lamp, 2)), make.order((lamp, 4))

    response = admin_client.agree(operation("ship", first, second), {"carrier": "DHL"}, follow=True)

    assert list(OrderLine.objects.order_by("pk").values_list("shipped", "backordered")) == [(2, 0), (3, 1)]
    assert set(Shipment.objects.values_list("carrier", "by__username")) == {("DHL", "admin")}
    assert "Shipped 5 units in 2 shipments." in response.content.decode()


def test_an_order_that_ships_complete_is_not_shipped_in_part(admin_client):
    lamp = make.product()
    make.on_hand(lamp, 1)
    order = make.order((lamp, 2), reference="SO-9", is_ship_complete=True)

    response = admin_client.post(operation("ship", order), {"preview": "1"})

    assert "SO-9 ships only complete, and some of it is not here yet." in response.content.decode()
    assert Shipment.objects.count() == 0


def test_where_nothing_is_here_nothing_ships(admin_client):
    order = make.order((make.product(), 2))

    assert "Nothing of this is here. Units appear" in admin_client.get(operation("ship", order)).content.decode()
    response = admin_client.post(operation("ship", order), {"preview": "1"})

    assert "Nothing of this is here to ship." in response.content.decode()


def test_what_is_here_and_may_not_leave_is_not_said_to_be_missing(admin_client):
    lamp = make.product()
    make.on_hand(lamp, 1)
    order = make.order((lamp, 2), reference="SO-9", is_ship_complete=True)

    page = admin_client.get(operation("ship", order)).content.decode()

    assert "Nothing of this may leave now. Below stands why." in page
    assert "It ships only complete, and some of it is not here yet." in page
    assert "Units appear" not in page


@pytest.mark.parametrize("term", ["SO-9", "lena@example.com", "lamp", "Ortiz"])
def test_an_order_is_found_by_number_address_product_and_name(admin_client, term):
    make.order((make.product("LAMP-77"), 1), reference="SO-9", who=make.customer("Lena Ortiz", "lena@example.com"))
    make.order((make.product("MUG-1"), 1), reference="SO-99", who=make.customer("Tom Baker"))

    response = admin_client.get(reverse("admin:orders_order_changelist"), {"q": term})

    assert [row.reference for row in response.context["cl"].result_list] == ["SO-9"]


def test_an_order_cannot_be_edited_past_the_domain(admin_client):
    order = make.order((make.product(), 1))

    response = admin_client.post(reverse("admin:orders_order_change", args=[order.pk]), {"reference": "SO-0"})

    assert response.status_code == 403


def dead_notice() -> Notice:
    order = make.order((make.product(), 1), who=make.customer("Lena Ortiz", "lena@example.com"))
    Notice.objects.filter(customer=order.customer).update(state=NoticeState.DEAD, error="550 unknown")
    return Notice.objects.get()


def test_a_mail_that_could_not_be_delivered_is_sent_again(admin_client):
    notice = dead_notice()

    admin_client.post(f"{reverse('admin:orders_notice_resend')}?ids={notice.pk}")

    notice.refresh_from_db()
    assert notice.state == NoticeState.QUEUED
    assert notice.error.startswith("Sent again by admin")


def test_a_mail_that_is_queued_is_not_sent_again(admin_client):
    make.order((make.product(), 1))
    notice = Notice.objects.get()

    response = admin_client.post(f"{reverse('admin:orders_notice_resend')}?ids={notice.pk}")

    assert (
        "Only notices that could not be delivered, came back or are in doubt can be sent again."
        in response.content.decode()
    )


def test_the_page_of_a_notice_shows_its_exact_text(admin_client):
    notice = dead_notice()

    html = admin_client.get(reverse("admin:orders_notice_change", args=[notice.pk])).content.decode()

    assert "Hello Lena Ortiz" in html
    assert reverse("admin:orders_notice_mail", args=[notice.pk]) in html


def test_a_mail_is_shown_where_nothing_of_it_can_run(admin_client):
    notice = dead_notice()

    response = admin_client.get(reverse("admin:orders_notice_mail", args=[notice.pk]))

    assert response["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "Lena Ortiz" in response.content.decode()


def test_a_notice_is_found_by_its_order(admin_client):
    make.order((make.product(), 1), reference="SO-9")
    make.order((make.product(), 1), reference="SO-10")

    response = admin_client.get(reverse("admin:orders_notice_changelist"), {"q": "SO-9"})

    assert [row.lines.get().order.reference for row in response.context["cl"].result_list] == ["SO-9"]


def test_a_second_customer_with_one_address_is_refused_with_the_reason(admin_client):
    make.customer(email="lena@example.com")

    response = admin_client.post(
        reverse("admin:orders_customer_add"), {"name": "L", "email": "LENA@example.com", "language": "en-us"}
    )

    assert (
        "There is a customer with this e-mail address already: Lena Ortiz, lena@example.com."
        in response.content.decode()
    )


def test_the_list_of_notices_says_that_mail_stands_still_and_why(admin_client):
    url = reverse("admin:orders_notice_changelist")
    at = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
    braking.put_on("The mail server said: 553 Sender rejected", since=at, doubts=0, at=at)

    still = admin_client.get(url).content.decode()
    braking.take_off()
    going = admin_client.get(url).content.decode()

    assert "14:05, and is tried again by itself. The mail server said: 553 Sender rejected" in still
    assert "Mail has stood still since" not in going
