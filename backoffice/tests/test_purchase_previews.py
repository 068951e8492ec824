"""Dates confirmed, an order canceled: shown before it is done, refused when the goods have moved, done once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from backoffice.tests import acts, people
from backoffice.tests.acts import Act
from inventory.desk import once, performing
from inventory.models import Inbound
from orders.mail import notices
from orders.tests import make
from suppliers import purchasing
from suppliers.models import PurchaseOrder
from suppliers.tests import make as buy

pytestmark = pytest.mark.django_db
NOW = people.MONDAY + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def order() -> PurchaseOrder:
    """Thirty lamps, confirmed for the 11th; Lena waits for two."""
    lamp = make.product("LAMP", name="Oak lamp")
    order = buy.sent((buy.offer(lamp), 30))
    purchasing.confirm(order.pk, {buy.line(order).pk: people.in_days(9)}, by=None, at=people.MONDAY)
    make.order((lamp, 2), reference="SO-1", who=make.customer("Lena Ortiz"), at=people.MONDAY)
    notices.send_due(at=NOW)
    return order


def act(name: str, order: PurchaseOrder) -> Act:
    day = {f"date-{buy.line(order).pk}": str(people.in_days(23))}
    typed: dict[str, Any] = {"confirm": day, "cancel": {"reason": "They went out of business"}}[name]
    return Act(f"{reverse(f'admin:suppliers_purchaseorder_{name}')}?ids={order.pk}", typed, is_previewed=True)


def said(response: Any) -> list[str]:
    return [str(message) for message in response.wsgi_request._messages]


WORDS = {
    "confirm": ("1 line of {} is confirmed, 1 of them with a new date.", "Confirmed {}: 1 line has a new date."),
    "cancel": ("30 units of {} will not come.", "Canceled {}: 30 units will not come."),
}
MOVES = {
    "confirm": ("12 Mar 2026 → 26 Mar 2026", " / 14 days later", "New shipping date: 2 × Oak lamp (order SO-1)"),
    "cancel": ("12 Mar 2026 → no date", "", "Delayed, no date yet: 2 × Oak lamp (order SO-1)"),
}


@pytest.mark.parametrize("name", WORDS)
def test_whose_date_moves_and_what_they_read_is_shown_and_then_done(admin_client, order, name):
    done = act(name, order)
    before = acts.books()

    seen = admin_client.post(done.path, {**done.typed, "preview": "1"})
    is_as_before = acts.books() == before
    answer = admin_client.agree(done.path, done.typed)

    words, told = (each.format(order) for each in WORDS[name])
    day, later, subject = MOVES[name]
    assert f'<p class="in-words">{words}</p>' in seen.content.decode()
    [row] = seen.context["outcome"].tables()[0].rows
    assert (acts.read(row[5]), acts.read(row[6])) == (f"{day}{later}", f"{day} / breaks")
    assert [letter.subject for _, letter in seen.context["outcome"].effects.letters] == [subject]
    assert is_as_before
    assert said(answer) == [f"{told} 1 mail goes out."]


def test_a_draft_that_is_canceled_was_asked_of_nobody_and_is_proposed_again(admin_client):
    lamp = make.product("LAMP", name="Oak lamp")
    draft = buy.draft((buy.offer(lamp), 30))
    done = act("cancel", draft)

    seen = admin_client.post(done.path, {**done.typed, "preview": "1"})
    answer = admin_client.agree(done.path, done.typed)

    assert seen.context["explanation"] == (
        "It was not sent, so nobody outside hears of it. The next night proposes what is still needed again, and says"
        " beside it that this was canceled and why. To buy less of a product from then on, freeze its reorder point."
    )
    assert seen.context["in_words"] == f"30 units of {draft} will not be ordered by it."
    [told] = said(answer)
    assert told.startswith(f"Canceled {draft}: 30 units will not be ordered by it.")


@pytest.mark.parametrize("name", WORDS)
def test_a_page_whose_goods_have_moved_does_nothing_and_shows_how_they_stand(order, name):
    page = acts.opened(acts.boss("ines"), act(name, order))
    purchasing.receive(order.pk, {buy.line(order).pk: (1, 0)}, by=None, at=NOW)
    before = acts.books()

    again = page.send()

    told = "Meanwhile “SO-1, LAMP: Units set aside: 1 here, 1 waiting”."
    assert said(again) == [performing.MOVED_MEANWHILE, told]
    assert again.context["outcome"].fingerprint != page.fields["fingerprint"]
    if name == "cancel":
        assert again.context["in_words"] == f"29 units of {order} will not come."
    assert acts.books() == before


@pytest.mark.parametrize("name", WORDS)
def test_sent_twice_it_is_done_once(order, name):
    page = acts.opened(acts.boss("ines"), act(name, order))

    first = page.send()
    once_done = acts.books()
    second = page.send()

    assert (first.status_code, second["Location"]) == (302, first["Location"])
    assert once.AGAIN in said(second)
    assert acts.books() == once_done


@pytest.mark.parametrize("name", WORDS)
def test_who_may_see_purchase_orders_and_not_change_them_sees_no_preview(client, order, name):
    user = User.objects.create_user("olga", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_purchaseorder", "view_orderline"]))
    client.force_login(user)
    done = act(name, order)

    for button in ("preview", "apply"):
        assert client.post(done.path, {**done.typed, button: "1"}).status_code == 403
    assert Inbound.objects.get().outstanding == 30
