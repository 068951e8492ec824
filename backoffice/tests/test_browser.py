"""What browser tests stand on waits for what is meant; and no test waits by the clock, or for what may come first."""

import ast
from pathlib import Path

import pytest

from backoffice.tests.browser import next_page

FIRST_TO_COME = {"wait_for_timeout", "expect_navigation", "wait_for_navigation", "wait_for_load_state"}
"""``LATER``, ``expect`` and ``next_page`` stand in their place."""


def waits(source: str) -> list[str]:
    """Give what this module calls of that."""
    nodes = ast.walk(ast.parse(source))
    return [node.attr for node in nodes if isinstance(node, ast.Attribute) and node.attr in FIRST_TO_COME]


def test_a_wait_by_the_clock_is_seen():
    assert waits("window.page.wait_for_timeout(300)\npage.wait_for_url('x')") == ["wait_for_timeout"]


def test_no_browser_test_waits_by_the_clock_or_for_what_may_come_first():
    modules = Path(__file__).parent.glob("*.py")

    found = {path.name: waits(path.read_text()) for path in modules if path.name != "browser.py"}

    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.browser
def test_a_row_that_a_list_remembers_is_no_next_page(transactional_db, open_window):
    window = open_window()
    window.open("/admin/login/")

    with next_page(window.page):
        window.page.evaluate("history.replaceState({ at: 1 }, '', '#row')")
        window.page.evaluate("setTimeout(() => location.assign('/admin/login/?next=/admin/'))")

    assert window.page.url.endswith("/admin/login/?next=/admin/")
