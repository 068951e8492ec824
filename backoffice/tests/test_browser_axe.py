"""
Every screen can be used by ear, by keys and with weak eyes: axe finds no critical and no serious fault.

Those that a list or its first row leads to are looked at in ``test_browser_screens``.
"""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.urls import reverse

from backoffice.tests import acts, axe
from backoffice.tests.people import MONDAY, shop
from backoffice.tests.scenarios import ACTS
from backoffice.tests.test_browser_screens import SCREENS, demo
from inventory.notebook import assignments, hanging, notes, owners
from orders.models import Order, OrderLine

__all__ = ["demo"]

pytestmark = pytest.mark.browser


@pytest.mark.usefixtures("demo")
def test_what_a_day_shows_besides_has_no_grave_fault(subtests, open_window):
    sam = User.objects.get(username="operations")
    line = OrderLine.objects.filter(backordered__gt=0).earliest("pk")
    notes.write([hanging.key(line.order)], "@operations: called twice, no answer.", by=sam, at=MONDAY)
    assignments.assign([hanging.key(line.order)], owners.person(sam), task="Call again", by=sam, at=MONDAY)
    window = open_window(sam)
    page = window.page

    def look(what: str) -> None:
        with subtests.test(what=what):
            assert axe.faults(page) == []

    for username in ("operations", "service", "buyer"):
        desk = open_window(User.objects.get(username=username))
        desk.open(reverse("admin:index"))
        with subtests.test(what=f"today of {username}"):
            assert axe.faults(desk.page) == []
    window.open(reverse("admin:inbox"))
    look("inbox")
    window.open(reverse("admin:orders_order_change", args=[line.order_id]))
    assert page.locator("article.note").count() == 1
    look("a page with a note")
    window.open(f"{reverse('admin:orders_backorder_new_date')}?ids={line.pk}")
    window.fill(New_date="2026-12-24")
    page.get_by_label("Reason:", exact=True).fill("They rang")
    window.press("Show what it does")
    assert page.get_by_role("button", name="Do exactly this").count() == 1
    look("preview")
    ready = Order.objects.filter(lines__allocated__gt=0, is_ship_complete=False).earliest("pk")
    window.open(f"{reverse('admin:orders_order_ship')}?ids={ready.pk}")
    window.press("Show what it does")
    assert page.locator(".outcome").count() == 1
    look("preview of what ships")
    page.keyboard.press("?")
    page.locator("#keys[open]").wait_for()
    look("the keys")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.locator("#jump[open]").wait_for()
    look("the palette")
    outside = open_window()
    outside.open(reverse("admin:login"))
    with subtests.test(what="signing in"):
        assert axe.faults(outside.page) == []


def _named(label: str, screen: str) -> set[str]:
    """What the address of a screen may be called: after its model, or by a name of its own."""
    return {screen, f"{label.replace('.', '_')}_{screen}"}


CRAWLED: set[str] = set().union(
    *(_named(label, screen) for (_, label, _), screens in SCREENS.items() for screen in screens)
)
REST = sorted(name for name in ACTS if name not in CRAWLED)
"""Acts whose pages no list and no first row leads to; every act of the site is among ``ACTS`` (``test_done_once``)."""


def test_the_screens_that_are_looked_at_are_all_there_are():
    assert acts.acting_addresses() == set(ACTS)
    assert set(REST) | (CRAWLED & set(ACTS)) == set(ACTS)
    assert len(REST) < 60


@pytest.mark.parametrize("name", REST)
def test_nor_has_a_page_that_no_list_leads_to(name, transactional_db, settings, tmp_path, open_window):
    settings.MEDIA_ROOT = tmp_path
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}, {"model": "inventory.ServiceTarget"}]
    with time_machine.travel(MONDAY + timedelta(hours=1), tick=False):
        act = ACTS[name](shop())
        acts.opened(acts.boss("ines"), act)  # what it needs is done before
        window = open_window(User.objects.get(username="ines"))
        window.open(act.path)
        assert axe.faults(window.page, looks=axe.BY_TURNS[REST.index(name) % 2]) == []


def test_a_chooser_that_is_made_after_the_page_has_loaded_has_its_name(transactional_db, open_window):
    window = open_window(User.objects.create_superuser("ines"))
    window.open(reverse("admin:inventory_demandevent_add"))

    window.page.evaluate("django.jQuery('#id_product').select2('destroy').djangoAdminSelect2()")

    assert window.page.get_by_role("combobox", name="Product").count() == 1
    assert axe.faults(window.page) == []


def test_what_axe_would_find_is_noticed(open_window):
    window = open_window()
    window.page.set_content(
        "<html lang=en><title>Bad</title><main><h1>Bad</h1><style>.phone { display: none }"
        "@media (max-width: 800px) { .phone { display: block } }"
        "p { color: #767676; background: white } @media (prefers-color-scheme: dark) { p { color: #777; } }</style>"
        "<p>Pale in the dark</p><img src='data:,'><input class='phone'></main>"
    )

    assert [fault.partition(":")[0] for fault in axe.faults(window.page)] == [
        "1280 light critical image-alt",
        "1280 dark serious color-contrast",
        "390 light critical image-alt",
        "390 light critical label",
        "390 dark serious color-contrast",
    ]
