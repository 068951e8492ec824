"""A double click in a real browser does it once, and says so; buttons go quiet, and wake when the page comes back."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import time_machine

from backoffice.people import roles
from backoffice.tests.browser import next_page
from backoffice.tests.people import MONDAY, person
from inventory.models import Inbound, Movement, Stock
from orders.tests import make

if TYPE_CHECKING:
    from playwright.sync_api import Route

pytestmark = pytest.mark.browser


@pytest.fixture
def lorry(transactional_db) -> Iterator[Inbound]:
    with time_machine.travel(MONDAY, tick=True):
        roles.keep()
        yield make.coming(make.product("LAMP-1", name="Oak lamp"), 20, on=make.TODAY, reference="PO-7")


@pytest.fixture
def window(lorry, open_window):
    return open_window(person(roles.OPERATIONS))


def clicked_twice(window, name: str) -> None:
    """Click a button, and once more before the answer is there, as a tired hand does."""
    button = window.page.get_by_role("button", name=name, exact=True)
    box = button.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    sent: list[Route] = []

    def again(route: "Route") -> None:
        sent.append(route)
        if len(sent) == 1:
            window.page.mouse.click(x, y)
        route.fulfill(response=route.fetch(max_redirects=0))

    window.page.route(window.page.url, again)
    with next_page(window.page):
        window.page.mouse.click(x, y)
    assert len(sent) == 1


def sent_twice(window) -> None:
    """Send the form of the page, and again before the answer is there, past the script that keeps buttons quiet."""
    with next_page(window.page):
        window.page.evaluate(
            """() => {
                const form = document.querySelector("form:has(input[name=once])");
                const apply = form.querySelector("[name=apply]");
                fetch(form.action, { method: "POST", body: new FormData(form, apply), redirect: "manual" });
                form.requestSubmit(apply);
            }"""
        )


def test_a_double_click_receives_the_units_once(window, lorry):
    window.open(f"/admin/receive/inbound/{lorry.pk}/")
    window.page.get_by_label("LAMP-1: units that arrived").fill("5")
    window.press("Show what it does")

    clicked_twice(window, "Do exactly this")

    lorry.refresh_from_db()
    assert (lorry.received, Stock.objects.get().on_hand, Movement.objects.count()) == (5, 5, 1)
    assert window.told[0] == "Received 5 units of PO-7 · Nordlys. No customer hears anything new."


@pytest.mark.services
def test_two_requests_of_one_page_that_no_script_held_back_receive_the_units_once(window, lorry):
    window.open(f"/admin/receive/inbound/{lorry.pk}/")
    window.page.get_by_label("LAMP-1: units that arrived").fill("5")
    window.press("Show what it does")

    sent_twice(window)

    lorry.refresh_from_db()
    assert (lorry.received, Stock.objects.get().on_hand) == (5, 5)
    assert window.told[0] == "Received 5 units of PO-7 · Nordlys. No customer hears anything new."


def test_buttons_are_live_when_the_browser_goes_back(window, lorry):
    make.arrived(lorry, 5)
    window.open(f"/admin/inventory/stock/damage/?ids={Stock.objects.get().pk}")
    window.page.get_by_label("Units of LAMP-1 in BER").fill("2")
    window.fill(Reason="Fell")
    window.press("Show what it does")

    window.page.go_back()
    is_live = window.page.get_by_role("button", name="Show what it does", exact=True).is_enabled()
    window.press("Show what it does")
    window.press("Do exactly this")

    assert is_live
    assert Stock.objects.get().on_hand == 3


def test_the_button_that_was_pressed_is_sent_then_all_are_quiet_until_the_page_comes_back(window, lorry):
    window.open(f"/admin/receive/inbound/{lorry.pk}/")
    found = window.page.evaluate(
        """() => new Promise((done) => {
            const form = document.querySelector("form:has(input[name=once])");
            const quiet = () => [...form.querySelectorAll("input[type=submit]")].map((each) => each.disabled);
            addEventListener("submit", (event) => {
                event.preventDefault();
                const names = [...new FormData(form, event.submitter).keys()];
                setTimeout(() => {
                    const sent = quiet();
                    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
                    done({ names, sent, back: quiet() });
                }, 20);
            });
            form.querySelector("[name=every]").click();
        })"""
    )

    assert "every" in found["names"]
    assert "preview" not in found["names"]
    assert (found["sent"], found["back"]) == ([True, True], [False, False])
