"""Every screen, as the person whose work it is: it opens, fits, complains of nothing, has no fault and is pictured."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.urls import resolve, reverse

from backoffice.demo import people, shop
from backoffice.models import ColumnMapping, Upload
from backoffice.people import roles
from backoffice.tests import axe
from backoffice.tests.browser import Window
from backoffice.watching import alerts
from inventory.models import Product, ServiceTarget
from orders.queue import simulation
from orders.rules.strategies import Strategy
from orders.tests import askers

pytestmark = pytest.mark.browser

PRODUCTS, SEED = 12, 2026
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
WORK = ("changelist", "add", "change")
LOOK = ("changelist", "change")
CHANGES = ("quantity", "substitute", "offer", "cancel", "cause")
SCREENS = {
    # whose work, where: the screens this person reaches from the list, its first row, and the buttons of that page
    ("operations", "orders.backorder", ""): (*LOOK, "new_date", "priority", "pin", "unpin", *CHANGES),
    ("operations", "orders.order", "?is=here"): (
        *WORK,
        "ship",
        "terms",
        "address",
        "product",
        "stop",
        "withdraw",
        "orders_backorder_new_date",
        "orders_backorder_priority",
        *(f"orders_backorder_{name}" for name in CHANGES),
    ),
    ("service", "orders.order", "?is=waiting"): (
        *WORK,
        "terms",
        "address",
        "product",
        "stop",
        "withdraw",
        "orders_backorder_new_date",
        *(f"orders_backorder_{name}" for name in CHANGES),
    ),
    ("service", "inventory.alert", ""): (
        *LOOK,
        "take",
        "solve",
        "give",
        "orders_backorder_changelist",
    ),
    ("service", "orders.customer", ""): (*WORK, "edit", "join", "orders_order_add", "orders_hold_add"),
    ("operations", "orders.channel", ""): WORK,
    ("operations", "orders.transittime", ""): WORK,
    ("service", "orders.refund", ""): (*LOOK, "paid_back", "not_owed"),
    ("service", "orders.hold", ""): (*WORK, "release"),
    ("service", "orders.notice", "?state__exact=dead"): (*LOOK, "resend"),
    ("service", "orders.notice", "?state__exact=sent"): LOOK,
    ("operations", "orders.shipment", ""): (*LOOK, "correct", "return", "lost", "reverse"),
    ("operations", "orders.batch", ""): LOOK,
    ("operations", "orders.return", ""): (*LOOK, "decide"),
    ("operations", "orders.refusal", ""): LOOK,
    ("operations", "orders.restocklist", ""): (*LOOK, "send_now", "stop"),
    ("service", "orders.restockrequest", ""): (*LOOK, "forget"),
    ("service", "orders.restockletter", ""): LOOK,
    ("operations", "orders.simulationrun", ""): (*WORK, "apply"),
    ("operations", "inventory.product", ""): (*WORK, "whatif"),
    ("operations", "inventory.stock", ""): (*LOOK, "bins", "count", "damage", "orders_shipment_changelist"),
    ("operations", "inventory.inbound", ""): (*WORK, "receive_inbound", "reschedule_inbound", "reschedule_all"),
    ("operations", "inventory.transfer", ""): (*WORK, "receive_transfer"),
    ("operations", "inventory.countsheet", ""): (*WORK, "enter", "post", "drop", "walk"),
    ("operations", "inventory.movement", ""): LOOK,
    ("operations", "inventory.warehouse", ""): (*WORK, "working_days", "close_for"),
    ("operations", "inventory.policychange", ""): LOOK,
    ("buyer", "inventory.reorderpolicy", ""): LOOK,
    ("buyer", "inventory.demandevent", ""): WORK,
    ("buyer", "inventory.demandentry", ""): (*LOOK, "one_off"),
    ("buyer", "inventory.servicetarget", ""): LOOK,
    ("buyer", "suppliers.supplier", ""): (*WORK, "close_for"),
    ("buyer", "suppliers.offer", ""): WORK,
    ("buyer", "suppliers.purchaseorder", "?is=draft"): (*WORK, "approve", "cancel"),
    ("buyer", "suppliers.purchaseorder", "?is=open"): (
        *WORK,
        "confirm",
        "ask",
        "shorten",
        "send_again",
        "cancel",
        "reschedule_purchase_order",
    ),
    ("operations", "suppliers.purchaseorder", "?is=open"): (
        *LOOK,
        "another",
        "receive_purchase_order",
        "reschedule_purchase_order",
    ),
    ("buyer", "orders.repeatedbackorder", ""): LOOK,
    ("buyer", "suppliers.slip", ""): LOOK,
    ("buyer", "suppliers.orderletter", ""): LOOK,
    ("buyer", "suppliers.delivery", ""): LOOK,
    ("operations", "backoffice.jobrun", ""): (*LOOK, "start"),
    ("operations", "backoffice.lineoutcome", ""): LOOK,
    ("operations", "backoffice.orderoutcome", ""): LOOK,
    ("buyer", "backoffice.arrivalforecast", ""): LOOK,
    ("operations", "backoffice.weeklyfigure", ""): LOOK,
    ("operations", "backoffice.upload", ""): (*WORK, "preview"),
    ("operations", "backoffice.columnmapping", ""): LOOK,
    ("admin", "auth.user", ""): (*WORK, "link"),
    ("admin", "auth.group", ""): WORK,
}


@pytest.fixture
def demo(transactional_db, settings, tmp_path) -> Iterator[None]:
    """A small demo shop, a simulation of its queue, a file that waits to be loaded, and columns that were named."""
    settings.MEDIA_ROOT = tmp_path
    # The page of a user reads two users: the one who looks, and the one looked at.
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    with time_machine.travel(NOW, tick=False):
        roles.keep()
        # a migration wrote the targets; a test before this one has emptied every table
        ServiceTarget.objects.get_or_create(cell="AX", defaults={"target": 0.98})
        shop.make(
            products=PRODUCTS,
            seed=SEED,
            people=people.make(people.PASSWORD),
            now=NOW,
            progress=lambda percent, words: None,
        )
        simulation.run(Strategy.PRIORITY, None, by=None, at=NOW)
        alerts.look(at=NOW)
        settings.RESTOCK_LIST, settings.SHOP_ADDRESS = True, "Quay 4"
        askers.waiting(Product.objects.filter(is_discontinued=False).latest("pk"), 2, at=NOW)
        upload = Upload(kind="products", name="new.csv", mapping={"dates": "", "columns": {}}, uploaded_at=NOW)
        upload.file.save("new.csv", ContentFile(b"sku,name,price\nVASE-1,Vase,12\nVASE-2,Tall vase,dear\n"))
        ColumnMapping.objects.create(kind="products", name="Our till", columns={"Title": "name"}, used_at=NOW)
        yield


PARTS = 3
"""Tests among which the screens are dealt out: as many as there are workers, who begin with them."""


def test_the_table_names_every_model_of_the_admin_and_everybody_looks():
    assert {username for username, *_ in SCREENS} == {username for username, *_ in people.PEOPLE} - {"auditor"}
    assert {label for _, label, _ in SCREENS} == {model._meta.label_lower for model in admin.site._registry}


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("part", range(PARTS))
def test_every_screen_is_as_it_should_be(subtests, open_window, part):
    windows = {username: open_window(User.objects.get(username=username)) for username, *_ in people.PEOPLE}

    for username, window in [*windows.items()][part::PARTS]:
        with subtests.test(who=username, what="today"):
            window.open(reverse("admin:index"))
            window.look(f"{username}-today")
            assert axe.faults(window.page) == []
    for (username, label, query), screens in [*SCREENS.items()][part::PARTS]:
        with subtests.test(who=username, what=label + query):
            window = windows[username]
            seen = []
            for screen in crawl(window, label, query):
                window.look("-".join(filter(None, [username, label.split(".")[1], screen, query.rpartition("=")[2]])))
                looks = axe.BY_TURNS[len(seen) % 2]
                assert axe.faults(window.page, but_for=["#sidebar"], looks=looks) == [], screen  # as on their day
                seen.append(screen)
            assert sorted(seen) == sorted(screens)
    if part == 0:
        with subtests.test(who="admin", what="navigation"):
            assert set(walk(windows["admin"])) >= {
                reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
                for model in admin.site._registry
            }


def crawl(window: Window, label: str, query: str) -> Iterator[str]:
    """Open a list, its first row, and what the buttons of both lead to; name each screen."""
    app, model = label.split(".")

    def name(path: str) -> str:
        window.open(path)
        return str(resolve(urlsplit(path).path).url_name).removeprefix(f"{app}_{model}_")

    yield name(reverse(f"admin:{app}_{model}_changelist") + query)
    rows = window.page.locator("#result_list tbody a").evaluate_all("links => links.map(link => link.pathname)")
    for path in [*window.buttons(), *rows[:1]]:
        yield name(path)
    for path in window.buttons() if rows else ():
        yield name(path)


def walk(window: Window) -> Iterator[str]:
    """Follow each link of the navigation; it stands out on the page it leads to."""
    window.open(reverse("admin:index"))
    links = window.page.locator("#sidebar a").evaluate_all("links => links.map(link => [link.pathname, link.search])")
    for path, query in links:
        window.open(path + query)
        current = window.page.locator("#sidebar a[aria-current]")
        assert current.evaluate_all("links => links.map(link => link.pathname + link.search)") == [path + query]
        assert window.title
        yield path
