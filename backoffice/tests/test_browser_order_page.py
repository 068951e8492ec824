"""A customer on a phone, without a script: opens the link of their mail, and decides."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail

from backoffice.tests import axe
from backoffice.tests.browser import HEIGHT, PHONE, WIDE, next_page
from orders import fulfillment
from orders.mail import notices
from orders.models import Consent, Order, OrderLine, PageAct
from orders.tests import make
from orders.wording import links

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
NOW = make.MONDAY + timedelta(hours=2)
CUT = "document.documentElement.scrollWidth <= innerWidth"


@pytest.fixture
def _shop(transactional_db) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def phone(_shop, server, chromium: "Browser", artifacts, request) -> "Iterator[Page]":
    """A phone whose browser runs no script; it is looked at wide and dark, too, before it is put away."""
    context = chromium.new_context(
        viewport={"width": PHONE, "height": HEIGHT}, has_touch=True, java_script_enabled=False, base_url=server
    )
    yield context.new_page()
    context.close()


def late(**fields: Any) -> Order:
    lamp = make.product(name="Pier floor lamp, black")
    make.on_hand(lamp, 9)
    lorry = make.coming(lamp, 40, on=make.TODAY + timedelta(days=7))
    order = make.order((lamp, 11), reference="HP-6807", at=make.MONDAY, **fields)
    notices.send_due(at=make.MONDAY)
    make.moved(lorry, make.TODAY + timedelta(days=18), at=make.MONDAY + timedelta(hours=1))
    return order


def follow_the_mail(page: "Page") -> None:
    """Open the link of the newest mail."""
    notices.send_due(at=NOW + timedelta(days=2))
    [link] = re.findall(rf"\S+{links.PATH}\S+", str(mail.outbox[-1].body))
    page.goto(link[link.index(links.PATH) :])


def tap(page: "Page", role: Any, name: str) -> None:
    with next_page(page):
        page.get_by_role(role, name=name, exact=True).tap()


def shoot(page: "Page", chromium: "Browser", artifacts: Any, server: str, name: str) -> None:
    """Look at it as every device shows it: nothing is cut off, and nobody trips."""
    context = chromium.new_context(base_url=server)
    other = context.new_page()
    other.goto(page.url)
    assert axe.faults(other) == []
    for width in (PHONE, WIDE):
        for scheme in ("light", "dark"):
            other.set_viewport_size({"width": width, "height": HEIGHT})
            other.emulate_media(color_scheme=scheme)
            assert other.evaluate(CUT)
            other.screenshot(path=artifacts / f"order-page-{name}-{width}-{scheme}.png", full_page=True)
    context.close()


def test_one_gets_the_mail_opens_the_page_and_accepts(phone, chromium, artifacts, server):
    late()

    follow_the_mail(phone)
    shoot(phone, chromium, artifacts, server, "late")
    tap(phone, "link", "Yes, I will wait")
    shoot(phone, chromium, artifacts, server, "agree")
    assert Consent.objects.count() == 0
    tap(phone, "button", "Yes, I will wait")

    assert "Thank you. You will wait for 2 × Pier floor lamp, black" in phone.locator(".done").inner_text()
    assert Consent.objects.count() == 1
    shoot(phone, chromium, artifacts, server, "agreed")


def test_another_cancels_a_part(phone, chromium, artifacts, server):
    order = late()

    follow_the_mail(phone)
    tap(phone, "link", "Cancel, or take fewer…")
    shoot(phone, chromium, artifacts, server, "fewer")
    phone.get_by_label("how many do you still want?").fill("1000000000")
    tap(phone, "button", "Show what this does…")
    assert "Only 11 are still to ship" in phone.locator(".error").inner_text()
    phone.get_by_label("how many do you still want?").fill("4")
    tap(phone, "button", "Show what this does…")
    assert "7 × Pier floor lamp, black are canceled; 4 still come." in phone.locator("main").inner_text()
    assert OrderLine.objects.get(order=order).open == 11
    tap(phone, "button", "Yes, cancel it")

    assert "Canceled: 7 × Pier floor lamp, black." in phone.locator(".done").inner_text()
    assert OrderLine.objects.get(order=order).open == 4
    shoot(phone, chromium, artifacts, server, "canceled")


def test_a_third_asks(phone, chromium, artifacts, server):
    late()

    follow_the_mail(phone)
    tap(phone, "link", "Ask us something")
    phone.get_by_label("What do you want to know").fill("Can it come on a Saturday?\nI am away all week.")
    tap(phone, "button", "Show what this does…")
    tap(phone, "button", "Send it")

    assert "Can it come on a Saturday?" in phone.locator(".done").inner_text()
    assert PageAct.objects.get().text == "Asked: Can it come on a Saturday?\nI am away all week."


def test_every_state_can_be_looked_at(phone, chromium, artifacts, server):
    boss = User.objects.create(username="boss")
    lamp, chair = make.product(name="Pier floor lamp, black"), make.product(name="W" * 200)
    make.on_hand(lamp, 500)
    make.on_hand(chair, 3)
    orders = {
        "shipped": make.order((lamp, 3)),
        "canceled": make.order((lamp, 3)),
        "stopped": make.order((lamp, 3)),
        "unpaid": make.order((lamp, 3), is_unpaid=True),
        "many": make.order(*((thing, 4) for thing in [lamp, chair] * 15), reference="X" * 80),
    }
    whole = {name: [fulfillment.LineUnits(line.pk) for line in order.lines.all()] for name, order in orders.items()}
    fulfillment.ship(whole["shipped"], carrier="UPS", tracking="1Z999AA10123456784", by=None, at=NOW)
    fulfillment.cancel(whole["canceled"], reason="x", by=None, at=NOW)
    fulfillment.stop(orders["stopped"].pk, fulfillment.Stop("fraud", boss.pk), by=boss, at=NOW)

    for name, order in orders.items():
        phone.goto(f"{links.PATH}{links.token(order)}/")
        shoot(phone, chromium, artifacts, server, name)
    phone.goto(f"{links.PATH}{links.token(orders['many'])}/address/")
    shoot(phone, chromium, artifacts, server, "address")
