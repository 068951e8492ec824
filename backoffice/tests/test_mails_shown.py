"""A preview shows the words of the mails, and they are the words that are then sent."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.tests import acts, people
from backoffice.tests.acts import Act
from inventory.models import Inbound
from orders.mail import notices
from orders.models import Notice, NoticeState
from orders.tests import make
from suppliers import purchasing
from suppliers.tests import make as buy

pytestmark = pytest.mark.django_db
NOW = people.MONDAY + timedelta(hours=1)
FOLD = re.compile(r"<details>\s*<summary>([^<]*)</summary>\s*<pre>([^<]*)</pre>")


@pytest.fixture(autouse=True)
def _now(settings) -> Iterator[None]:
    settings.MAIL = "live"
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ines(db):
    return acts.boss("ines")


def waiting(count: int) -> Inbound:
    """So many customers, who wait for a lorry."""
    lamp = make.product(name="Oak lamp")
    lorry = make.coming(lamp, count * 2, on=people.in_days(10))
    for number in range(count):
        make.order((lamp, 2), reference=f"SO-{lamp.pk}-{number}", who=make.customer(f"Lena {number}"), at=people.MONDAY)
    notices.send_due(at=NOW)
    return lorry


def receipt(row: Inbound, units: int) -> Act:
    return Act(reverse("admin:receive_inbound", args=[row.pk]), {f"units-{row.pk}": str(units)}, is_previewed=True)


def preview(client, act: Act) -> str:
    fields = {**acts.form_of(client.get(act.path)), **act.typed, "preview": "1"}
    page: str = client.post(act.path, fields).content.decode()
    return page


def folded(page: str) -> list[tuple[str, str]]:
    return [(html.unescape(title), html.unescape(text).strip()) for title, text in FOLD.findall(page)]


def sent() -> list[tuple[str, str]]:
    told = Notice.objects.filter(state=NoticeState.SENT).select_related("customer").order_by("pk")
    return [(f"{each.customer.name}: {each.subject}", each.body_text.strip()) for each in told]


def new_date(lorry: Inbound) -> Act:
    typed = {"new_date": str(people.in_days(30)), "reason": "A storm"}
    return Act(reverse("admin:reschedule_inbound", args=[lorry.pk]), typed, is_previewed=True)


def control(lorry: Inbound) -> Act:
    ids = ",".join(str(pk) for pk in lorry.product.order_lines.values_list("pk", flat=True))
    typed = {"reason": "They rang", "promised_date": str(people.in_days(60))}
    return Act(f"{reverse('admin:orders_backorder_new_date')}?ids={ids}", typed, is_previewed=True)


def whole_date(lorry: Inbound) -> Act:
    typed = {"same_day": str(people.in_days(30)), "reason": "A storm"}
    return Act(reverse("admin:reschedule_all", args=[lorry.pk]), typed, is_previewed=True)


def some_of_it(lorry: Inbound) -> Act:
    return receipt(lorry, 3)


@pytest.mark.parametrize(
    "made", [some_of_it, new_date, whole_date, control], ids=["receipt", "new date", "all of it", "control"]
)
def test_what_the_fold_says_is_what_is_then_sent(made, ines):
    lorry = waiting(2)
    before = len(sent())
    act = made(lorry)

    shown = folded(preview(ines, act))
    acts.opened(ines, act).send()
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        notices.send_due(at=NOW + timedelta(days=1))

    assert shown
    assert shown == sorted(sent()[before:])


BOUGHT = {
    # what is done to a purchase order, and what is typed
    "by_hand": {},
    "confirm": {"date-{line}": "2026-05-04"},
    "shorten": {"units-{line}": "29", "reason": "The mold broke"},
    "cancel": {"reason": "They went out of business"},
}


def to_purchase(name: str) -> Act:
    """An act on a purchase order for which two customers wait."""
    lamp = make.product("LAMP", name="Oak lamp")
    offer = buy.offer(lamp)
    order = buy.approved((offer, 30)) if name == "by_hand" else buy.sent((offer, 30))
    if name in ("cancel", "shorten"):
        purchasing.confirm(order.pk, {buy.line(order).pk: people.in_days(9)}, by=None, at=people.MONDAY)
    for number in range(2):
        make.order((lamp, 2), reference=f"SO-{number}", who=make.customer(f"Lena {number}"), at=people.MONDAY)
    notices.send_due(at=NOW)
    typed = {key.format(line=buy.line(order).pk): value for key, value in BOUGHT[name].items()}
    return Act(f"{reverse(f'admin:suppliers_purchaseorder_{name}')}?ids={order.pk}", typed, is_previewed=True)


@pytest.mark.proof
@pytest.mark.parametrize("name", BOUGHT)
def test_what_is_done_to_a_purchase_order_shows_every_mail_and_then_they_are_sent(name, ines):
    act = to_purchase(name)
    before, books = len(sent()), people.fingerprint()

    page = preview(ines, act)
    assert people.fingerprint() == books
    acts.opened(ines, act).send()
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        notices.send_due(at=NOW + timedelta(days=1))

    assert "Lines that move" in page
    assert len(folded(page)) == 2
    assert folded(page) == sorted(sent()[before:])


def test_five_mails_are_written_out_the_others_counted_and_the_queries_do_not_grow(ines):
    few, many = [], []
    for count, queries in ((6, few), (12, many)):
        lorry = waiting(count)
        act = receipt(lorry, count * 2)
        fields = {**acts.form_of(ines.get(act.path)), **act.typed, "preview": "1"}
        with CaptureQueriesContext(connection) as captured:
            page = ines.post(act.path, fields).content.decode()
        queries.append(len(captured))
        assert len(folded(page)) == 5
        assert f"… and {count - 5} more like these." in page
        make.arrived(lorry, count * 2)

    assert few == many


def test_a_preview_that_nobody_hears_of_shows_no_mail(ines):
    lorry = make.coming(make.product("MUG-1"), 5, on=people.in_days(3))

    assert "What the mails say" not in preview(ines, receipt(lorry, 5))


def test_a_mail_that_has_other_words_by_now_is_shown_anew(ines):
    """The product is called otherwise since: that is in no figure, and in the mail."""
    lorry = waiting(1)
    page = acts.opened(ines, receipt(lorry, 2))
    lorry.product.name = "Ash lamp"
    lorry.product.save()

    refused = page.send()

    assert refused.status_code == 200
    assert "Ash lamp" in dict(folded(refused.content.decode())).popitem()[1]


@pytest.mark.parametrize(
    ("units", "damaged", "words"),
    [
        (78, 0, "Takes in 78 units: 78 as ordered, 0 beyond; 0 damaged."),
        (90, 2, "Takes in 90 units: 78 as ordered, 12 beyond; 2 damaged."),
        (1, 0, "Takes in 1 unit: 1 as ordered, 0 beyond; 0 damaged."),
    ],
)
def test_a_receipt_says_in_a_sentence_what_it_takes_in(units, damaged, words, ines):
    lorry = make.coming(make.product(), 78, on=make.TODAY)
    act = receipt(lorry, units)
    typed = {**act.typed, f"damaged-{lorry.pk}": str(damaged), "takes_surplus": "on"}

    assert words in preview(ines, Act(act.path, typed))


def test_a_new_date_says_in_a_sentence_what_comes_when(ines):
    lorry = make.coming(make.product("LAMP-1"), 78, on=people.in_days(10))
    page = preview(ines, new_date(lorry))

    assert "78 units of LAMP-1 come on 1 Apr 2026, not on 12 Mar 2026." in page
