"""A transfer is shown before it is sent: what leaves, who waits for it where it goes, and what they read."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from backoffice.tests import acts, people
from backoffice.tests.acts import Act
from inventory.desk import once, performing
from inventory.models import Inbound, Stock, Transfer
from orders.models import Notice, OrderLine
from orders.tests import make

pytestmark = pytest.mark.django_db
NOW = people.MONDAY + timedelta(hours=1)
URL = "admin:inventory_transfer_add"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def lamps() -> Stock:
    """Eight in Berlin; Lena wants two from Hamburg, where there are none."""
    lamps = make.on_hand(make.product("LAMP", name="Oak lamp"), 8)
    make.line(
        lamps.product,
        2,
        who=make.customer("Lena Ortiz"),
        reference="SO-1",
        at=make.MONDAY,
        place=make.warehouse("HAM", rank=2),
        warehouse_rule="preferred",
    )
    Notice.objects.update(state="sent", sent_at=NOW - timedelta(minutes=1))
    return lamps


def typed(units: int = 3, on: Any = "") -> dict[str, Any]:
    return {
        "source": make.warehouse().pk,
        "destination": make.warehouse("HAM", rank=2).pk,
        "expected_date": on,
        "lines-TOTAL_FORMS": "5",
        "lines-INITIAL_FORMS": "0",
        "lines-0-sku": "LAMP",
        "lines-0-units": str(units),
    }


def act(units: int = 3, on: Any = "") -> Act:
    return Act(reverse(URL), typed(units, on), is_previewed=True)


def said(response: Any) -> list[str]:
    return [str(message) for message in response.wsgi_request._messages]


def test_what_leaves_who_gets_it_and_what_they_read_is_shown_and_nothing_is_sent(admin_client, lamps):
    before = acts.books()

    seen = admin_client.post(reverse(URL), {**typed(3, people.in_days(4)), "preview": "1"})

    html, outcome = seen.content.decode(), seen.context["outcome"]
    assert seen.context["in_words"] == "3 units leave BER for HAM, expected there on 6 Mar 2026."
    assert seen.context["tables"][1].rows[0][1:] == ("Oak lamp", 8, 8, 3, 5)
    moved = outcome.tables()[0].rows
    assert [row[3:7] for row in moved] == [(None, 2, "no date → 9 Mar 2026", "no date → 9 Mar 2026")]
    assert moved[0][7] == "nothing → <b>this transfer</b>"
    assert [letter.subject for _, letter in outcome.effects.letters] == ["New shipping date: 2 × Oak lamp (order SO-1)"]
    assert "We now expect to ship them by March 9." in html
    assert html.count("<details>") == 1
    assert 'name="more"' in html
    assert acts.books() == before


def test_where_nobody_can_say_a_day_the_preview_says_so(admin_client, lamps):
    seen = admin_client.post(reverse(URL), {**typed(1), "preview": "1"})

    assert seen.context["in_words"] == "1 unit leaves BER for HAM; nobody can say yet when it is there."


def test_exactly_what_was_shown_is_sent_and_its_page_is_led_to(admin_client, lamps):
    told_before = Notice.objects.count()

    done = admin_client.agree(reverse(URL), typed(3, people.in_days(4)))

    sent = Transfer.objects.get()
    assert said(done) == [f"{sent} is on its way to {sent.destination}. 1 mail goes out."]
    assert done["Location"] == reverse("admin:inventory_transfer_change", args=[sent.pk])
    assert [(row.object_id, row.action_flag, row.change_message) for row in LogEntry.objects.all()] == [
        (str(sent.pk), ADDITION, "Sent.")
    ]
    assert Inbound.objects.get().committed == 2
    assert Notice.objects.count() == told_before + 1


def test_a_page_whose_shelf_has_moved_sends_nothing_and_shows_how_it_stands(lamps):
    page = acts.opened(acts.boss("ines"), act())
    make.lost(lamps.product, 1, at=NOW)
    before = acts.books()

    again = page.send()

    assert said(again) == [performing.MOVED_MEANWHILE]
    assert again.context["tables"][1].rows[0][1:] == ("Oak lamp", 7, 7, 3, 4)
    assert acts.books() == before


def test_sent_twice_it_is_one_transfer(lamps):
    page = acts.opened(acts.boss("ines"), act())

    first, second = page.send(), page.send()

    assert (first.status_code, second["Location"]) == (302, first["Location"])
    assert once.AGAIN in said(second)
    assert Transfer.objects.count() == 1
    assert Stock.objects.get(warehouse__code="BER").on_hand == 5


def test_units_that_belong_to_somebody_are_refused_in_the_preview(admin_client, lamps):
    make.line(lamps.product, 7, at=NOW)

    seen = admin_client.post(reverse(URL), {**typed(3), "preview": "1"})

    assert "LAMP: 3 cannot be sent, 1 are available there." in seen.content.decode()
    assert seen.context["outcome"] is None
    assert len(seen.context["tables"]) == 1
    assert OrderLine.objects.filter(allocated=7).count() == 1


def test_who_may_see_transfers_and_not_send_them_sees_no_preview(client, lamps):
    user = User.objects.create_user("olga", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_transfer", "view_orderline"]))
    client.force_login(user)

    assert client.get(reverse(URL)).status_code == 403
    for button in ("preview", "apply"):
        assert client.post(reverse(URL), {**typed(), button: "1"}).status_code == 403
    assert Transfer.objects.count() == 0
