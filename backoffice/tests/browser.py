"""
What tests in a real browser stand on: people's windows, and how to read what is in them.

A window notes every complaint of its pages: an error in the console (a broken content policy is one), an exception
in a script, a request that fails, an answer of 400 or more. One complaint fails the test.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

WIDE, PHONE = 1280, 390
HEIGHT = 900
PATIENCE = 30_000
"""Milliseconds that anything on a page may take."""
LATER = "new Promise(later => setTimeout(later, 200))"
"""What waits on a page for less has its turn before, however busy the machine is: a page keeps its timers in order."""

FASTEST_HAND = 40
"""Milliseconds from key to key; what is faster is a scanner."""
TYPED = """([keys, between]) => keys.forEach((key, index) => {
    const press = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    Object.defineProperty(press, "timeStamp", { value: 1e6 + index * between });
    document.activeElement.dispatchEvent(press);
})"""
"""Keys, with the time between them that is asked for, however busy the machine is."""


def next_page(page: "Page") -> AbstractContextManager[Any]:
    """
    Do what leads to another page, and wait until that has loaded.

    Not ``expect_navigation``: the row that a list remembers is a navigation too, and on a busy machine that of the key
    before ends the wait on the page that is about to be left.
    """
    page.wait_for_load_state()
    return page.expect_event("load")


def expect(what: "Locator") -> Any:
    """Expect something in the end: what a page shows until an answer has come is waited out, and not read."""
    expect = pytest.importorskip("playwright.sync_api").expect
    expect.set_options(timeout=PATIENCE)
    return expect(what)


class Window:
    """Somebody's browser window."""

    def __init__(self, context: "BrowserContext", server: str, shots: Path) -> None:
        context.set_default_timeout(PATIENCE)
        self.context = context
        self.server = server
        self.shots = shots
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        self._listen()

    def _listen(self) -> None:
        def note(what: str) -> None:
            self.complaints.append(f"{self.page.url}: {what}")

        self.page.on("console", lambda said: note(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: note(str(error)))
        # A download, or a page that is left, aborts its request: that is no failure.
        self.page.on(
            "requestfailed",
            lambda asked: None if asked.failure == "net::ERR_ABORTED" else note(f"{asked.url} {asked.failure}"),
        )
        self.page.on("response", lambda got: note(f"{got.url} answered {got.status}") if got.status >= 400 else None)

    def open(self, path: str) -> None:
        self.page.goto(self.server + path)

    def follow(self, name: str, *, within: str = "body", exact: bool = True) -> None:
        """Click the link of this name, and wait for its page."""
        with next_page(self.page):
            self.page.locator(within).get_by_role("link", name=name, exact=exact).first.click()

    def tap(self, name: str) -> None:
        """Tap the link of this name, and wait for its page."""
        with next_page(self.page):
            self.page.get_by_role("link", name=name, exact=True).first.tap()

    def press(self, name: str) -> None:
        """Click the button of this name, and wait for the page it leads to."""
        with next_page(self.page):
            self.page.get_by_role("button", name=name, exact=True).click()

    def fill(self, **values: str) -> None:
        """Type into the fields whose labels begin so; an underscore stands for a space."""
        for label, value in values.items():
            self.page.get_by_label(label.replace("_", " ")).fill(value)

    @property
    def title(self) -> str:
        """The one heading of the page."""
        [heading] = self.page.locator("h1:visible").all_inner_texts()
        return heading

    @property
    def told(self) -> list[str]:
        """What the page says has happened."""
        return self.page.locator(".messagelist li").all_inner_texts()

    def section(self, title: str) -> "Locator":
        """The part of the page under this title."""
        return self.page.locator("section").filter(has=self.page.get_by_role("heading", name=title, exact=True))

    def table(self, title: str) -> list[list[str]]:
        """Read the table under this title, its rows without the head; lines of one cell are parted by a slash."""
        return read(self.section(title).locator("tbody tr"))

    def listed(self) -> list[list[str]]:
        """Read the rows of the list."""
        return read(self.page.locator("#result_list tbody tr"))

    def buttons(self) -> list[str]:
        """Where the buttons above the page lead, in order: papers are no screens, nor is Django’s history ours."""
        screens = '.object-tools a:not(.historylink):not([href$="/pdf/"]):not([href$="/print/"]):not([href$="/kept/"])'
        links: list[str] = self.page.locator(screens).evaluate_all(
            "links => links.map(link => link.pathname + link.search)"
        )
        return links

    def look(self, name: str) -> None:
        """Hold the page against what every page must be, and keep its picture, light and dark."""
        assert self.title
        assert self.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, "the page scrolls sideways"
        assert self.complaints == []
        size = self.page.viewport_size
        assert size
        whole = self.page.evaluate("document.documentElement.scrollHeight")
        self.page.set_viewport_size({"width": size["width"], "height": max(size["height"], whole)})
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            self.page.screenshot(path=self.shots / f"{name}-{scheme}.png", animations="disabled")
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(size)


def read(rows: "Locator") -> list[list[str]]:
    """Give the text of the cells of these rows; lines within a cell are parted by a slash."""
    cells = rows.evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText))")
    return [
        [" / ".join(" ".join(line.split()) for line in text.splitlines() if line.strip()) for text in row]
        for row in cells
    ]
