"""One is one: in a shop with one of everything no page and no mail says "1 units" or "2 unit"."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import NoReverseMatch, reverse

from backoffice.people import roles
from backoffice.tests import acts, people
from inventory.tests.hands import Hands, read_out
from orders.mail import notices
from orders.models import Notice, OrderLine
from orders.tests import make

pytestmark = pytest.mark.django_db
THINGS = "units|lines|orders|customers|products|mails|days|weeks|promises|drafts|notices|calls|parcels|SKUs|rows|people"
DISAGREES = re.compile(
    rf"(?<![\d.,])\b1 ({THINGS})\b|\b([2-9]|\d\d+) (unit|line|order|customer|mail|day|promise)\b(?! of)"
)


@pytest.fixture
def boss(settings) -> Hands:
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    client = Hands()
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture(autouse=True)
def _one_of_everything():
    """One customer who waits for one unit of a lorry of one, and one of another who waits for nothing."""
    with time_machine.travel(people.MONDAY + timedelta(hours=1), tick=False):
        roles.keep()
        lamp, mug = make.product("LAMP-1", name="Lamp"), make.product("MUG-1", name="Mug")
        make.coming(lamp, 1, on=people.in_days(1), reference="PO-7")
        make.on_hand(mug, 1)
        make.line(lamp, 1, reference="SO-A", who=make.customer("Lena"))
        make.line(mug, 1, reference="SO-B", who=make.customer("Kim", email=""))
        make.line(make.product("CUP-1", name="Cup"), 1, reference="SO-C", who=make.customer("Tom", email=""))
        notices.send_due(at=people.MONDAY + timedelta(hours=1))
        yield


def pages() -> list[str]:
    found = ["/admin/", "/admin/order-today/"]
    line = OrderLine.objects.get(order__reference="SO-A")
    for model, desk in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found.append(reverse(f"{name}_changelist"))
        found += [reverse(f"{name}_change", args=[row.pk]) for row in model._default_manager.order_by("pk")[:3]]
        for operation in getattr(desk, "operations", ()):
            rows = ",".join(str(row.pk) for row in model._default_manager.order_by("pk")[:1])
            found.append(f"{reverse(f'{name}_{operation.name}')}?ids={rows}")
    for control in ("new_date", "priority", "move_up", "pin", "quantity", "substitute", "offer", "cancel"):
        try:
            found.append(f"{reverse(f'admin:orders_backorder_{control}')}?ids={line.pk}")
        except NoReverseMatch:
            continue
    return found


def wrong(text: str) -> list[str]:
    said = " ".join(re.sub(r"<[^>]*>", " ", text).split())
    return [said[max(0, each.start() - 30) : each.end() + 20] for each in DISAGREES.finditer(said)]


@pytest.mark.proof
def test_no_page_counts_one_as_many(boss):
    found = {}
    for path in pages():
        page = read_out(boss.get(path))
        if page.status_code == 200 and not page.streaming and (told := wrong(page.content.decode())):
            found[path] = told

    assert found == {}


def test_no_preview_counts_one_as_many(boss):
    line = OrderLine.objects.get(order__reference="SO-A")
    lorry = line.product.inbound.get()
    typed = [
        (f"{reverse('admin:orders_backorder_priority')}?ids={line.pk}", {"reason": "x", "priority": "1"}),
        (f"{reverse('admin:orders_backorder_cancel')}?ids={line.pk}", {"reason": "x"}),
        (
            f"{reverse('admin:orders_backorder_new_date')}?ids={line.pk}",
            {"reason": "x", "promised_date": str(people.in_days(9))},
        ),
        (reverse("admin:receive_inbound", args=[lorry.pk]), {f"units-{lorry.pk}": "1"}),
        (reverse("admin:reschedule_inbound", args=[lorry.pk]), {"new_date": str(people.in_days(20)), "reason": "x"}),
    ]
    for path, fields in typed:
        page = boss.post(path, {**acts.form_of(boss.get(path)), **fields, "preview": "1"}).content.decode()
        assert wrong(page) == [], path


def test_no_mail_counts_one_as_many():
    for notice in Notice.objects.all():
        letter = notices.preview(notice, at=people.MONDAY)
        assert wrong(f"{letter.subject} {letter.text} {letter.html}") == []


@pytest.mark.parametrize("text", ["<b>1</b> units wait", "of 1 lines", "12 unit", "1 orders"])
def test_the_walk_would_notice(text):
    assert wrong(text)


@pytest.mark.parametrize("text", ["1 unit waits", "21 units", "1,001 units", "2.1 days", "4711 line of it", "0 units"])
def test_the_walk_lets_pass_what_agrees(text):
    assert wrong(text) == []
