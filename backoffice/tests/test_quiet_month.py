"""A month in which nobody does anything: who hears what and how often, what waits for a person, what stays the same."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail

from backoffice import tasks
from backoffice.books import audit
from inventory.models import Alert
from orders.fulfillment import holds
from orders.models import Hold, Notice
from orders.tasks import keep_restock_lists, send_notices, settle_left
from orders.tests import make as shop
from suppliers import purchasing
from suppliers.models import PurchaseOrderLine
from suppliers.tests import make

from . import told_truly

pytestmark = [pytest.mark.proof, pytest.mark.django_db]
HOURS = (0, 2.5, 10)
DAYS = 31


def tick(at: datetime) -> None:
    """The clock comes by."""
    with time_machine.travel(at, tick=False):
        for task in (tasks.nightly, tasks.sweep, settle_left, keep_restock_lists, send_notices):
            task()
        tasks.watch()
        tasks.alerts()


@pytest.fixture
def month():
    """One customer each for all that can be left lying, and a month of the clock."""
    kiln = make.supplier("Kiln", email="kiln@supplier.example")
    late, unsaid, never = (make.offer(shop.product(name), kiln, days=9) for name in ("LATE", "UNSAID", "NEVER"))
    order = make.sent((late, 10))
    purchasing.confirm(order.pk, {make.line(order).pk: shop.TODAY + timedelta(days=9)}, by=None, at=shop.MONDAY)
    make.sent((unsaid, 10))
    here = shop.product("HERE")
    shop.on_hand(here, 9)
    for offer in (late, unsaid, never):
        shop.order((offer.product, 4), who=shop.customer(offer.product.sku, email=f"{offer.product.sku}@c.example"))
    shop.order((here, 4), who=shop.customer("HERE", email="HERE@c.example"))
    kept = holds.HoldDraft(here.pk, shop.warehouse().pk, shop.customer().pk, 2, shop.TODAY + timedelta(days=3), "rang")
    holds.hold(kept, by=make.buyer("mia"), at=shop.MONDAY)
    first = shop.MONDAY.replace(hour=0)
    for day in range(DAYS):
        for hour in HOURS:
            at = first + timedelta(days=day, hours=hour)
            if at >= shop.MONDAY:
                tick(at)
            if hour == 2.5 and day:
                assert list(told_truly.passed(at)) == []
    return first + timedelta(days=DAYS)


def test_each_customer_hears_what_is_true_once_and_what_waits_for_a_person_is_one_alert(month):
    told = [(sent.to[0].partition("@")[0], sent.subject.partition(":")[0].partition("?")[0]) for sent in mail.outbox]
    first, newer, none = "Will follow", "New shipping date", "Delayed, no date yet"
    late = "Late, and we have no new date yet"

    assert Counter(told) == {
        ("HERE", newer): 2,
        ("HERE", none): 1,
        ("LATE", first): 1,
        ("LATE", late): 2,
        ("NEVER", first): 1,
        ("NEVER", newer): 2,
        ("NEVER", none): 1,
        ("UNSAID", first): 1,
        ("UNSAID", newer): 2,
        ("UNSAID", late): 2,
        ("kiln", "Has it left"): 1,
        ("kiln", "Where is it"): 1,
        ("kiln", "When does it come"): 1,
    }
    assert len({(sent.to[0], sent.body) for sent in mail.outbox}) == len(mail.outbox)
    days = Counter((notice.customer_id, notice.sent_at.date()) for notice in Notice.objects.filter(state="sent"))
    assert set(days.values()) == {1}
    assert sorted(Alert.objects.filter(solved_at=None).values_list("kind", flat=True)) == [
        "ask_silent",
        "ask_silent",
        "may_break",
        "not_left",
        "order_by",
        "untouched",
    ]
    assert Counter(Alert.objects.exclude(solved_at=None).values_list("kind", flat=True)) == {
        "may_break": 2,
        "not_left": 2,
        "order_by": 2,
    }
    drafts = PurchaseOrderLine.objects.filter(purchase_order__approved_at=None).order_by("product__sku")
    assert list(drafts.values_list("product__sku", "quantity")) == [
        ("LATE", 8),
        ("NEVER", 18),
        ("UNSAID", 8),
    ]
    assert len({draft.purchase_order_id for draft in drafts}) == 1
    assert not Hold.objects.filter(units__gt=0).exists()
    assert audit.balances(audit.run(at=month))
