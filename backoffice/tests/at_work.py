"""Somebody at work in a browser: what a deed takes in clicks, keys and screens, counted exactly."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User

from backoffice.tests.browser import WIDE, Window, next_page
from backoffice.tests.people import person

SECRET = "nine oak lamps"
HAND = 60
"""Milliseconds that a hand takes from key to key, at least: faster is a scanner."""


class Worker:
    """Somebody at work: ``clicks`` of the mouse, keys ``pressed`` that are no typing, ``screens`` that opened."""

    def __init__(self, window: Window) -> None:
        self.window, self.page = window, window.page
        self.clicks = self.pressed = self.screens = 0
        self.page.on("request", self._asked)

    def _asked(self, sent: Any) -> None:
        self.screens += sent.is_navigation_request() and sent.redirected_from is None

    @property
    def count(self) -> dict[str, int]:
        return {"clicks": self.clicks, "pressed": self.pressed, "screens": self.screens}

    def click(self, name: str, *, role: str = "link", within: str = "body", exact: bool = True) -> None:
        """Click what leads to another screen."""
        self.clicks += 1
        with next_page(self.page):
            self.page.locator(within).get_by_role(role, name=name, exact=exact).first.click()  # type: ignore[arg-type]

    def button(self, name: str) -> None:
        self.click(name, role="button")

    def card(self, label: str) -> None:
        self.clicks += 1
        with next_page(self.page):
            self.page.locator("#content a").filter(has_text=label).first.click()

    def tick(self) -> None:
        """Select the first row of the list."""
        self.clicks += 1
        self.page.locator("input.action-select").first.click()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.pressed += 1
            self.page.keyboard.press(key, delay=HAND)

    def go(self, *keys: str) -> None:
        """Press keys, the last of which leads to another screen."""
        self.press(*keys[:-1])
        with next_page(self.page):
            self.press(keys[-1])

    def back(self) -> None:
        """The key of the browser that leads back."""
        self.pressed += 1
        with next_page(self.page):
            self.page.go_back()

    def look_up(self, piece: str) -> None:
        """Open the palette, type, and go."""
        self.press("Control+k")
        self.page.keyboard.type(piece)
        self.page.locator("#jump-found li").first.wait_for()
        with next_page(self.page):
            self.press("Enter")

    def fill(self, **values: str) -> None:
        self.window.fill(**values)


def at_today(open_window: Callable[..., Window], who: User, *, width: int = WIDE) -> Worker:
    """Have somebody stand at Today, signed in already: nothing is counted yet."""
    window = open_window(who, width=width)
    window.open("/admin/")
    return Worker(window)


def signs_in(open_window: Callable[..., Window], role: str, *, width: int = WIDE) -> tuple[Worker, User]:
    """Sign in, and be at Today; signing in is counted."""
    who = person(role)
    who.set_password(SECRET)
    who.save()
    at_work = Worker(open_window(width=width))
    at_work.window.open("/admin/")
    at_work.fill(User_name=who.username, Password=SECRET)
    at_work.button("Log in")
    assert at_work.window.title == "Today"
    return at_work, who
