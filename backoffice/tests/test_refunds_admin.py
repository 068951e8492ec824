"""The screens of refunds due: paid back in whole or in parts, not owed, taken back; by two people, twice, too late."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice import kpi
from backoffice.people.roles import AUDITOR, CUSTOMER_SERVICE
from backoffice.tests import acts, people
from backoffice.watching import matters
from orders import fulfillment
from orders.models import Channel, Refund, Repayment
from orders.tests import make

pytestmark = pytest.mark.django_db
NOW = make.MONDAY
DAY = timedelta(days=1)
LIST = "/admin/orders/refund/"


@pytest.fixture(autouse=True)
def euros(settings):
    settings.SHOP_CURRENCY = "EUR"
    Channel.objects.create(name="shop")
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def refund(units=2, reference="SO-1", channel="shop", at=NOW, who="Lena Ortiz"):
    lamp = make.product(f"LAMP-{reference}")
    make.on_hand(lamp, units)
    line = make.line(
        lamp, units, price=Decimal(12), reference=reference, channel=channel, at=at, who=make.customer(who)
    )
    fulfillment.cancel([fulfillment.LineUnits(line.pk)], reason="no need", by=None, at=at)
    return Refund.objects.latest("pk")


def page(name, *refunds):
    return f"{reverse(f'admin:orders_refund_{name}')}?ids={','.join(str(each.pk) for each in refunds)}"


def opened(who, name, *refunds, **typed):
    return acts.opened(acts.boss(who), acts.Act(page(name, *refunds), typed))


def said(page):
    """Send a page, and give what is said then."""
    answer = page.send()
    return [str(message) for message in page.client.get(answer["Location"]).context["messages"]]


def stand():
    return list(Refund.objects.order_by("pk").values_list("repaid", "waived", "outstanding"))


def test_it_is_paid_back_inparts_and_each_is_on_record_with_who_said_so():
    found = refund()

    first = opened("ines", "paid_back", found, amount="10.00", reference="B-1")
    assert said(first) == ["10.00 EUR is on record as paid back."]
    opened("ines", "paid_back", found, amount="14.00", reference="B-2").send()

    assert stand() == [(Decimal(24), Decimal(0), Decimal(0))]
    assert list(Repayment.objects.order_by("pk").values_list("reference", "by__username")) == [
        ("B-1", "ines"),
        ("B-2", "ines"),
    ]
    shown = acts.boss("ines").get(f"{LIST}{found.pk}/change/").content.decode()
    assert "B-1" in shown
    assert "14.00 EUR" in shown


def test_the_whole_of_it_is_proposed_and_a_cent_more_is_refused_in_words():
    found = refund()
    held = opened("ines", "paid_back", found, reference="B-1")
    assert held.fields["amount"] == ["24.00"]

    answer = held.send(amount="24.01")

    assert "24.00 EUR is still owed: 24.01 EUR is more" in answer.content.decode()
    assert stand() == [(Decimal(0), Decimal(0), Decimal(24))]


def test_a_double_click_and_a_second_person_on_a_page_that_is_old_pay_back_once():
    found = refund()
    mine = opened("ines", "paid_back", found, amount="24.00", reference="B-1")
    theirs = opened("max", "paid_back", found, amount="24.00", reference="B-2", reason="postage")

    mine.send()
    mine.send()
    answer = theirs.send()

    assert answer.status_code == 200
    assert stand() == [(Decimal(24), Decimal(0), Decimal(0))]
    assert Repayment.objects.count() == 1


def test_several_are_paid_back_in_full_by_one_run_of_the_bank():
    found = [refund(units, f"SO-{units}") for units in (1, 2, 3)]
    opened("ines", "paid_back", found[0], amount="12.00", reference="B-0").send()

    run = opened("ines", "paid_back", *found, reference="RUN-7")

    assert said(run)[-1] == "60.00 EUR are on record as paid back."
    assert [outstanding for _, _, outstanding in stand()] == [0, 0, 0]
    assert Repayment.objects.filter(reference="RUN-7").count() == 2


def test_what_is_not_owed_says_why_and_a_payment_in_error_is_taken_back():
    found = refund()
    opened("ines", "paid_back", found, amount="24.00", reference="B-1").send()

    assert said(opened("max", "take_back", found)) == ["24.00 EUR (B-1) is owed again."]
    opened("ines", "not_owed", found, note="The shop did it").send()

    assert stand() == [(Decimal(0), Decimal(24), Decimal(0))]
    assert Refund.objects.get().note == "The shop did it (ines, 2026-03-02)"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("", {"SO-1", "SO-2", "SO-3", "SO-4"}),
        ("open", {"SO-1", "SO-2"}),
        ("overdue", {"SO-1"}),
        ("done", {"SO-3"}),
        ("none", {"SO-4"}),
    ],
)
def test_the_list_is_narrowed_by_how_they_stand(state, expected):
    refund(reference="SO-1", at=NOW - 8 * DAY)
    refund(reference="SO-2", at=NOW - 7 * DAY)
    done, none = refund(reference="SO-3"), refund(reference="SO-4")
    opened("ines", "paid_back", done, amount="24.00", reference="B-1").send()
    opened("ines", "not_owed", none, note="x").send()

    rows = acts.boss("ines").get(LIST, {"is": state} if state else {}).context["cl"].result_list

    assert {row.order.reference for row in rows} == expected


def test_the_menu_the_card_and_the_list_they_lead_to_count_the_same():
    done, part, none = (refund(reference=reference) for reference in ("SO-1", "SO-2", "SO-3"))
    opened("ines", "paid_back", done, amount="24.00", reference="B-1").send()
    opened("ines", "paid_back", part, amount="23.99", reference="B-2").send()
    opened("ines", "not_owed", none, note="x").send()
    refund(reference="SO-4", at=NOW - 8 * DAY)
    cache.clear()

    today = acts.boss("ines").get("/admin/").context_data
    [link] = [link for group in today["navigation"] for link in group.links if link.label == "Refunds due"]
    [card] = [card for card in today["cards"] if card.label == "Refunds due"]
    shown = acts.boss("ines").get(link.url)

    assert (link.count, card.figure, card.rows, link.url) == ("2", "2", 2, card.url)
    assert {row.order.reference for row in shown.context["cl"].result_list} == {"SO-2", "SO-4"}
    assert [link.label for group in shown.context["navigation"] for link in group.links if link.is_current] == [
        "Refunds due"
    ]


def test_the_menu_says_where_a_refund_and_the_list_of_all_of_them_are():
    client = acts.boss("ines")

    for url in (LIST, f"{LIST}?is=done", f"{LIST}{refund().pk}/change/"):
        groups = client.get(url).context["navigation"]
        assert [link.label for group in groups for link in group.links if link.is_current] == ["Refunds due"]


@pytest.mark.parametrize(
    ("term", "expected"), [("SO-1", 1), ("LAMP-SO-2", 1), ("baker", 1), ("B-77", 1), ("nothing", 0)]
)
def test_it_is_found_by_order_customer_product_and_payment(term, expected):
    first = refund(reference="SO-1")
    refund(reference="SO-2", who="Tom Baker")
    opened("ines", "paid_back", first, amount="1.00", reference="B-77").send()

    assert len(acts.boss("ines").get(LIST, {"q": term}).context["cl"].result_list) == expected


def test_an_overdue_one_is_red_a_card_and_an_alert_from_the_day_after():
    found = refund(at=NOW - 7 * DAY)
    assert found.due_date == NOW.date()

    assert list(matters.refunds_overdue(at=NOW)) == []
    assert kpi.refunds(at=NOW) == kpi.RefundsDue(1, Decimal("24.00"), 0, Decimal(0))
    assert kpi.refunds(at=NOW + DAY) == kpi.RefundsDue(1, Decimal("24.00"), 1, Decimal("24.00"))
    [waiting] = matters.refunds_overdue(at=NOW + DAY)
    assert waiting == (
        found.pk, "24.00 EUR to Lena Ortiz for SO-1, should have been paid back by 2 Mar 2026.", NOW.date()
    )  # fmt: skip
    with time_machine.travel(NOW + DAY, tick=False):
        shown = acts.boss("ines").get(LIST).content.decode()
        cache.clear()
        today = people.browser(CUSTOMER_SERVICE).get("/admin/").content.decode()
    assert '<span class="chip red">overdue</span>' in shown
    assert "1 overdue (24 EUR)" in today


def test_the_pages_of_the_order_and_of_the_customer_say_it():
    found = refund(channel="nobody")

    order = acts.boss("ines").get(f"/admin/orders/order/{found.order_id}/change/").content.decode()
    caller = acts.boss("ines").get(f"/admin/orders/customer/{found.order.customer_id}/change/").content.decode()

    assert f'<a href="{LIST}{found.pk}/change/">24.00 EUR</a>, if it was paid' in order
    assert f'<a href="{LIST}?q=Lena+Ortiz&amp;is=open">24.00 EUR</a>' in caller
    for shown in (order, caller):
        assert "due 9 Mar 2026" in shown


def test_who_only_looks_is_offered_nothing_and_reaches_nothing():
    found, client = refund(), people.browser(AUDITOR)

    assert "Paid back…" not in client.get(f"{LIST}{found.pk}/change/").content.decode()
    assert client.get(page("paid_back", found)).status_code == 403


def test_a_list_of_many_asks_as_often_as_one_of_few():
    client = acts.boss("ines")

    def asked():
        with CaptureQueriesContext(connection) as statements:
            client.get(LIST)
        return len(statements)

    refund(reference="SO-1")
    client.get(LIST)
    few = asked()
    for number in range(2, 12):
        refund(reference=f"SO-{number}")

    assert asked() == few
