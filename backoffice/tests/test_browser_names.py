"""Names that nothing breaks, as long as they may be, stretch nothing: at a desk and on a phone, on every screen."""

from collections.abc import Iterator

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import CharField, TextField
from django.urls import reverse

from backoffice.people import roles
from backoffice.tests import people
from backoffice.tests.browser import PHONE, WIDE, Window
from inventory.models import Alert, Inbound, Note, Product, SavedView, Warehouse
from orders.models import Customer, Notice, Order, OrderLine, Parcel, ParcelLine, Shipment
from suppliers.models import PurchaseOrder, Slip, Supplier

pytestmark = pytest.mark.browser

LONGEST = 200
NAMED = {
    Product: ("sku", "name", "group"),
    Customer: ("name", "email", "phone"),
    Order: ("reference", "channel", "note"),
    OrderLine: ("priority_reason",),
    Warehouse: ("code", "name"),
    Supplier: ("code", "name"),
    PurchaseOrder: ("reference", "note"),
    Inbound: ("reference", "sender"),
    Shipment: ("carrier", "tracking"),
    Parcel: ("carrier", "service", "tracking", "stopped_why"),
    Slip: ("reason",),
    Alert: ("words",),
    Note: ("text",),
    Notice: ("error", "recipient", "subject"),
    SavedView: ("name",),
    Group: ("name",),
    User: ("first_name", "last_name"),
}
SIDEWAYS = """() => [...document.querySelectorAll("body *")].filter(each => {
    if (!each.checkVisibility() || each.scrollWidth <= each.clientWidth + 1) return false;
    if (!["auto", "scroll"].includes(getComputedStyle(each).overflowX)) return false;
    if (each.matches("pre, textarea, select, .picture, .chart")) return false;
    const cells = [...each.querySelectorAll("td, th")];
    return !(innerWidth < 800 && cells.length && cells.every(cell => cell.offsetWidth <= each.clientWidth));
}).map(each => `${each.tagName}.${each.className}#${each.id}`.toLowerCase())"""
"""Boxes that scroll sideways. On a phone a small table of many columns may: if none is wider than the box."""


@pytest.fixture
def shop(transactional_db, settings, tmp_path) -> Iterator[people.Shop]:
    settings.MEDIA_ROOT = tmp_path
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    with time_machine.travel(people.MONDAY, tick=False):
        yield people.shop()


def fill_the_desk(shop: people.Shop) -> None:
    """Beside the parcel of the batch that has left, one with fields to type into, and one that is stopped."""
    left = Parcel.objects.get(batch=shop.pk("orders.batch"))
    for stopped_at in (None, people.MONDAY):
        other = Parcel.objects.create(batch=left.batch, order=left.order, stopped_at=stopped_at)
        for row in left.lines.all():
            ParcelLine.objects.create(parcel=other, line=row.line, stock=row.stock, quantity=row.quantity)


def stretch() -> None:
    """Give everything that has a name the longest that there is room for, all in one word."""
    for model, names in NAMED.items():
        for number, row in enumerate(model._base_manager.order_by("pk")):
            for name in names:
                field = model._meta.get_field(name)
                assert isinstance(field, CharField | TextField)
                most = min(field.max_length or LONGEST, LONGEST)
                tail = f"@{number}.example" if name == "email" else str(number)
                setattr(row, name, "W" * (most - len(tail)) + tail)
            row.save(update_fields=names)


def screens(shop: people.Shop) -> list[str]:
    """Every list, a page of each, what is done to one, and what shows a name besides."""
    found = [reverse("admin:index"), reverse("admin:inbox")]
    for model in admin.site._registry:
        label = model._meta.label_lower
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found.append(reverse(f"{name}_changelist") + "?p=1")
        if label in shop.rows:
            found.append(reverse(f"{name}_change", args=[shop.pk(label)]))
    line, order = shop.pk("orders.backorder"), shop.pk("orders.order")
    found += [
        f"{reverse('admin:orders_backorder_new_date')}?ids={line}",
        f"{reverse('admin:orders_order_terms')}?ids={order}",
        f"{reverse('admin:note_write', args=['orders.order'])}?ids={order}",
        f"{reverse('admin:assign_rows', args=['orders.order'])}?ids={order}",
        f"{reverse('admin:orders_backorder_changelist')}?q={'W' * LONGEST}",
        f"{reverse('admin:inventory_stock_changelist')}?q={'W' * LONGEST}",
    ]
    return found


def wider(window: Window, paths: list[str]) -> dict[str, list[str]]:
    """What of each screen is wider than it should be: the page itself, or a box in it."""
    found = {}
    for path in paths:
        window.open(path)
        boxes = window.page.evaluate(SIDEWAYS)
        if window.page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            boxes.append("the page")
        found[path.partition("WWW")[0]] = boxes
    return {path: boxes for path, boxes in found.items() if boxes}


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_no_name_stretches_anything(shop, open_window, width):
    boss = User.objects.create_superuser("boss")
    boss.groups.add(Group.objects.get(name=roles.CUSTOMER_SERVICE))
    fill_the_desk(shop)
    paths = screens(shop)
    stretch()

    assert wider(open_window(boss, width=width), paths) == {}


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_nor_the_palette_nor_a_preview(shop, open_window, width):
    stretch()
    window = open_window(User.objects.create_superuser("boss"), width=width)
    page = window.page

    window.open(f"{reverse('admin:orders_backorder_new_date')}?ids={shop.pk('orders.backorder')}")
    window.fill(New_date="2026-12-24")
    page.get_by_label("Reason:", exact=True).fill("W" * LONGEST)
    window.press("Show what it does")
    assert page.get_by_role("button", name="Do exactly this").count() == 1
    assert page.evaluate(SIDEWAYS) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

    window.open("/admin/")
    page.keyboard.press("Control+k")
    page.locator("#jump[open]").wait_for()
    page.keyboard.insert_text("WWWW")
    page.locator("#jump-found a").first.wait_for()
    assert page.evaluate(SIDEWAYS) == []
    box = page.locator("#jump").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
