"""The screens of orders that are not paid: marked as paid, one or many, by two people; shown; channels."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.urls import reverse

from backoffice.people import roles
from backoffice.watching import matters
from inventory.models import BackorderPolicy
from orders import fulfillment
from orders.models import Channel, NoticeLine, Order, OrderEvent, OrderLine, OrderPayment
from orders.queue import counting
from orders.tests import make

pytestmark = pytest.mark.django_db
NOW = make.MONDAY
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def bank():
    return Channel.objects.create(name="bank", arrives_unpaid=True)


@pytest.fixture
def lamp():
    lamp = make.product("LAMP", backorder_policy=BackorderPolicy.NEVER)
    make.on_hand(lamp, 2)
    return lamp


def unpaid(thing, reference, at=NOW):
    return make.order((thing, 1), channel="bank", reference=reference, at=at)


def page(*orders):
    return f"{reverse('admin:orders_order_pay')}?ids={','.join(str(order.pk) for order in orders)}"


def shown(client, *orders, at, **typed):
    with time_machine.travel(at, tick=False):
        return client.post(page(*orders), {"reason": "Bank 17", "preview": "1", **typed})


def agreed(client, *orders, at):
    with time_machine.travel(at, tick=False):
        return client.agree(page(*orders), {"reason": "Bank 17"}, follow=True)


def told(answer):
    return [str(message) for message in answer.context["messages"]]


def test_an_order_is_marked_as_paid_after_it_was_shown(admin_client, lamp):
    order = unpaid(lamp, "B-1")

    preview = shown(admin_client, order, at=NOW + HOUR / 2)
    assert "reserved until 2 Mar 2026" in preview.content.decode()
    assert Order.objects.get(pk=order.pk).is_unpaid

    answer = agreed(admin_client, order, at=NOW + HOUR / 2)

    assert told(answer)[0].startswith("B-1 is paid; it keeps its place.")
    event = OrderEvent.objects.get(kind="paid")
    assert (event.text, event.by.username) == ("is paid; it keeps its place: Bank 17", "admin")


def test_many_are_paid_at_once_and_each_is_told_what_became_of_it(admin_client, lamp):
    late, sold_out = unpaid(lamp, "B-1"), unpaid(lamp, "B-2")
    fulfillment.release_due(at=NOW + HOUR)
    make.line(lamp, 1, at=NOW + HOUR)
    in_time = unpaid(make.product("MUG"), "B-3", at=NOW + 2 * HOUR)
    done = unpaid(make.product("CUP"), "B-4", at=NOW + 2 * HOUR)
    fulfillment.pay(done.pk, by=None, at=NOW + 2 * HOUR)

    answer = agreed(admin_client, late, sold_out, in_time, done, at=NOW + 2 * HOUR)

    assert told(answer)[0].startswith(
        "3 orders paid: 1 stands in the queue from now on, 1 may not be sold any more: decide about it and "
        "1 keeps its place. 1 order was paid already."
    )
    assert list(Order.objects.filter(channel="bank").values_list("is_unpaid", flat=True)) == [False] * 4
    waiting = list(matters.paid_late(at=NOW + 2 * HOUR))
    assert [(row.pk, row.words) for row in waiting] == [
        (sold_out.pk, "B-2 was paid late, and not all of it may be sold any more.")
    ]


def test_the_second_of_two_people_is_told_that_it_is_paid_and_nothing_is_paid_twice(admin_client, lamp):
    order = unpaid(lamp, "B-1")
    html = shown(admin_client, order, at=NOW + HOUR / 2).content.decode()
    stale = re.search(r'name="fingerprint" value="([^"]*)"', html)[1]
    fulfillment.pay(order.pk, by=None, at=NOW + HOUR / 2)

    with time_machine.travel(NOW + HOUR / 2, tick=False):
        answer = admin_client.post(page(order), {"reason": "x", "fingerprint": stale, "apply": "1"})

    assert "B-1 is paid already." in answer.content.decode()
    assert OrderEvent.objects.filter(kind="paid").count() == 1


def test_the_list_and_the_queue_have_the_unpaid_and_the_page_says_how_long_units_are_kept(admin_client, lamp):
    cache.clear()  # counts of a tab are remembered for a while
    order, other = unpaid(lamp, "B-1"), make.order((lamp, 1), reference="SO-1")

    with time_machine.travel(NOW + HOUR / 2, tick=False):
        listed = admin_client.get(reverse("admin:orders_order_changelist"), {"is": "unpaid"})
        queue = admin_client.get(reverse("admin:orders_backorder_changelist"), {"tab": "unpaid"})
        html = admin_client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()

    assert [row.pk for row in listed.context["cl"].result_list] == [order.pk]
    assert [row.order_id for row in queue.context["cl"].result_list] == [order.pk]
    assert counting.counts(at=NOW + HOUR / 2)["unpaid"] == 1
    assert "not paid; reserved until 2 Mar 2026, 10:00; canceled 9 Mar 2026, 09:00 if it is not paid by then" in html
    assert "Your order B-1 is not paid yet: all of it is kept for you until 10:00, and ships once it is paid." in html
    assert "Mark as paid…" in html
    assert "Ship what is here…" not in html
    assert other.is_unpaid is False

    with time_machine.travel(NOW + HOUR / 2, tick=False):
        theirs = admin_client.get(reverse("admin:orders_customer_change", args=[order.customer_id])).content.decode()
    assert "Ship what is here…" not in theirs

    fulfillment.release_due(at=NOW + HOUR)
    with time_machine.travel(NOW + 2 * HOUR, tick=False):
        html = admin_client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
        line = admin_client.get(reverse("admin:orders_backorder_change", args=[order.lines.get().pk])).content.decode()

    assert "not in the queue: not paid, since 2 Mar 2026, 10:00" in html
    assert "Your order B-1 is not paid, so nothing is kept for it: it is back in line when it is paid." in html
    assert "Let it go on…" not in html
    assert "The order was not paid in time" in line


def test_what_was_paid_late_goes_on_when_it_may_be_sold_again(admin_client, lamp):
    order = unpaid(lamp, "B-1")
    fulfillment.release_due(at=NOW + HOUR)
    make.line(lamp, 2, at=NOW + HOUR)
    fulfillment.pay(order.pk, by=None, at=NOW + 2 * HOUR)

    address = f"{reverse('admin:orders_order_go_on')}?ids={order.pk}"
    with time_machine.travel(NOW + 3 * HOUR, tick=False):
        refused = admin_client.post(address, {"reason": "More came", "preview": "1"})
    assert "LAMP: 1 asked for, 0 can be sold now." in refused.content.decode()

    make.on_hand(lamp, 1, at=NOW + 3 * HOUR)
    with time_machine.travel(NOW + 4 * HOUR, tick=False):
        answer = admin_client.agree(address, {"reason": "More came"}, follow=True)

    assert told(answer)[0].startswith("B-1 goes on.")
    assert OrderLine.objects.get(order=order).allocated == 1
    assert list(matters.paid_late(at=NOW + 4 * HOUR)) == []


def test_an_order_is_typed_in_unpaid(admin_client, lamp):
    lena, ber = make.customer(), make.warehouse()
    typed = {
        "customer": lena.email, "reference": "CS-1", "warehouse": ber.pk, "warehouse_rule": "any", "is_unpaid": "on",
        "line-TOTAL_FORMS": "1", "line-INITIAL_FORMS": "0", "line-0-sku": "LAMP", "line-0-units": "1",
    }  # fmt: skip
    with time_machine.travel(NOW, tick=False):
        form = admin_client.get(reverse("admin:orders_order_add"))
        prefix = form.context["lines"].prefix
        typed = {name.replace("line-", f"{prefix}-"): value for name, value in typed.items()}
        admin_client.post(reverse("admin:orders_order_add"), typed)

    assert Order.objects.get(reference="CS-1").is_unpaid
    assert OrderPayment.objects.get().reserved_until == NOW + HOUR


def test_a_channel_is_described_by_who_may_and_cannot_cancel_before_the_time_to_pay_is_over(client, bank):
    boss = User.objects.create_user("boss", is_staff=True)
    boss.groups.add(Group.objects.get(name=roles.OPERATIONS))
    client.force_login(boss)
    address = reverse("admin:orders_channel_add")

    wrong = client.post(address, {"name": "slow", "payment_minutes": "4320", "cancel_after_days": "2"})
    assert "An order may be paid for 3 days: it cannot be canceled before." in wrong.content.decode()
    twice = client.post(address, {"name": "Bank", "payment_minutes": "60", "cancel_after_days": "7"})
    assert "“Bank” is there already, as “bank”." in twice.content.decode()
    client.post(address, {"name": "slow", "arrives_unpaid": "on", "payment_minutes": "4320", "cancel_after_days": ""})

    made = Channel.objects.get(name="slow")
    assert (made.arrives_unpaid, made.payment_minutes, made.cancel_after_days) == (True, 4320, None)
    assert "3 days" in client.get(reverse("admin:orders_channel_changelist")).content.decode()
    assert NoticeLine.objects.count() == 0
