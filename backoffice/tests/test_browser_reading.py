"""Pages can be read: text stands out in light and in dark, and no name, however hostile, widens a page or runs."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from backoffice.people import roles
from backoffice.tests.browser import PHONE, WIDE, Window
from backoffice.tests.contrast import texts
from backoffice.tests.people import MONDAY, in_days, person
from orders.models import Order, OrderLine
from orders.tests import make
from suppliers import purchasing
from suppliers.tests import make as buy

pytestmark = pytest.mark.browser

RUNS = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
HOSTILE = {
    "right to left": "\u202eشركة الأخشاب المحدودة " * 8,
    "long": "W" * 200,
    "emoji": "👩‍👩‍👧‍👦" * 14,
    "script": RUNS * 2,
    "quotes": '"\'><b onmouseover="window.ran = 1">`${window.ran = 1}`{{ 7 * 7 }}%s&quot;' + "'" * 60,
}
"""Names that people and their programs send, cut to what each field holds."""


@pytest.fixture
def shop(transactional_db, settings) -> Iterator[None]:
    """
    A product, a supplier and a customer of each of these names.

    Each customer has two units of the product of their name here, and waits for one of every product, of which two are
    on their way.
    """
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    with time_machine.travel(MONDAY, tick=False):
        roles.keep()
        names = [f"{number}{name}" for number, name in enumerate(HOSTILE.values())]
        lamps = [make.product(name[:64], name=name[:200]) for name in names]
        who = [make.customer(name[:200]) for name in names]
        for lamp, customer, name in zip(lamps, who, names, strict=True):
            make.on_hand(lamp, 2)
            make.order((lamp, 2), who=customer, reference=f"1{name}"[:80], at=MONDAY)
            order = buy.sent((buy.offer(lamp, buy.supplier(name[:38])), 2))
            purchasing.confirm(order.pk, {buy.line(order).pk: in_days(10)}, by=None, at=MONDAY)
        for turn, (customer, name) in enumerate(zip(who, names, strict=True)):
            at = MONDAY + timedelta(minutes=turn)
            make.order(*((lamp, 1) for lamp in lamps), who=customer, reference=f"2{name}"[:80], at=at)
        yield


def read_all_day(orders: int) -> Iterator[tuple[str, str]]:
    """The pages that are read all day, each with what it is: so many orders, and one of every other kind."""
    yield "today", reverse("admin:index")
    yield "queue", reverse("admin:orders_backorder_changelist")
    for order in Order.objects.filter(lines__backordered__gt=0).distinct().order_by("pk")[:orders]:
        yield f"order {order.pk}", reverse("admin:orders_order_change", args=[order.pk])
    line = OrderLine.objects.filter(pegged__gt=0).first()
    assert line
    yield "line", reverse("admin:orders_backorder_change", args=[line.pk])
    yield "customer", reverse("admin:orders_customer_change", args=[line.order.customer_id])
    yield "product", reverse("admin:inventory_product_change", args=[line.product_id])


def previewed(window: Window) -> Iterator[str]:
    """Look at the previews that name most: the last in a queue is moved up; all that is here ships."""
    line = OrderLine.objects.filter(uncovered__gt=0, product__name__contains=HOSTILE["long"][:99]).latest("pk")
    window.open(f"{reverse('admin:orders_backorder_move_up')}?ids={line.pk}")
    window.fill(To_place="1", Reason="They rang")
    window.press("Show what it does")
    assert all("→" in row[-1] for row in window.table("Lines that move"))
    yield "move up"
    ids = ",".join(str(pk) for pk in Order.objects.filter(lines__allocated__gt=0).values_list("pk", flat=True))
    window.open(f"{reverse('admin:orders_order_ship')}?ids={ids}")
    window.press("Show what it does")
    for fold in window.page.locator(".letters summary").all():
        fold.click()
    assert window.page.locator(".letters pre:visible").count() == len(HOSTILE)
    yield "ship"


def pages(window: Window, orders: int) -> Iterator[str]:
    for name, address in read_all_day(orders):
        window.open(address)
        yield name
    yield from previewed(window)


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_no_name_widens_a_page_or_runs(shop, open_window, width):
    window = open_window(person(roles.OPERATIONS), width=width)
    wide = {}

    for name in pages(window, orders=len(HOSTILE)):
        if (over := window.page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
            wide[name] = over
        assert window.page.evaluate("window.ran") is None, name

    assert wide == {}


def test_text_stands_out_in_light_and_in_dark(shop, open_window):
    window = open_window(person(roles.OPERATIONS))
    pale, seen = {}, set()

    for name in pages(window, orders=1):
        for scheme in ("light", "dark"):
            window.page.emulate_media(color_scheme=scheme)
            found = texts(window.page)
            seen |= {each.element for each in found}
            pale |= {(name, scheme, each.text): each for each in found if not each.is_legible}

    assert {"a.chip blue", "a.chip gray", "a.chip green", "h1.", "input.default", "pre.", "span.chip red"} <= seen
    assert pale == {}


def test_what_is_too_pale_is_noticed(open_window):
    window = open_window()
    window.page.set_content(
        "<body style='background: white'><p style='color: #777'>4.48</p><p style='color: #767676'>4.54</p>"
        "<p style='color: black; opacity: .5'>half</p><p style='color: #949494; font-size: 24px'>large</p>"
        "<div style='background: #0008'><p style='color: #555'>on gray</p></div><input placeholder='hint'>"
    )

    assert [each.text for each in texts(window.page) if not each.is_legible] == ["4.48", "half", "on gray"]
